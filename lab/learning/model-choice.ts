import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SHIPPED_RANKING } from './other-rankings.ts'

/** A model with fewer trees has learned almost nothing. */
const FEW_TREES = 10

const interval = z.object({ value: z.number(), low: z.number(), high: z.number() })

const rowSet = z.object({
  name: z.string(),
  decisions: z.int(),
  /** Metric of the trained model for each seed; the first is that of the folder. */
  seeds: z.array(z.number()).min(1),
  /** Metric of the other rankings, by name. */
  values: z.record(z.string(), z.number()),
  /** Name of the baseline with the highest metric. */
  best: z.string(),
  /** The model minus that baseline; null if there are too few users for an interval. */
  toBest: interval.nullable(),
  /** The model minus the model that comes with the package; null also if that one does not take part. */
  toShipped: interval.nullable(),
})

/** What `training/fit.py` found about a model, as `metrics.json` has it. */
const metricsSchema = z.object({
  trees: z.int(),
  learnedNothing: z.string().nullable(),
  comparison: z.object({ measure: z.string(), sets: z.array(rowSet) }),
})
type Found = z.infer<typeof metricsSchema>
type RowSet = z.infer<typeof rowSet>

/** Which model the folder of a training gets, and why. */
export interface ModelChoice {
  readonly isTrained: boolean
  /** What is wrong with the trained model, and what comes of it, for people; undefined if all is well. */
  readonly warning: string | undefined
  /** What the model was compared with. */
  readonly comparison: Found['comparison']
}

/** Reads what the fit found about a model. @param folder of the model */
export async function readFound(folder: string): Promise<Found> {
  return metricsSchema.parse(JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')))
}

/**
 * Chooses between a trained model and the one that comes with the package. The trained one is replaced if it learned nothing,
 * has almost no trees, or is not ahead of the best baseline by more than chance. It stays if the other model cannot be used, or
 * is behind it by more than chance.
 * @param unusable why the model that comes with the package cannot be used, as a sentence; undefined if it can
 * @param keepTrained whether the trained model stays in any case
 */
export function chooseModel(
  { trees, learnedNothing, comparison }: Found,
  unusable: string | undefined,
  keepTrained: boolean,
): ModelChoice {
  const { measure, sets } = comparison
  const doubts = [learnedNothing, fewTrees(trees), notAhead(measure, sets.at(0))].flatMap((doubt) => doubt ?? [])
  if (doubts.length === 0) return { isTrained: true, warning: undefined, comparison }
  const doubt = `Warning: ${doubts.join(' ')}`
  const kept = (why: string) => ({ isTrained: true, warning: `${doubt} ${why}`, comparison })
  if (keepTrained) return kept('It is kept because of --keep-trained.')
  if (unusable !== undefined)
    return kept(`It is kept, because the model that comes with Liverank cannot take its place. ${unusable}`)
  const behind = learnedNothing === null ? whereShippedIsBehind(sets) : undefined
  if (behind !== undefined) return kept(`It is kept, because the model that comes with Liverank is worse: ${behind}.`)
  return {
    isTrained: false,
    warning: `${doubt} So the model that comes with Liverank takes its place. To keep the trained model, use --keep-trained. A longer log, or more --decisions, may give a better one.`,
    comparison,
  }
}

function fewTrees(trees: number): string | undefined {
  if (trees >= FEW_TREES) return undefined
  const count = trees === 1 ? 'one tree' : `${trees} trees`
  return `The trained model has only ${count}, because more trees did not improve it on later parts of the training period.`
}

/** Undefined too if nothing can be compared, as when each slate has one item. */
function notAhead(measure: string, set: RowSet | undefined): string | undefined {
  if (set === undefined || (set.toBest !== null && set.toBest.low > 0)) return undefined
  const { seeds, values, best, toBest, decisions, name } = set
  const figures = `${measure} is ${places(seeds[0])} instead of ${places(values[best])}`
  const chance = toBest ? `difference ${spanOf(toBest)}` : 'too few users for an interval'
  return `The trained model is not ahead of the ranking "${best}" on the validation split: ${figures} on ${decisions} ${name} (${chance}).`
}

/**
 * Returns the figures of the first row set in which the model that comes with the package is behind by more than chance, if it
 * is not ahead in an earlier one.
 */
function whereShippedIsBehind(sets: readonly RowSet[]): string | undefined {
  for (const { name, values, seeds, toShipped } of sets) {
    if (toShipped === null || toShipped.high < 0) return undefined
    const figures = `${places(values[SHIPPED_RANKING])} instead of ${places(seeds[0])} on ${name}`
    if (toShipped.low > 0) return `${figures} (difference ${spanOf(toShipped)})`
  }
  return undefined
}

function spanOf({ value, low, high }: z.infer<typeof interval>): string {
  return `${places(value)}, 95 % interval ${places(low)} to ${places(high)}`
}

function places(value: number): string {
  return value.toFixed(4)
}
