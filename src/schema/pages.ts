import { within } from './argument-checks.ts'

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
