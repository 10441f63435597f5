import type { Registry } from 'prom-client'
import type { LiveObserver } from '../process-activity.ts'
import { CountTable } from './count-table.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { Label, WHOLE } from './label.ts'

const FATES = ['sent', 'held_back', 'coalesced'] as const

/** Counts the slates that streams send, and those that they need not send. */
export class LiveMetrics implements LiveObserver {
  readonly #pushes: CountTable<(typeof FATES)[number], ''>
  readonly #durations: DurationHistogram<''>
  readonly #stretches: DurationHistogram<''>

  constructor(registry: Registry) {
    this.#pushes = new CountTable(
      registry,
      {
        name: 'liverank_pushes_total',
        help: 'Number of slates for subscriptions. `sent`: the service sent the slate. `held_back`: it made the slate but did not send it, because the client already shows the same items. `coalesced`: it made no slate for a change, because one for an earlier change was still to be made.',
      },
      new Label('fate', FATES),
      WHOLE,
    )
    this.#durations = new DurationHistogram(
      registry,
      {
        name: 'liverank_event_to_slate_duration_seconds',
        help: 'Time from recording an event until the service sends the new slate of a subscription, including the wait for `minIntervalMs` (shortest time between two slates).',
      },
      WHOLE,
    )
    this.#stretches = new DurationHistogram(
      registry,
      {
        name: 'liverank_push_stretch_duration_seconds',
        help: 'Time by which load makes the interval between two slates of a subscription longer. It begins when a change asks for a new slate and `minIntervalMs` is over. It ends when the service begins to make the slate. The first slate of a subscription is not included.',
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

  stretched(ms: number): void {
    this.#stretches.add('', ms)
  }

  answered(ms: number): void {
    this.#durations.add('', ms)
  }
}
