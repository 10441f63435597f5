import { LiverankError } from '../errors.ts'

/** Most items of a slate that a client can ask for. */
export const MAX_SLATE = 100

/** Checks that an argument is from `least` to `most`. @throws LiverankError BAD_USER_INPUT naming the argument and its bounds */
export function within(name: string, value: number, least: number, most: number): number {
  if (value < least || value > most)
    throw new LiverankError('BAD_USER_INPUT', `${name} is ${value}: use a value from ${least} to ${most}.`)
  return value
}

/** Checks the length of a list. @throws LiverankError BAD_USER_INPUT if the list is too long */
export function atMost<T>(name: string, list: readonly T[], most: number): readonly T[] {
  if (list.length > most)
    throw new LiverankError('BAD_USER_INPUT', `${name} has ${list.length} entries; at most ${most} are allowed.`)
  return list
}
