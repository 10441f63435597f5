import { LiverankError } from '../errors.ts'

const MAX_PAGE = 500
export const MAX_SLATE = 100

/** Returns the size of a page. @throws LiverankError BAD_USER_INPUT if it is out of bounds */
export function pageSize(first: number): number {
  return within('first', first, 0, MAX_PAGE)
}

/** Checks the sizes of a page requested from either end. @throws LiverankError BAD_USER_INPUT if one is out of bounds */
export function pageSizes<A extends { first?: number | null | undefined; last?: number | null | undefined }>(args: A): A {
  return {
    ...args,
    first: args.first == null ? args.first : pageSize(args.first),
    last: args.last == null ? args.last : pageSize(args.last),
  }
}

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
