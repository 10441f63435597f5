import type { Registry } from 'prom-client'
import type { Domain } from '../domain/domain.ts'
import { LiverankError } from '../errors.ts'
import type { EventOutcome } from '../events/arriving-event.ts'
import { NOT_COUNTED } from '../state/log/not-counted.ts'
import { CountTable } from './count-table.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { Label, WHOLE } from './label.ts'

const OUTCOMES = ['recorded', 'duplicate', 'discarded', 'rejected', 'unavailable', 'failed'] as const
const OF_STATUS = {
  RECORDED: 'recorded',
  DUPLICATE: 'duplicate',
  DISCARDED: 'discarded',
  REJECTED: 'rejected',
  UNAVAILABLE: 'unavailable',
  FAILED: 'failed',
} as const satisfies Record<EventOutcome['status'], (typeof OUTCOMES)[number]>

const REFUSAL_CODES = ['BAD_USER_INPUT', 'UNAVAILABLE', 'UNREADABLE_STATE', 'INVARIANT', 'INTERNAL_SERVER_ERROR'] as const
type RefusalCode = (typeof REFUSAL_CODES)[number]

/** Counts events by their outcome. */
export class EventMetrics {
  readonly #outcomes: CountTable<(typeof OUTCOMES)[number], string>
  readonly #notCounted: CountTable<Extract<EventOutcome, { notCounted: unknown }>['notCounted'] & string, ''>
  readonly #refused: CountTable<RefusalCode, ''>
  readonly #durations: DurationHistogram<''>

  constructor(registry: Registry, { eventTypes }: Pick<Domain, 'eventTypes'>) {
    const types = Label.declared('event_type', Object.keys(eventTypes))
    const outcomes = new Label('outcome', OUTCOMES)
    const help =
      'Number of events that clients sent, by the outcome. `recorded`: the service recorded the event. `duplicate`: it had already recorded an event with this id. `discarded`: the user has opted out or has not consented. `rejected`: the event is invalid. `unavailable`: the store did not answer in time, or the service had too many events to record. The event may or may not be recorded, so clients should send it again. `failed`: the service has a defect, or could not read the stored state of the user.'
    this.#outcomes = new CountTable(registry, { name: 'liverank_events_total', help }, outcomes, types)
    this.#notCounted = new CountTable(
      registry,
      {
        name: 'liverank_events_not_counted_total',
        help: 'Number of valid events that do not change the totals over all users, without duplicates. With the reasons `NO_CONSENT` and `OPTED_OUT`, the service did not record the event (outcome `discarded`). With all others, it did. The GraphQL enum `NotCountedReason` explains each reason.',
      },
      new Label('reason', [...NOT_COUNTED, 'NO_CONSENT', 'OPTED_OUT'] as const),
      WHOLE,
    )
    this.#refused = new CountTable(
      registry,
      {
        name: 'liverank_events_refused_total',
        help: 'Number of events with the outcome `rejected`, `unavailable` or `failed`.',
      },
      new Label('code', REFUSAL_CODES),
      WHOLE,
    )
    this.#durations = new DurationHistogram(
      registry,
      {
        name: 'liverank_recording_duration_seconds',
        help: 'Time to record all events of one request.',
      },
      WHOLE,
    )
  }

  recorded(inputs: readonly { readonly eventType: string }[], outcomes: readonly EventOutcome[], tookMs: number): void {
    for (let i = 0; i < outcomes.length; i++) {
      const outcome = outcomes[i]
      const { status } = outcome
      this.#outcomes.add(OF_STATUS[status], inputs[i].eventType)
      if ('error' in outcome) this.#refused.add(codeOf(outcome.error), '')
      else if (status !== 'DUPLICATE' && outcome.notCounted !== undefined) this.#notCounted.add(outcome.notCounted, '')
    }
    this.#durations.add('', tookMs)
  }
}

function codeOf(error: Error): RefusalCode {
  const code = error instanceof LiverankError ? error.code : undefined
  return REFUSAL_CODES.find((known) => known === code) ?? 'INTERNAL_SERVER_ERROR'
}
