import { ScoredItems } from './ranked-items.ts'
import type { SessionIndex } from './session-index.ts'
import type { SessionAsked } from './session-knn.ts'

/** Parameters of item-kNN. */
export interface ItemKnnOptions {
  /** α: how much the number of sessions of the session's own item lowers the similarity; 1 − α is for the other item. 0.5 is the cosine. */
  readonly alpha: number
  /** λ: sessions added to each number of sessions, so that items that few people met are not similar by chance. */
  readonly shrinkage: number
  /** Actions in which the weight of an item of the session falls to 1/e; 0 if only the last item counts, as in the paper. */
  readonly sessionDecay: number
}

/** Parameters of the authors' program. */
export const STANDARD_ITEM_KNN: ItemKnnOptions = { alpha: 0.5, shrinkage: 20, sessionDecay: 0 }

/** Values that tuning draws from. */
export const ITEM_KNN_CHOICES = {
  alpha: [0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  shrinkage: [1, 5, 20, 50, 100],
  sessionDecay: [0, 0.905, 1.81, 3.62, 7.24, 30, 1000],
} as const satisfies { [Name in keyof ItemKnnOptions]: readonly ItemKnnOptions[Name][] }

/**
 * Scores items by item-kNN with a cosine that is normalised by popularity (the baseline of Hidasi, Karatzoglou, Baltrunas and
 * Tikk, "Session-based recommendations with recurrent neural networks", ICLR 2016, with the exponent α of their program):
 * sim(i, j) = c_ij / ((N_i + λ)^α (N_j + λ)^(1 − α)), where c_ij is the number of sessions with both items, and N_i that with i.
 * The score of j is Σ_i w_i · sim(i, j) over the items i ≠ j of the session, where w_i is exp(−ago/sessionDecay), or 1 for the last
 * item and 0 for the others. The session itself does not count in c_ij. For items with more than 10,000 sessions, c_ij counts
 * the latest ones only.
 */
export function scoreByItems(
  index: SessionIndex,
  { key, prefix }: Pick<SessionAsked, 'key' | 'prefix'>,
  { alpha, shrinkage, sessionDecay }: ItemKnnOptions,
): ScoredItems {
  const own = index.numberOf(key)
  const normal = (item: number, power: number) => (index.support(item) + shrinkage) ** power
  const weights = new Map<number, number>()
  for (let ago = 0; ago < prefix.length && (ago === 0 || sessionDecay > 0); ago++) {
    const item = index.itemNumber(prefix[prefix.length - 1 - ago])
    if (item === undefined || weights.has(item)) continue
    weights.set(item, (sessionDecay > 0 ? Math.exp(-ago / sessionDecay) : 1) / normal(item, alpha))
  }
  // Each session adds its weight to all its items: so a session is read once, however many items it shares.
  const ofSession = new Float64Array(index.sessions)
  const ofItself = new Map<number, number>()
  const sessions: number[] = []
  for (const [item, weight] of weights) {
    let shared = 0
    for (const session of index.holders(item)) {
      if (session === own) continue
      if (ofSession[session] === 0) sessions.push(session)
      ofSession[session] += weight
      shared++
    }
    ofItself.set(item, shared * weight)
  }
  const sums = new Float64Array(index.items)
  const found: number[] = []
  for (const session of sessions) {
    const weight = ofSession[session]
    for (const item of index.session(session).items) {
      if (sums[item] === 0) found.push(item)
      sums[item] += weight
    }
  }
  // What is left of an item's sum without itself may be rounding.
  const items = found.filter((item) => sums[item] - (ofItself.get(item) ?? 0) > sums[item] * 1e-9)
  const scores = items.map((item) => (sums[item] - (ofItself.get(item) ?? 0)) / normal(item, 1 - alpha))
  return new ScoredItems(items, scores, (item) => index.itemId(item))
}
