/** Returns the entries of a page of a list, without their cursors. Empty while the page is not here. */
export function nodesOf<T>(page: { readonly edges: readonly { readonly node: T }[] } | null | undefined): T[] {
  return (page?.edges ?? []).map(({ node }) => node)
}
