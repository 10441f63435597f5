interface Page {
  readonly edges: readonly unknown[]
  readonly pageInfo: object
}

/** A page without edges has no cursors: Pothos gives it an empty text, or the cursor that was asked with. */
export function withoutEmptyCursors<P extends Page>(page: P): P {
  if (page.edges.length > 0) return page
  return { ...page, pageInfo: { ...page.pageInfo, startCursor: null, endCursor: null } }
}
