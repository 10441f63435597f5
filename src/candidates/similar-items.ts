import { basketOf, recentItems, TOGETHER, takenOut } from '../accumulators/item-to-item.ts'
import type { PairSums } from '../accumulators/pair-sums.ts'
import { sessionItems } from '../accumulators/session.ts'
import { decayedValue } from '../state/decay.ts'
import type { SetView } from '../state/shared-sums.ts'
import { itemKey, type SetSlot } from '../state/slots.ts'
import type { SetRead } from '../state/store.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import { type CandidateAnswers, type CandidateRequest, highestOf, type ReadingSource, type ScoredItems } from './source.ts'

/** Weight of an anchor's neighbours, by how many distinct items ago the user acted on it. */
const RECENCY = 0.8

/** Returns the items whose neighbours become candidates, most relevant first: the items on screen, then the user's latest items. */
function anchorsOf({ anchorItemIds, user, now }: CandidateRequest, ttl: number): { itemId: string; at: number }[] {
  const onScreen = anchorItemIds.map((itemId) => ({ itemId, at: now }))
  return [...onScreen, ...recentItems(user).filter(({ at, itemId }) => at >= now - ttl && !anchorItemIds.includes(itemId))]
}

/**
 * Returns the weight of what an anchor brings. All items on screen have the weight of a single one, so that what goes with several of
 * them gains from each: it is the better complement of a cart. The user's latest items follow as if one item were on screen.
 */
function weightOf(anchor: number, onScreen: number): number {
  return RECENCY ** (anchor < onScreen ? 0 : anchor - Math.max(0, onScreen - 1))
}

function readOf(itemId: string, set: SetSlot, limit = set.capacity): SetRead {
  return { entity: itemKey(itemId), set, limit }
}

/** Makes the source of items that other users acted on close to this user's items. */
export function itemToItemSource(quota: number, ttl: number, { neighbours }: PairSums): ReadingSource {
  return {
    name: 'item_to_item',
    quota,
    needs: { accumulators: { item_to_item: [] } },
    reads: (request) => {
      const anchors = anchorsOf(request, ttl)
      return {
        sets: anchors.map(({ itemId }) => readOf(itemId, neighbours)),
        strengths: anchors.map(({ itemId }) => itemId),
      }
    },
    candidates: (request, { sets, strengths }) => {
      const anchors = anchorsOf(request, ttl)
      const gains = new AnchorGains()
      sets.forEach(({ epoch, latest, members, scores: raw }, a) => {
        const weight = weightOf(a, request.anchorItemIds.length) / (strengths[a] + 1) ** 0.5
        const decay = decayedValue(1, epoch, Math.max(latest, request.now), neighbours.halfLife)
        for (let at = 0; at < members.length; at++) gains.add(members[at], weight * (raw[at] * decay), a)
      })
      const best = gains.highest(quota)
      return { ...best, reason: (at) => similarTo(anchors[gains.anchorOf(best.itemIds[at])].itemId, request) }
    },
  }
}

/** Returns the reason of an item that is similar to an item on screen, or to one of the user's latest items. */
function similarTo(anchorItemId: string, { anchorItemIds }: CandidateRequest): BuiltInReason {
  return { code: anchorItemIds.includes(anchorItemId) ? 'SIMILAR_TO_THIS' : 'BECAUSE_YOU_VIEWED', anchorItemId }
}

/** What anchors bring: by item the sum, and the anchor that gives the most. */
class AnchorGains {
  readonly #placeOf = new Map<string, number>()
  readonly #scores: number[] = []
  readonly #most: number[] = []
  readonly #mostOf: number[] = []

