import { ScoredItems } from './ranked-items.ts'
import type { SessionIndex } from './session-index.ts'

/**
 * The terms in which the nearest-neighbour methods for sessions differ. `ago` counts the actions of the session between its last
 * one (0) and the latest one on an item.
 */
export interface SessionKnn {
  /** Neighbours whose items are scored. */
  readonly k: number
  /** Sessions that are compared at most: the latest that share an item. At most 5,000. */
  readonly sample: number
  /** Weight of an item in the vector of the session. @param length number of actions of the session */
  readonly placeWeight: (ago: number, length: number) => number
  /**
   * Similarity of an earlier session.
   * @param shared sum of the weights of the shared items @param items distinct items of the earlier session
   * @param age time since its latest action, in ms
   */
  readonly similarity: (shared: number, items: number, age: number) => number
  /** Factor of what a neighbour scores. @param ago of the latest item that both sessions have */
  readonly matchWeight: (ago: number) => number
  /** Factor by the distance, in actions of the neighbour, of an item from the latest item that both have; 1 if absent. */
  readonly distanceWeight?: (distance: number) => number
  /** Factor of the score of an item. @param idf ln(sessions / sessions with the item) */
  readonly itemWeight: (idf: number) => number
}

/** The session for which items are scored. */
export interface SessionAsked {
  readonly key: string
  /** Items acted on in order, repetitions and all; the last action last. */
  readonly prefix: readonly string[]
  /** Now, in ms. */
  readonly at: number
}

/** Earlier sessions that share items with a session, by number, and for each the sum of weights and the latest shared item. */
interface Matches {
  readonly sessions: number[]
  readonly shared: Float64Array
  readonly agoOf: Int32Array
}

/**
 * Scores items by the sessions that resemble the one at hand, with the terms of one method. The session itself is no neighbour.
 * The steps, which all methods share: take the latest sessions that share an item; keep the k most similar (of equally similar
 * sessions the latest); add up similarity times factors for every item of theirs.
 */
export function scoreByNeighbours(index: SessionIndex, { key, prefix, at }: SessionAsked, method: SessionKnn): ScoredItems {
  const items = prefix.map((itemId) => index.itemNumber(itemId) ?? -1)
  const { sessions, shared, agoOf } = matchingSessions(index, key, items, method)
  const latest = mostOf(sessions, method.sample, (session) => index.session(session).last)
  // Of these sessions only the similarity is needed from here on: it takes the place of what they share.
  const similarities = shared
  for (const number of latest) {
    const { items: held, lastAt } = index.session(number)
    similarities[number] = method.similarity(shared[number], held.length, Math.max(0, at - lastAt))
  }
  const neighbours = mostOf(
    latest,
    method.k,
    (session) => similarities[session],
    (session) => index.session(session).last,
  )
  return scoresOf(index, items, neighbours, similarities, agoOf, method)
}

function matchingSessions(index: SessionIndex, key: string, items: readonly number[], { placeWeight }: SessionKnn): Matches {
  const own = index.numberOf(key)
  const shared = new Float64Array(index.sessions)
  const agoOf = new Int32Array(index.sessions).fill(-1)
  const sessions: number[] = []
  const done = new Set<number>([-1])
  for (let ago = 0; ago < items.length; ago++) {
    const item = items[items.length - 1 - ago]
    if (done.has(item)) continue
    done.add(item)
    const weight = placeWeight(ago, items.length)
    for (const session of index.holders(item)) {
      if (session === own) continue
      if (agoOf[session] < 0) {
        agoOf[session] = ago
        sessions.push(session)
      }
      shared[session] += weight
    }
  }
  return { sessions, shared, agoOf }
}

/** Returns those with the highest values; of equal values, those with the higher second value. */
function mostOf(
  sessions: number[],
  most: number,
  rankBy: (session: number) => number,
  thenBy: (session: number) => number = () => 0,
): number[] {
  if (sessions.length <= most) return sessions
  // Sorting numbers is several times faster than sorting sessions.
  const threshold = Float64Array.from(sessions, rankBy).sort()[sessions.length - most]
  const above = sessions.filter((session) => rankBy(session) > threshold)
  const level = sessions.filter((session) => rankBy(session) === threshold)
  const room = most - above.length
  if (level.length <= room) return above.concat(level)
  return above.concat(level.sort((a, b) => thenBy(b) - thenBy(a)).slice(0, room))
}

function scoresOf(
  index: SessionIndex,
  items: readonly number[],
  neighbours: readonly number[],
  similarities: Float64Array,
  agoOf: Int32Array,
  { matchWeight, distanceWeight, itemWeight }: SessionKnn,
): ScoredItems {
  const scores = new Float64Array(index.items)
  const scored = new Uint8Array(index.items)
  const found: number[] = []
  for (const number of neighbours) {
    const ago = agoOf[number]
    const gain = similarities[number] * matchWeight(ago)
    const { items: held, places } = index.session(number)
    const matched = distanceWeight ? places[held.indexOf(items[items.length - 1 - ago])] : 0
    for (let i = 0; i < held.length; i++) {
      const item = held[i]
      if (scored[item] === 0) {
        scored[item] = 1
        found.push(item)
      }
      scores[item] += distanceWeight ? gain * distanceWeight(Math.abs(places[i] - matched)) : gain
    }
  }
  const weighted = Float64Array.from(found, (item) => scores[item] * itemWeight(index.idf(item)))
  return new ScoredItems(found, weighted, (item) => index.itemId(item))
}
