import type { Domain } from '../../src/domain/domain.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import { actsOnItem } from '../learning/next-items.ts'

/** Items on which each session that goes on has acted, and the number of actions of each user. */
export class TouchedItems {
  readonly #domain: Domain
  /** By session, its items; those it acted on last are last. */
  readonly #bySession = new Map<string, Set<string>>()
  readonly #actions = new Map<string, number>()

  constructor(domain: Domain) {
    this.#domain = domain
  }

  /** Adds an event. Impressions and removals from the cart are no actions. */
  add(sessionKey: string, event: LoggedEvent): void {
    if (!actsOnItem(this.#domain, event)) return
    const { userId, itemId } = event
    this.#actions.set(userId, this.actionsOf(userId) + 1)
    const items = this.#bySession.get(sessionKey) ?? new Set()
    this.#bySession.set(sessionKey, items)
    items.delete(itemId)
    items.add(itemId)
  }

  /** Ends a session: its items are forgotten. */
  end(sessionKey: string): void {
    this.#bySession.delete(sessionKey)
  }

  /** Returns the number of actions of a user so far. */
  actionsOf(userId: string): number {
    return this.#actions.get(userId) ?? 0
  }

  /**
   * Returns scores that put the items of this session first, the one it acted on last at the top, and then the others by place.
   * @param places of the items, from 1
   */
  scores(sessionKey: string, itemIds: readonly string[], places: readonly number[]): number[] {
    const order = new Map([...(this.#bySession.get(sessionKey) ?? [])].map((itemId, at) => [itemId, at + 1]))
    return itemIds.map((itemId, at) => order.get(itemId) ?? -places[at])
  }
}
