import type { Increments } from '../../src/state/increments.ts'
import type { EventsEntry } from '../../src/state/log/entry.ts'
import type { StateStore, Swap, SwapOutcome } from '../../src/state/store.ts'
import { StoreView } from './store-view.ts'

/** What recording events of one user has changed. */
export interface Committed {
  readonly userId: string
  /** The user's value before; undefined for a new user. */
  readonly before: Uint8Array | undefined
  /** And after. */
  readonly value: Buffer
  /** What it adds to the shared sums. */
  readonly increments: Increments
  readonly events: EventsEntry['events']
}

/** Tells of every recorded step, right after it is committed. */
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
