import type { LoggedEvent } from '../../src/import/log-lines.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { DecayedPopularity } from './decayed-popularity.ts'
import { byKind, type MethodRanking, sameForAll } from './method-ranking.ts'
import { PersonalFrequency } from './personal-frequency.ts'
import { SessionIndex } from './session-index.ts'
import type { SessionAsked } from './session-knn.ts'
import { SESSION_METHOD_NAMES, type SessionMethodName } from './session-methods.ts'
import type { TunedMethod } from './tune-methods.ts'

type ActionOnItem = Pick<LoggedEvent, 'userId' | 'timestamp'> & { readonly itemId: string }

/** Baselines that learn by themselves from the actions of a log, without the service. */
export class LearnedBaselines {
  readonly #tuned: Readonly<Record<SessionMethodName, TunedMethod>>
  readonly #index = new SessionIndex()
  readonly #popularity = { popularity_hour: new DecayedPopularity(HOUR), popularity_week: new DecayedPopularity(7 * DAY) }
  readonly #personal = new PersonalFrequency()

  constructor(tuned: Readonly<Record<SessionMethodName, TunedMethod>>) {
    this.#tuned = tuned
  }

  /** Learns an action. @param timestamp in ms, not before that of any other action @param weight of the event's type */
  learn(sessionKey: string, { userId, itemId, timestamp: at }: ActionOnItem, weight: number): void {
    this.#index.learn(sessionKey, itemId, at)
    this.#personal.learn(userId, itemId, weight, at)
    for (const popularity of Object.values(this.#popularity)) popularity.learn(itemId, weight, at)
  }

  /** Ends a session: nothing more of it will be learned. */
  end(sessionKey: string): void {
    this.#index.end(sessionKey)
  }

  /** Returns how each of the methods ranks for a session of a user, by the name of the method. */
  rankings(session: SessionAsked, userId: string): [string, MethodRanking][] {
    const popular = this.#popularity.popularity_week.ranked()
    return [
      ['personal_frequency', sameForAll(this.#personal.ranked(userId, popular))],
      ...Object.entries(this.#popularity).map(([name, popularity]): [string, MethodRanking] => [
        name,
        sameForAll(popularity.ranked()),
      ]),
      ...SESSION_METHOD_NAMES.map((name): [string, MethodRanking] => [
        name,
        byKind(this.#tuned[name], (variant) => variant.score(this.#index, session)),
      ]),
    ]
  }
}
