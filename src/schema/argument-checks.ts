import { InvalidInputError } from '../errors.ts'

/** Most items of a slate that a client can ask for. */
export const MAX_SLATE = 100

/** Checks that an argument is from `least` to `most`. @throws InvalidInputError naming the argument and its bounds */
export function within(name: string, value: number, least: number, most: number): number {
  if (value < least || value > most)
    throw new InvalidInputError(`${name} is ${value}: use a value from ${least} to ${most}.`, name)
  return value
}

/** Checks the length of a list. @throws InvalidInputError if the list is too long */
export function atMost<T>(name: string, list: readonly T[], most: number): readonly T[] {
  if (list.length > most) throw new InvalidInputError(`${name} has ${list.length} entries; at most ${most} are allowed.`, name)
  return list
}
