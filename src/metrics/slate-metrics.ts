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
        help: 'Number of slates that were made, by the reason why (`trigger`) and by the surface. `none`: the request named no surface.',
      },
      triggers,
      Label.declared('surface', [NO_SURFACE, ...surfaces.filter((surface) => surface !== NO_SURFACE)]),
    )
    this.#withoutModel = new CountTable(
      registry,
      { name: 'liverank_slates_without_model_total', help: 'Slates that no model ranked. The sources decided their order.' },
      WHOLE,
      WHOLE,
    )
    this.#modelFailures = new CountTable(
      registry,
      { name: 'liverank_model_failures_total', help: 'Slates that were ranked without a model because the model failed.' },
      WHOLE,
      WHOLE,
    )
    this.#durations = new DurationHistogram(
      registry,
      { name: 'liverank_slate_duration_seconds', help: 'Time to make a slate, including keeping it, by why it was made.' },
      triggers,
    )
    this.#waits = new DurationHistogram(
      registry,
      {
        name: 'liverank_slate_wait_duration_seconds',
        help: 'Time that a slate waited for its turn. `interactive`: somebody asked for it and waits. `push`: the first slate of a stream, or an answer to an event. `refresh`: any other slate of a stream.',
      },
      new Label('urgency', URGENCIES),
    )
    this.#steps = new DurationHistogram(
      registry,
      {
        name: 'liverank_slate_step_duration_seconds',
        help: 'Time of one step of making a slate, with its waits for the store. One slate may need a step several times. `keep`: the slate is stored and logged.',
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
