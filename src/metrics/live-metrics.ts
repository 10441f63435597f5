import type { Registry } from 'prom-client'
import type { LiveObserver } from '../process-activity.ts'
import { CountTable } from './count-table.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { Label, WHOLE } from './label.ts'

const FATES = ['sent', 'held_back', 'coalesced'] as const

/** Counts what streams send, and what they spare. */
export class LiveMetrics implements LiveObserver {
  readonly #pushes: CountTable<(typeof FATES)[number], ''>
  readonly #durations: DurationHistogram<''>

  constructor(registry: Registry) {
    this.#pushes = new CountTable(
      registry,
      {
        name: 'liverank_pushes_total',
        help: 'Number of slates for subscriptions, by what happened to them. `sent`: the service sent the slate. `held_back`: the service did not send it, because the client already shows the same items. `coalesced`: the service did not make it, because another slate that it was about to make for this client includes the same change.',
      },
      new Label('fate', FATES),
      WHOLE,
    )
    this.#durations = new DurationHistogram(
      registry,
      {
        name: 'liverank_event_to_slate_duration_seconds',
        help: 'Time from recording an event until the service sends the new slate of a subscription. It includes the wait for `minIntervalMs`, the shortest time between two slates of a subscription.',
      },
      WHOLE,
    )
  }

  pushed(): void {
    this.#pushes.add('sent', '')
  }

  heldBack(): void {
    this.#pushes.add('held_back', '')
  }

  coalesced(): void {
    this.#pushes.add('coalesced', '')
  }

  answered(ms: number): void {
    this.#durations.add('', ms)
  }
}
