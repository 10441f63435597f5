/** An item at a position of a slate. */
export interface PlacedItem {
  readonly position: number
  readonly item: { readonly itemId: string; readonly title?: string | number | boolean | null | undefined }
}

/** What the rules changed about an item. */
export interface SlateChange {
  readonly placed: PlacedItem
  /** `new`: the slate did not have the item before. `gone`: it does not have it any more. */
  readonly kind: 'same' | 'up' | 'down' | 'new' | 'gone'
  /** By how many positions the item moved; 0 for `new` and `gone`. */
  readonly by: number
}

/** Compares two slates: first the items of the new one in their order, then those that it has lost. */
export function slateChanges(before: readonly PlacedItem[], after: readonly PlacedItem[]): SlateChange[] {
  const positions = new Map(before.map(({ item, position }) => [item.itemId, position]))
  const kept = new Set(after.map(({ item }) => item.itemId))
  const shown = after.map((placed): SlateChange => {
    const former = positions.get(placed.item.itemId)
    if (former === undefined) return { placed, kind: 'new', by: 0 }
    const by = former - placed.position
    return { placed, kind: by === 0 ? 'same' : by > 0 ? 'up' : 'down', by: Math.abs(by) }
  })
  const gone = before.filter(({ item }) => !kept.has(item.itemId)).map((placed): SlateChange => ({ placed, kind: 'gone', by: 0 }))
  return [...shown, ...gone]
}
