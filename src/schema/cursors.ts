interface Page {
  readonly edges: readonly unknown[]
  readonly pageInfo: object
}

/** Removes empty cursors of a page without edges. Pothos gives such a page an empty cursor, or the requested one. */
export function withoutEmptyCursors<P extends Page>(page: P): P {
  if (page.edges.length > 0) return page
  return { ...page, pageInfo: { ...page.pageInfo, startCursor: null, endCursor: null } }
}
