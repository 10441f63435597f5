import type { Repeater } from '@repeaterjs/repeater'
import type { Clock } from '../clock.ts'
import type { UserMerges } from '../events/user-merges.ts'
import type { Activity } from '../process-activity.ts'
import { liveStream } from './live-stream.ts'
import type { Signals } from './signals.ts'

/** Streams values computed from one user's state: one at once, then one at each change of the state. */
export function liveFeatures<T>(
  signals: Signals,
  merges: UserMerges,
  clock: Clock,
  activity: Activity,
  userId: string,
  minIntervalMs: number,
  read: () => Promise<T>,
): Repeater<T> {
  return liveStream({
    signals,
    clock,
    userId,
    ownerOf: (id) => merges.ownerOf(id),
    minIntervalMs,
    refreshEveryMs: undefined,
    wakes: () => true,
    follows: () => activity.opened(),
    make: read,
  })
}
