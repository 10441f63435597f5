import type { SharedActivities } from './shared-activities.ts'
import type { SharedBuckets } from './shared-buckets.ts'
import type { StateStore } from './store.ts'
import type { StoreFigures } from './store-figures.ts'
import type { StoreHealth } from './store-health.ts'

/** A store that is ready for use, and what its processes share beside the state itself. */
export interface OpenedStore {
  readonly store: StateStore
  /** Figures that the processes of the store publish about themselves. */
  readonly activities: SharedActivities
  /** Token buckets that the processes of the store share; undefined if there is one process only. */
  readonly buckets?: SharedBuckets
  readonly health: StoreHealth
  /** Records the time of the service, in ms since 1970, at which the clock of the next start begins. @throws Error if it cannot */
  readonly noteTime: (time: number) => Promise<void>
  /** Reads figures of the store for monitoring. */
  readonly figures: () => StoreFigures
  /** True if the embedded store held no event and no upload when it was opened. With Redis: if no process had opened this store before. */
  readonly isNew: boolean
  close(): Promise<void>
}
