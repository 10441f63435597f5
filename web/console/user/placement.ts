/** What the place of an item in a slate depends on. */
export interface PlacedItem {
  readonly score: number
  readonly propensity: number
  readonly exploration: boolean
  readonly reason: { readonly code: string }
}

/**
 * What put an item at its place, other than its score. `pinned`: a rule. `drawn`: chance, to learn about the item. `shuffled`: chance, since
 * this slate is one of those in a random order. `varied`: it stands above an item with a higher score, which resembles the items above more,
 * or is better known.
 */
export type Placement = 'pinned' | 'drawn' | 'shuffled' | 'varied'

/** Returns what put an item at its place; undefined if its score did. @param below the items that stand below it in the slate */
export function placementOf(item: PlacedItem, below: readonly PlacedItem[]): Placement | undefined {
  if (item.reason.code === 'PINNED') return 'pinned'
  if (item.exploration) return 'drawn'
  if (item.propensity < 1) return 'shuffled'
  // Where the items below stand that a rule or chance has placed says nothing about this one.
  const isVaried = below.some((other) => other.score > item.score && placementOf(other, []) === undefined)
  return isVaried ? 'varied' : undefined
}