  /** @param gain above 0 @param anchor number of the anchor */
  add(itemId: string, gain: number, anchor: number): void {
    const place = this.#placeOf.get(itemId)
    if (place === undefined) {
      this.#placeOf.set(itemId, this.#scores.length)
      this.#scores.push(gain)
      this.#most.push(gain)
      this.#mostOf.push(anchor)
      return
    }
    this.#scores[place] += gain
    if (gain <= this.#most[place]) return
    this.#most[place] = gain
    this.#mostOf[place] = anchor
  }

  /** Returns the `quota` items that gain the most. */
  highest(quota: number): ScoredItems {
    return highestOf([...this.#placeOf.keys()], this.#scores, quota)
  }

  /** Returns the number of the anchor that gives an item the most; 0 if none does. */
  anchorOf(itemId: string): number {
    return this.#mostOf[this.#placeOf.get(itemId) ?? -1] ?? 0
  }
}

/** Similar items whose own lists are read, and members that count of each list: more bring next to nothing, and cost more. */
const MIDDLES = 10
const MEMBERS = 30
/** What the second step counts beside the first. */
const SECOND = 0.3

/** The first step: what the anchors bring, and the items from which the second one goes on. */
interface FirstStep {
  readonly gains: AnchorGains
  readonly middles: readonly { readonly itemId: string; readonly score: number; readonly anchor: number }[]
}

/**
 * Makes the source of items that are similar to this user's items, or similar to such similar items. Each list is divided by its sum,
 * so scores do not depend on the traffic of a shop.
 * @param ttl time for which actions are used, in ms
 */
export function twoHopsSource(quota: number, ttl: number, { neighbours }: PairSums): ReadingSource {
  // Both trips need it.
  const memory = new WeakMap<CandidateRequest, FirstStep>()
  const firstStep = (request: CandidateRequest, { sets }: CandidateAnswers): FirstStep => {
    let step = memory.get(request)
    if (!step) {
      const gains = new AnchorGains()
      for (const [a, view] of sets.entries())
        addShares(gains, view, { weight: weightOf(a, request.anchorItemIds.length), anchor: a }, request)
      const { itemIds, scores } = gains.highest(MIDDLES)
      step = { gains, middles: itemIds.map((itemId, at) => ({ itemId, score: scores[at], anchor: gains.anchorOf(itemId) })) }
      memory.set(request, step)
    }
    return step
  }
  return {
    name: 'two_hops',
    quota,
    needs: { accumulators: { item_to_item: [] } },
    reads: (request) => ({
      sets: anchorsOf(request, ttl).map(({ itemId }) => readOf(itemId, neighbours, MEMBERS)),
    }),
    setsToRead: (request, answers) =>
      firstStep(request, answers).middles.map(({ itemId }) => readOf(itemId, neighbours, MEMBERS)),
    candidates: (request, answers) => {
      const { gains, middles } = firstStep(request, answers)
      // From here on, it is no longer the first step.
      memory.delete(request)
      for (const [m, view] of (answers.chosenSets ?? []).entries())
        addShares(gains, view, { weight: SECOND * middles[m].score, anchor: middles[m].anchor }, request)
      const anchors = anchorsOf(request, ttl).map(({ itemId }) => itemId)
      const best = gains.highest(quota)
      return {
        ...best,
        // The second step leads back to the user's items, to which people return.
        reason: (at): BuiltInReason =>
          anchors.includes(best.itemIds[at])
            ? { code: 'SEEN_BEFORE' }
            : similarTo(anchors[gains.anchorOf(best.itemIds[at])], request),
      }
    },
  }
}

/** Adds the members of a list by their shares of its sum, without dismissed items. Shares do not decay. */
function addShares(
  gains: AnchorGains,
  { members, scores }: SetView,
  { weight, anchor }: { readonly weight: number; readonly anchor: number },
  { dismissed }: CandidateRequest,
): void {
  let sum = 0
  for (let at = 0; at < scores.length; at++) sum += scores[at]
  if (!(sum > 0)) return
  for (let at = 0; at < members.length; at++)
    if (!dismissed?.has(members[at])) gains.add(members[at], (weight * scores[at]) / sum, anchor)
}

/** Items of the basket whose companions are wanted, beside the items on screen. */
const ANCHORS = 5

/** Returns the items on screen, then the basket items, latest first. What goes with several of them gains from each. */
function basketAnchors({ anchorItemIds, user, now }: CandidateRequest): string[] {
  const basket = basketOf(user, now).filter((itemId) => !anchorItemIds.includes(itemId))
  return [...anchorItemIds, ...basket.slice(0, ANCHORS)]
}

/** Makes the source of items that other users put into the cart, or bought, together with the basket items. */
export function chosenTogetherSource(quota: number): ReadingSource {
  return {
    name: 'chosen_together',
    quota,
    needs: { accumulators: { chosen_together: [] } },
    reads: (request) => {
      const anchors = basketAnchors(request)
      return {
        sets: anchors.map((itemId) => readOf(itemId, TOGETHER)),
        strengths: anchors,
      }
    },
    candidates: (request, { sets, strengths }) => {
      const anchors = basketAnchors(request)
      // What was taken out of the cart is no complement of the rest.
      const left = new Set([...anchors, ...takenOut(request.user, request.now)])
      const gains = new AnchorGains()
      sets.forEach(({ epoch, latest, members, scores: raw }, a) => {
        members.forEach((itemId, at) => {
          if (left.has(itemId)) return
          // Many have a popular item in their basket: that they share it says less.
          const decayed = decayedValue(raw[at], epoch, Math.max(latest, request.now), TOGETHER.halfLife)
          gains.add(itemId, decayed / (strengths[a] + 1) ** 0.5, a)
        })
      })
      const best = gains.highest(quota)
      return {
        ...best,
        reason: (at): BuiltInReason => ({
          code: 'CHOSEN_TOGETHER',
          anchorItemId: anchors[gains.anchorOf(best.itemIds[at])],
        }),
      }
    },
  }
}

/** Returns the items whose mean embedding is the search vector: the items on screen, then the session's items, latest first. */
function embeddingAnchors({ anchorItemIds, user, session }: CandidateRequest): string[] {
  return [...new Set([...anchorItemIds, ...sessionItems(user, session)])]
}

/** Makes the source of items with embeddings similar to those of the session's items. It also finds items without any events. */
export function embeddingSource(quota: number): ReadingSource {
  return {
    name: 'embedding',
    quota,
    needs: { accumulators: { session: [] }, embedding: true },
    reads: () => ({}),
    candidates: (request) => {
      const { vectors } = request.catalogue
      const anchors = embeddingAnchors(request)
      const direction = vectors.mean(anchors)
      const met = new Set(anchors)
      const { itemIds, cosines } = direction
        ? vectors.nearest(direction, quota, (itemId) => !met.has(itemId) && request.admits(itemId))
        : { itemIds: [], cosines: [] }
      return {
        itemIds,
        scores: cosines,
        reason: (at): BuiltInReason => ({ code: 'ALIKE', anchorItemId: nearestAnchor(request, itemIds[at]) }),
      }
    },
  }
}

/** Of the items whose direction is sought the one that is most like this item. */
function nearestAnchor(request: CandidateRequest, itemId: string): string {
  const { vectors } = request.catalogue
  const direction = vectors.mean([itemId])!
  let nearest = ''
  let largest = Number.NEGATIVE_INFINITY
  for (const anchor of embeddingAnchors(request)) {
    const cosine = vectors.cosine(direction, anchor)
    if (!(cosine > largest)) continue
    nearest = anchor
    largest = cosine
  }
  return nearest
}
