/** Called when an item that a stream shows can no longer be recommended. @param streams number of streams that show the item */
export type ItemGone = (streams: number) => void

/** The items that one stream shows. */
export interface Screen {
  show(itemIds: readonly string[]): void
  close(): void
}

/** Index of the open streams that show an item. A change of one item then does not need a search of all streams. */
export class StreamsByItem {
  readonly #showing = new Map<string, Set<ItemGone>>()

  /** Opens the screen of a new stream; it shows no items yet. */
  open(onGone: ItemGone): Screen {
    let shown: readonly string[] = []
    const show = (itemIds: readonly string[]) => {
      const kept = new Set(itemIds)
      for (const itemId of shown) if (!kept.has(itemId)) this.#remove(itemId, onGone)
      for (const itemId of itemIds) this.#add(itemId, onGone)
      shown = itemIds
    }
    return { show, close: () => show([]) }
  }

  /** Notifies the streams that show the item. */
  gone(itemId: string): void {
    const streams = this.#showing.get(itemId)
    if (streams) for (const onGone of streams) onGone(streams.size)
  }

  #add(itemId: string, onGone: ItemGone): void {
    const streams = this.#showing.get(itemId)
    if (streams) streams.add(onGone)
    else this.#showing.set(itemId, new Set([onGone]))
  }

  #remove(itemId: string, onGone: ItemGone): void {
    const streams = this.#showing.get(itemId)
    streams?.delete(onGone)
    if (streams?.size === 0) this.#showing.delete(itemId)
  }
}
