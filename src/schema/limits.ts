import { LiverankError } from '../errors.ts'

const MAX_PAGE = 500
export const MAX_SLATE = 100

/** @throws LiverankError BAD_USER_INPUT when it is no page that is served */
export function pageSize(first: number): number {
  return within('first', first, 0, MAX_PAGE)
}

/** The sizes of a page asked from either end. @throws LiverankError BAD_USER_INPUT when it is no page that is served */
export function pageSizes<A extends { first?: number | null | undefined; last?: number | null | undefined }>(args: A): A {
  return {
    ...args,
    first: args.first == null ? args.first : pageSize(args.first),
    last: args.last == null ? args.last : pageSize(args.last),
  }
}

/** @throws LiverankError BAD_USER_INPUT naming the argument and its bounds */
export function within(name: string, value: number, least: number, most: number): number {
  if (value < least || value > most)
    throw new LiverankError('BAD_USER_INPUT', `${name} is ${value}; from ${least} to ${most} is allowed.`)
  return value
}

/** @throws LiverankError BAD_USER_INPUT when a list is too long */
export function atMost<T>(name: string, list: readonly T[], most: number): readonly T[] {
  if (list.length > most) throw new LiverankError('BAD_USER_INPUT', `${name} has ${list.length} entries; ${most} are allowed.`)
  return list
}
