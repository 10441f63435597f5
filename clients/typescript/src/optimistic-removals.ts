import type { EventOutcome } from './event-outcome.ts'
import { Listeners } from './listeners.ts'
import type { Slate } from './slate.ts'

interface Removal {
  readonly eventId: string
  /** Version of the user after the event; undefined until the service has answered. */
  readonly userVersion: number | undefined
}

/**
 * Items that the app takes out of its lists at once, before the service has answered the event that removes them. An item is left out of
 * slates that do not reflect the event. If the service refuses the event, the item comes back.
 */
export class OptimisticRemovals {
  readonly #removals = new Map<string, Removal>()
  readonly #listeners = new Listeners()

  /** Calls the listener after each change. Returns a function that ends this. */
  listen(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  /** Takes an item out of all lists. `eventId` is the event that says so to the service. */
  remove(itemId: string, eventId: string): void {
    this.#removals.set(itemId, { eventId, userVersion: undefined })
    this.#listeners.call()
  }

  /** Takes back that an item was removed. */
  restore(itemId: string): void {
    if (this.#removals.delete(itemId)) this.#listeners.call()
  }

  /** Notes what became of an event. */
  settle({ event, status, userVersion }: EventOutcome): void {
    const { itemId, eventId } = event
    if (itemId == null || this.#removals.get(itemId)?.eventId !== eventId) return
    if (status === 'REJECTED' || status === 'DROPPED') this.#removals.delete(itemId)
    else this.#removals.set(itemId, { eventId, userVersion: userVersion ?? 0 })
    this.#listeners.call()
  }

  /** Forgets all, when the service counts versions anew. */
  clear(): void {
    this.#removals.clear()
  }

  /** Whether the item is to be left out of this slate. */
  leavesOut(itemId: string, { version }: Slate): boolean {
    const removal = this.#removals.get(itemId)
    return removal !== undefined && (removal.userVersion === undefined || version < removal.userVersion)
  }
}
