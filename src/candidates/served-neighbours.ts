import type { NeighbourLists } from '../catalogue/neighbour-lists.ts'
import { DAY } from '../time-units.ts'

/** Age from which neighbour lists are no longer served, in ms. */
export const NEIGHBOURS_EXPIRE_AFTER = 7 * DAY
/** Age from which the service warns that no newer lists have come, in ms: two daily uploads are missing. */
export const NEIGHBOURS_STALE_AFTER = 2 * DAY

/** The neighbour lists that a process serves. They change whole: whoever holds a version keeps exactly this version. */
export class ServedNeighbourLists {
  #lists: NeighbourLists | undefined
  /** A version that this process has read, and that the store's record may name next: it need not be read again. */
  prepared: NeighbourLists | undefined

  /** Replaces the lists; undefined for none. */
  set(lists: NeighbourLists | undefined): void {
    this.#lists = lists
  }

  /** The version that was served last, also if it has expired; undefined if there is none. */
  get latest(): NeighbourLists | undefined {
    return this.#lists
  }

  /** Returns the lists to serve at a time, in ms of the clock of features; undefined if there are none, or if they have expired. */
  at(now: number): NeighbourLists | undefined {
    const lists = this.#lists
    return lists && now < expiryOf(lists.served.generatedAt) ? lists : undefined
  }

  /** Returns a sentence that says since when no new lists have come, and what to do; undefined if the lists are fresh or there are none. */
  warning(now: number): string | undefined {
    const lists = this.#lists
    if (!lists) return undefined
    const { generatedAt } = lists.served
    if (now < generatedAt + NEIGHBOURS_STALE_AFTER) return undefined
    const computed = `The neighbour lists were computed on ${day(generatedAt)}.`
    const expiry = expiryOf(generatedAt)
    const until = day(expiry)
    const effect = now < expiry ? `They will not be served after ${until}.` : `They have not been served since ${until}.`
    return `${computed} ${effect} Compute and upload new ones every day, for example with liverank offline.`
  }
}

/** Returns the time from which lists are no longer served, in ms. @param generatedAt when they were computed, in ms */
export function expiryOf(generatedAt: number): number {
  return generatedAt + NEIGHBOURS_EXPIRE_AFTER
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
