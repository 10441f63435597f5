import { weightedItems } from '../accumulators/candidate-features.ts'
import type { NeighbourLists, SummedNeighbours } from '../catalogue/neighbour-lists.ts'
import { highestRows } from '../state/rank-order.ts'
import { DAY } from '../time-units.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import type { CandidateRequest, Candidates, ReadingSource } from './source.ts'

/** Age from which neighbour lists are no longer served, in ms. */
const NEIGHBOURS_EXPIRE_AFTER = 7 * DAY
/** Age from which the service warns that no newer lists have come, in ms: two daily uploads are missing. */
const NEIGHBOURS_STALE_AFTER = 2 * DAY

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

const NONE: Candidates = { itemIds: [], scores: [], reason: (): BuiltInReason => ({ code: 'BECAUSE_YOU_VIEWED' }) }

/**
 * Makes the source of uploaded neighbour lists. The score of a candidate is Σ w_i s_i over the items i on screen and in the user's
 * history, where s_i is the score of the candidate in the list of i, and w_i the weight of `weightedItems`. Items of earlier sessions
 * count too, so that the source also serves users without an open session.
 * @param ttl time for which actions are used, in ms
 */
export function offlineNeighboursSource(quota: number, ttl: number): ReadingSource {
  return {
    name: 'offline_neighbours',
    quota,
    needs: { accumulators: { user_item: [] } },
    reads: () => ({}),
    candidates: (request) => {
      const lists = request.neighbourLists
      if (!lists) return NONE
      const { decay, generatedAt } = lists.served
      const { user, now, anchorItemIds } = request
      const items = weightedItems({ user, now, onScreen: anchorItemIds }, ttl, decay)
      const summed = lists.sum(items)
      const rows = highestAdmitted(summed, quota, request.admits)
      return {
        itemIds: rows.map((row) => summed.itemIds[row]),
        scores: rows.map((row) => summed.scores[row]),
        generatedAt,
        reason: (at): BuiltInReason => {
          const anchorItemId = items[summed.mostOf[rows[at]]].itemId
          return { code: anchorItemIds.includes(anchorItemId) ? 'SIMILAR_TO_THIS' : 'BECAUSE_YOU_VIEWED', anchorItemId }
        },
      }
    },
  }
}

/** Returns the rows of the best admitted items, best first. Asks about as few items as it can, since the rules are slow. */
function highestAdmitted({ itemIds, scores }: SummedNeighbours, quota: number, admits: (itemId: string) => boolean): number[] {
  for (let asked = 2 * quota; ; asked *= 2) {
    const best = highestRows(scores, asked, (a, b) => (itemIds[a] < itemIds[b] ? -1 : 1))
    const rows = Array.from(best).filter((row) => admits(itemIds[row]))
    if (rows.length >= quota || asked >= itemIds.length) return rows.slice(0, quota)
  }
}

/** Returns the id of a user's offline list. */
export function userListId(userId: string): string {
  return `user:${userId}`
}

/** Returns the id of a segment's offline list. */
export function segmentListId(segment: string): string {
  return `segment:${segment}`
}

/** Segment whose list serves users without a list of their own or of their segment. */
export const DEFAULT_SEGMENT = 'default'

function listIds({ userId, user }: CandidateRequest): string[] {
  const { segment } = user.attributes
  const ids = user.optedOut ? [] : [userListId(userId)]
  if (typeof segment === 'string') ids.push(segmentListId(segment))
  if (segment !== DEFAULT_SEGMENT) ids.push(segmentListId(DEFAULT_SEGMENT))
  return ids
}

/** Makes the source of uploaded lists: the user's own list, else the list of the user's segment, else the default list. */
export function offlineSource(quota: number): ReadingSource {
  return {
    name: 'offline',
    quota,
    reads: (request) => ({ lists: listIds(request) }),
    candidates: (request, { lists }) => {
      const at = lists.findIndex((list) => list !== undefined && list.itemIds.length > 0)
      const list = lists[at]
      if (!list) return { itemIds: [], scores: [], reason: (): BuiltInReason => ({ code: 'PICKED_FOR_YOU' }) }
      const code = listIds(request)[at] === segmentListId(DEFAULT_SEGMENT) ? 'PICKED_BY_US' : 'PICKED_FOR_YOU'
      return {
        itemIds: list.itemIds.slice(0, quota),
        scores: list.scores.slice(0, quota),
        reason: (): BuiltInReason => ({ code }),
        generatedAt: list.generatedAt,
      }
    },
  }
}
