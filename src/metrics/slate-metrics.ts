import type { Registry } from 'prom-client'
import type { Domain } from '../domain/domain.ts'
import { URGENCIES, type Urgency } from '../slate/ranking-turns.ts'
import { SLATE_TRIGGERS, type SlateTrigger } from '../slate/slate.ts'
import { SLATE_STEPS, type SlateObserver, type SlateStep } from '../slate/slate-observer.ts'
import { CountTable } from './count-table.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { Label, WHOLE } from './label.ts'

const NO_SURFACE = 'none'

/** Counts slates, and measures their steps. */
export class SlateMetrics implements SlateObserver {
  readonly #slates: CountTable<SlateTrigger, string>
  readonly #withoutModel: CountTable<'', ''>
  readonly #modelFailures: CountTable<'', ''>
  readonly #steps: DurationHistogram<SlateStep>
  readonly #durations: DurationHistogram<SlateTrigger>
  readonly #waits: DurationHistogram<Urgency>

  constructor(registry: Registry, { surfaces }: Pick<Domain, 'surfaces'>) {
    const triggers = new Label('trigger', SLATE_TRIGGERS)
    this.#slates = new CountTable(
      registry,
      {
        name: 'liverank_slates_total',
        help: 'Number of slates that the service made. The surface is `none` if the request named none.',
      },
      triggers,
      Label.declared('surface', [NO_SURFACE, ...surfaces.filter((surface) => surface !== NO_SURFACE)]),
    )
    this.#withoutModel = new CountTable(
      registry,
      {
        name: 'liverank_slates_without_model_total',
        help: 'Number of slates that a fixed formula ordered, because there was no model or the model failed.',
      },
      WHOLE,
      WHOLE,
    )
    this.#modelFailures = new CountTable(
      registry,
      {
        name: 'liverank_model_failures_total',
        help: 'Number of slates for which the model failed.',
      },
      WHOLE,
      WHOLE,
    )
    this.#durations = new DurationHistogram(
      registry,
      {
        name: 'liverank_slate_duration_seconds',
        help: 'Time to make and store one slate.',
      },
      triggers,
    )
    this.#waits = new DurationHistogram(
      registry,
      {
        name: 'liverank_slate_wait_duration_seconds',
        help: 'Time that a slate or a message of the subscription `userFeatures` waits, because a process makes only a few at the same time. `urgency` says who waits. `interactive`: a query or a mutation. `push`: a subscription that has just begun, or whose user has just acted, or was uploaded, merged or erased. `refresh`: a subscription with another reason, such as changed rules.',
      },
      new Label('urgency', URGENCIES),
    )
    this.#steps = new DurationHistogram(
      registry,
      {
        name: 'liverank_slate_step_duration_seconds',
        help: 'Time of one step of making a slate, including waits for the store. `read_user`: read the state of the user. `gather`: collect candidates (items that could be in the slate). `read_features`: read the numbers by which the model ranks. `rank`: run the model. `arrange`: apply rules, and put the items into their order. `keep`: store the slate.',
      },
      new Label('step', SLATE_STEPS),
    )
  }

  step(step: SlateStep, ms: number): void {
    this.#steps.add(step, ms)
  }

  made(surface: string | undefined, trigger: SlateTrigger, tookMs: number, fallback: boolean): void {
    this.#slates.add(trigger, surface ?? NO_SURFACE)
    this.#durations.add(trigger, tookMs)
    if (fallback) this.#withoutModel.add('', '')
  }

  waited(urgency: Urgency, ms: number): void {
    this.#waits.add(urgency, ms)
  }

  modelFailed(): void {
    this.#modelFailures.add('', '')
  }
}
