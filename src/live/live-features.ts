import type { Repeater } from '@repeaterjs/repeater'
import type { Clock } from '../clock.ts'
import type { People } from '../events/people.ts'
import type { Activity } from '../process-activity.ts'
import type { RankingTurns } from '../slate/ranking-turns.ts'
import { liveStream } from './live-stream.ts'
import type { Signals } from './signals.ts'
import { takeStreamTurn } from './stream-turn.ts'

export interface LiveFeaturesParts {
  readonly signals: Signals
  readonly people: People
  readonly turns: RankingTurns
  readonly clock: Clock
  readonly activity: Activity
}

/**
 * Streams values computed from one user's state: one at once, then one at each change of the state. They take turns with slates: after
 * an interruption of the store, all streams want a value at the same time.
 * @param minIntervalMs the shortest time between two values, in ms
 */
export function liveFeatures<T>(
  { signals, people, turns, clock, activity }: LiveFeaturesParts,
  userId: string,
  minIntervalMs: number,
  read: () => Promise<T>,
): Repeater<T> {
  return liveStream({
    signals,
    clock,
    userId,
    ownerOf: (id) => people.ownerOf(id),
    minIntervalMs,
    refreshEveryMs: undefined,
    wakes: () => true,
    follows: () => activity.opened(),
    takeTurn: (trigger) => takeStreamTurn(turns, userId, trigger),
    make: read,
  })
}
