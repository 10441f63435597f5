import { z } from 'zod'
import { unknownName } from './nearest-name.ts'

/**
 * Makes a schema of an object that refuses unknown keys. The message has one line for each unknown key, in the order of
 * `issue.keys`.
 */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `unknown key${unknownName(key, Object.keys(shape))}`).join('\n')
        : undefined,
  })
}
