import { type DefaultConnectionArguments, resolveCursorConnection } from '@pothos/plugin-relay'
import { LiverankError } from '../errors.ts'
import { within } from './argument-checks.ts'
import { cursorOf, placeAt } from './sorted-list.ts'

const MAX_PAGE = 500

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

interface Page {
  readonly edges: readonly unknown[]
  readonly pageInfo: object
}

/** Removes empty cursors of a page without edges. Pothos gives such a page an empty cursor, or the requested one. */
export function withoutEmptyCursors<P extends Page>(page: P): P {
  if (page.edges.length > 0) return page
  return { ...page, pageInfo: { ...page.pageInfo, startCursor: null, endCursor: null } }
}

/**
 * Returns a page of a list that is in memory. A cursor names an entry, so it keeps its place when others are added or removed.
 * @param idOf id of an entry, unique in the list
 * @throws LiverankError BAD_USER_INPUT if a size is out of bounds, or if the list does not have the entry of a cursor
 */
export async function pageOf<T extends object>(
  list: readonly T[],
  { first, last, after, before }: DefaultConnectionArguments,
  idOf: (entry: T) => string,
) {
  const indexOf = (cursor: string | undefined) => {
    const place = placeAt(cursor)
    if (place === undefined) return undefined
    const index = list.findIndex((entry) => idOf(entry) === place.id)
    if (index >= 0) return index
    throw new LiverankError('BAD_USER_INPUT', `The entry of the cursor ${cursor} is gone: begin again without it.`)
  }
  const toCursor = (entry: T) => cursorOf({ id: idOf(entry), value: undefined })
  const page = await resolveCursorConnection<T[]>(
    { args: pageSizes({ first, last, after, before }), defaultSize: 20, maxSize: MAX_PAGE, toCursor },
    ({ before, after, limit, inverted }) => {
      const from = (indexOf(after) ?? -1) + 1
      const to = Math.max(from, indexOf(before) ?? list.length)
      return inverted ? list.slice(Math.max(from, to - limit), to).reverse() : list.slice(from, Math.min(to, from + limit))
    },
  )
  return withoutEmptyCursors(page)
}
