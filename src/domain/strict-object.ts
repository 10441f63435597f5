import { z } from 'zod'
import { unknownName } from './nearest-name.ts'

/** An object that refuses unknown keys. Its message has one line for each unknown key, in the order of `issue.keys`. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `unknown key${unknownName(key, Object.keys(shape))}`).join('\n')
        : undefined,
  })
}
