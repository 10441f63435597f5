/** Weights of the items of a session, by place from 1. The last item has weight 1, the first one the least. */
export const WEIGHTINGS = {
  linear: (place: number, length: number) => place / length,
  quadratic: (place: number, length: number) => (place / length) ** 2,
} as const
export type Weighting = keyof typeof WEIGHTINGS

/**
 * Similarities of a session to an earlier one. `dot` is the sum of the weights of the shared items. `cosine` divides it by the
 * root of the earlier session's number of items.
 */
export const SIMILARITIES = {
  dot: (shared: number, _items: number) => shared,
  cosine: (shared: number, items: number) => shared / Math.sqrt(items),
} as const
export type Similarity = keyof typeof SIMILARITIES

export interface VsKnnOptions {
  /** Neighbours whose items are scored. */
  readonly k: number
  /** Sessions that are compared at most: the latest that share an item. */
  readonly sample: number
  readonly weighting: Weighting
  readonly similarity: Similarity
}

/** Options that session-rec uses for the data set yoochoose. */
export const STANDARD_VS_KNN: VsKnnOptions = { k: 100, sample: 1000, weighting: 'quadratic', similarity: 'dot' }

interface Session {
  /** Distinct items. */
  readonly items: Set<string>
  /** Place in the order of latest events. */
  last: number
}

/**
 * Vector-multiplication session-based kNN (Ludewig and Jannach, "Evaluation of session-based recommendation algorithms", 2018;
 * VS-KNN of session-rec). The session is a vector of weights that grow towards its end, and earlier sessions are 0/1 vectors. The
 * candidates for neighbours are a sample of the latest sessions that share an item. The k most similar of them score their items
 * with the similarity, divided by the square of how many items ago the latest shared item was. Of equally similar sessions, the
 * later one is taken. The method learns event by event, and keeps for each item the latest sessions that a sample can reach.
 */
export class VsKnn {
  readonly #sessions = new Map<string, Session>()
  readonly #byItem = new Map<string, Session[]>()
  readonly #keep: number
  #clock = 0

  /** @param keep sessions kept for each item: the largest sample that will be asked for */
  constructor(keep = STANDARD_VS_KNN.sample) {
    this.#keep = keep
  }

  /** An action of a session on an item. */
  learn(sessionKey: string, itemId: string): void {
    let session = this.#sessions.get(sessionKey)
    if (!session) {
      session = { items: new Set(), last: 0 }
      this.#sessions.set(sessionKey, session)
    }
    session.last = ++this.#clock
    if (session.items.has(itemId)) return
    session.items.add(itemId)
    const holders = this.#byItem.get(itemId)
    if (!holders) this.#byItem.set(itemId, [session])
    else {
      holders.push(session)
      if (holders.length >= 2 * this.#keep) this.#byItem.set(itemId, this.#latest(holders, this.#keep))
    }
  }

  /** The session will not go on: from here on only other sessions' lists keep it. */
  end(sessionKey: string): void {
    this.#sessions.delete(sessionKey)
  }

  /**
   * Scores of items for what comes next.
   * @param prefix items of the session so far in order, repetitions and all; the last action last
   */
  scores(sessionKey: string, prefix: readonly string[], { k, sample, weighting, similarity }: VsKnnOptions): Map<string, number> {
    const own = this.#sessions.get(sessionKey)
    const weights = new Map<string, number>()
    const weigh = WEIGHTINGS[weighting]
    prefix.forEach((itemId, at) => {
      weights.set(itemId, weigh(at + 1, prefix.length))
    })
    const relevant = new Set<Session>()
    for (const itemId of weights.keys())
      for (const session of this.#byItem.get(itemId) ?? []) if (session !== own) relevant.add(session)
    const neighbours = this.#latest([...relevant], sample).map((session) => {
      let shared = 0
      for (const [itemId, weight] of weights) if (session.items.has(itemId)) shared += weight
      return { session, similarity: SIMILARITIES[similarity](shared, session.items.size) }
    })
    neighbours.sort((a, b) => b.similarity - a.similarity || b.session.last - a.session.last)
    const scores = new Map<string, number>()
    for (const { session, similarity } of neighbours.slice(0, k)) {
      let ago = 1
      while (!session.items.has(prefix[prefix.length - ago])) ago++
      const gain = similarity / (ago * ago)
      for (const itemId of session.items) scores.set(itemId, (scores.get(itemId) ?? 0) + gain)
    }
    return scores
  }

  #latest(sessions: Session[], most: number): Session[] {
    if (sessions.length <= most) return sessions
    return sessions.sort((a, b) => b.last - a.last).slice(0, most)
  }
}
