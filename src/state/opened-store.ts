import type { SharedActivities } from './shared-activities.ts'
import type { StateStore } from './store.ts'
import type { StoreHealth } from './store-health.ts'

/** A store in use, with what belongs to it. */
export interface OpenedStore {
  readonly store: StateStore
  /** What its processes say of themselves. */
  readonly activities: SharedActivities
  readonly health: StoreHealth
  /** True for an embedded store that began without an event or upload on record. */
  readonly isNew: boolean
  close(): Promise<void>
}
