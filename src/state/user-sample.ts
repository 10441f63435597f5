import { hash } from 'node:crypto'

/** Users of a sample: enough that a quantile lies within 2 percentage points of its place, 95 times in a hundred. */
export const SAMPLED_USERS = 2000

/** Place of a user in the sample's order, from 0 to 2^48: a hash, so that it says nothing about the user. */
export function sampleScore(userId: string): number {
  return Number.parseInt(hash('sha1', userId, 'hex').slice(0, 12), 16)
}

/**
 * A uniform sample of all users that ever had an event, by one rule in every store: those with the lowest hashes (bottom-k
 * sampling; Cohen and Kaplan, 2007). Where users are few it is all of them.
 */
export class UserSample {
  /** Ids by score, lowest first. */
  readonly #ids: string[] = []
  readonly #scores: number[] = []

  add(userId: string): void {
    const score = sampleScore(userId)
    if (this.#scores.length >= SAMPLED_USERS && score > this.#scores[this.#scores.length - 1]) return
    let low = 0
    let high = this.#scores.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#scores[middle] < score) low = middle + 1
      else high = middle
    }
    if (this.#ids[low] === userId) return
    this.#ids.splice(low, 0, userId)
    this.#scores.splice(low, 0, score)
    if (this.#ids.length > SAMPLED_USERS) {
      this.#ids.pop()
      this.#scores.pop()
    }
  }

  /** Whoever would have stood next is not known: the sample is one short until another comes whose hash is low. */
  remove(userId: string): void {
    const at = this.#ids.indexOf(userId)
    if (at < 0) return
    this.#ids.splice(at, 1)
    this.#scores.splice(at, 1)
  }

  has(userId: string): boolean {
    return this.#ids.includes(userId)
  }

  get userIds(): readonly string[] {
    return this.#ids
  }
}
