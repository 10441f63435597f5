import { DAY } from '../../src/time-units.ts'
import { DecayedPopularity } from './decayed-popularity.ts'
import type { RankedItems } from './ranked-items.ts'

/** Time in ms after which an action counts half: people take up again what they did often, for months. */
const HALF_LIFE = 60 * DAY

/**
 * Ranks by what each user did: the items on which the user acted, by the sum of the event weights, of which each halves in 60 days; then
 * all others by popularity. A strong baseline where people repeat themselves, such as in next-basket recommendation (Faggioli et al., 2020).
 */
export class PersonalFrequency {
  readonly #ofUsers = new Map<string, DecayedPopularity>()

  /** Learns an action. @param weight of the event's type, 0 or more @param at in ms */
  learn(userId: string, itemId: string, weight: number, at: number): void {
    let own = this.#ofUsers.get(userId)
    if (!own) {
      own = new DecayedPopularity(HALF_LIFE)
      this.#ofUsers.set(userId, own)
    }
    own.learn(itemId, weight, at)
  }

  /** Returns the items as ranked for a user. @param others that follow those of the user */
  ranked(userId: string, others: RankedItems): RankedItems {
    const own = this.#ofUsers.get(userId)?.ranked()
    if (!own) return others
    return {
      best: (most, without = new Set()) => {
        const found = own.best(most, without)
        return found.length === most ? found : found.concat(others.best(most - found.length, new Set([...without, ...found])))
      },
    }
  }
}
