import type { Domain } from '../../src/domain/domain.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import type { Split } from './dataset-writer.ts'
import { type GradedSlate, GradedSlates } from './graded-slates.ts'
import { LowestSample } from './lowest-sample.ts'
import { Splitter } from './splitter.ts'
import type { TrainingLog } from './training-log.ts'

/** A decision of which the grades are known. */
export interface SplitSlate extends GradedSlate {
  readonly split: Split
}

/** Slates drawn at random from those of a log, each with the grades of its items. */
export interface SlateSample {
  /** Slates by `GradedSlate.decision`. */
  readonly byDecision: ReadonlyMap<number, SplitSlate>
  /** Number of slates that the sample was taken from. */
  readonly slates: number
}

/** Slates for two ways of learning: from the clicks of each item, or from the order of the items. */
export interface SampledSlates {
  readonly all: SlateSample
  /** Slates without those of the training split whose items all have one grade, because they have no order to learn. */
  readonly ordered: SlateSample
  /**
   * Whether most slates of the training split have one item, and something was clicked and something not: then there is hardly an order in
   * what was shown, and clicks can be learned.
   */
  readonly oneByOne: boolean
}

export interface SampleOptions {
  readonly domain: Domain
  /** ms */
  readonly window: number
  /** Number of events that are used, from the beginning. No label looks beyond. */
  readonly until: number
  /** Whether the split that events name counts. */
  readonly keepsDeclared: boolean
  /** Slates to sample, at most. */
  readonly decisions: number
  readonly seed: number
}

/**
 * Grades of the slates of a log, of all and of those that teach an order. In validation and test all stay: a probability of a click
 * must be fitted to all that was shown.
 */
export async function sampleSlates(log: TrainingLog, options: SampleOptions): Promise<SampledSlates> {
  const { domain, window, until } = options
  const splitter = new Splitter(until, window, options.keepsDeclared)
  const [all, ordered] = [0, 1].map(() => new LowestSample<SplitSlate>(options.decisions, options.seed))
  const splitOf = new Map<number, Split>()
  let slates = 0
  let leftOut = 0
  let training = 0
  let alone = 0
  const grades = new Set<number>()
  const shown = new GradedSlates(
    domain,
    window,
    (number, event) => {
      const split = splitter.of(number, event)
      if (split !== undefined) splitOf.set(number, split)
    },
    (slate) => {
      const split = splitOf.get(slate.number)
      splitOf.delete(slate.number)
      if (split === undefined) return
      const graded = { ...slate, split }
      slates++
      all.add(slate.number, graded)
      if (split === 'train') {
        training++
        for (const { grade } of slate.items) grades.add(grade)
        if (slate.items.length === 1) alone++
        if (slate.items.every(({ grade }) => grade === slate.items[0].grade)) {
          leftOut++
          return
        }
      }
      ordered.add(slate.number, graded)
    },
  )
  let number = 0
  for await (const { event, slate, ignored } of log.events(noProblems())) {
    if (number >= until) break
    if (!ignored) shown.add(number, event, slate)
    number++
  }
  shown.end()
  const byDecision = (sample: LowestSample<SplitSlate>) => new Map([...sample.values()].map((slate) => [slate.decision, slate]))
  return {
    all: { byDecision: byDecision(all), slates },
    ordered: { byDecision: byDecision(ordered), slates: slates - leftOut },
    oneByOne: alone > training / 2 && grades.size > 1,
  }
}
