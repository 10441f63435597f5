import { meaningOf } from '../../src/accumulators/event-meaning.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'

/** The items that users of a log have dismissed, and not taken back. */
export class Dismissals {
  readonly #domain: Pick<Domain, 'expiry'>
  /** Latest decision by user and item. */
  readonly #latest = new Map<string, { readonly isDismissed: boolean; readonly at: number }>()

  private constructor(domain: Pick<Domain, 'expiry'>) {
    this.#domain = domain
  }

  /** Reads events in any order. */
  static async of(events: AsyncIterable<LoggedEvent>, domain: Domain): Promise<Dismissals> {
    const dismissals = new Dismissals(domain)
    for await (const { userId, itemId, eventType, timestamp: at } of events) {
      const { role } = meaningOf(domain, eventType)
      if (itemId == null || (role !== 'dismiss' && role !== 'undismiss')) continue
      const key = keyOf(userId, itemId)
      const before = dismissals.#latest.get(key)
      if (!before || at >= before.at) dismissals.#latest.set(key, { isDismissed: role === 'dismiss', at })
    }
    return dismissals
  }

  /**
   * Yields the events of the same users. An event on an item that its user dismissed, before or after, is no sign of interest: an event
   * about no item takes its place, so that the numbers of events stay the same.
   */
  async *leaveOut(events: AsyncIterable<LoggedEvent>): AsyncGenerator<LoggedEvent> {
    for await (const event of events) yield this.#has(event) ? { ...event, itemId: undefined } : event
  }

  #has({ userId, itemId, timestamp }: LoggedEvent): boolean {
    if (itemId == null || this.#latest.size === 0) return false
    const latest = this.#latest.get(keyOf(userId, itemId))
    return latest?.isDismissed === true && timestamp <= latest.at + this.#domain.expiry.dismissal
  }
}

function keyOf(userId: string, itemId: string): string {
  return `${userId}\0${itemId}`
}
