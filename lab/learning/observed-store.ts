import type { Increments } from '../../src/state/increments.ts'
import type { EventsEntry } from '../../src/state/log-entry.ts'
import type { StateStore, Swap, SwapOutcome } from '../../src/state/store.ts'
import { StoreView } from './store-view.ts'

/** The changes that recording events of one user made. */
export interface Committed {
  readonly userId: string
  /** The user's value before the change; undefined for a new user. */
  readonly before: Uint8Array | undefined
  /** The user's value after the change. */
  readonly value: Buffer
  /** Additions to the shared sums. */
  readonly increments: Increments
  readonly events: EventsEntry['events']
}

/** A store that reports every recorded step right after the step is committed. */
export class ObservedStore extends StoreView {
  readonly #onCommitted: (committed: Committed) => void

  constructor(store: StateStore, onCommitted: (committed: Committed) => void) {
    super(store)
    this.#onCommitted = onCommitted
  }

  override async swap(swap: Swap): Promise<SwapOutcome> {
    const { subject, increments, value } = swap
    const [before] = await this.store.readValues([subject])
    const outcome = await this.store.swap(swap)
    const entry = swap.entry()
    if (outcome.status === 'committed' && entry.kind === 'events' && increments)
      this.#onCommitted({ userId: subject.id, before, value, increments, events: entry.events })
    return outcome
  }
}
