import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** A model with fewer trees has learned almost nothing. */
const FEW_TREES = 10

const interval = z.object({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  /** Standard error of the difference. */
  error: z.number(),
  /** Degrees of freedom of the error. */
  freedom: z.number(),
})

const rowSet = z.object({
  name: z.string(),
  decisions: z.int(),
  /** Metric of the trained model for each seed; the first is that of the folder. */
  seeds: z.array(z.number()).min(1),
  /** Metric of the other rankings, by name. */
  values: z.record(z.string(), z.number()),
  /** Name of the baseline with the highest metric. */
  best: z.string(),
  /** The model minus each ranking, with intervals that hold together; null if there are too few users for one. */
  differences: z.record(z.string(), interval.nullable()),
  /** The same for the model of the folder alone, whatever another seed gives. */
  ofThisModel: z.record(z.string(), interval.nullable()),
})

/** What `training/fit.py` found about a model, as `metrics.json` has it. */
const metricsSchema = z.object({
  trees: z.int(),
  learnedNothing: z.string().nullable(),
  comparison: z.object({ measure: z.string(), sets: z.array(rowSet) }),
})
/** What the fit found about a model, beside other rankings. */
export type Found = z.infer<typeof metricsSchema>
type RowSet = z.infer<typeof rowSet>
type Difference = z.infer<typeof interval>

/** Whether a trained model is kept, with sentences for people. */
export type ModelChoice =
  | {
      readonly isKept: true
      /** What to know before its use; undefined if all is well. */
      readonly warning: string | undefined
    }
  | { readonly isKept: false; readonly reason: string }

/** Reads what the fit found about a model. @param folder of the model */
export async function readFound(folder: string): Promise<Found> {
  return metricsSchema.parse(JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')))
}

/**
 * Chooses the best of what was compared: a trained model is kept if it has learned something, if no other ranking has a higher metric on the
 * first row set of the validation split, and if none is ahead beyond chance on any row set.
 */
export function chooseModel({ trees, learnedNothing, comparison }: Found): ModelChoice {
  const { measure, sets } = comparison
  // Nothing can be compared if each slate has one item.
  const set = sets.at(0)
  const [winner, value] = set ? bestOf(set.values) : NONE
  const reasons = [
    ...(learnedNothing === null ? [] : [learnedNothing]),
    ...(set && value > set.seeds[0] ? [better(measure, set, winner)] : []),
    ...sets.slice(1).flatMap((other) => ahead(measure, other)),
  ]
  if (reasons.length > 0) return { isKept: false, reason: reasons.join(' ') }
  const doubts = [...fewTrees(trees), ...(set ? withinChance(measure, set) : [])]
  return { isKept: true, warning: doubts.length === 0 ? undefined : doubts.join(' ') }
}

const NONE = ['', Number.NEGATIVE_INFINITY] as const

function bestOf(values: Readonly<Record<string, number>>): readonly [name: string, value: number] {
  return Object.entries(values).reduce<readonly [string, number]>((best, entry) => (entry[1] > best[1] ? entry : best), NONE)
}

function fewTrees(trees: number): string[] {
  if (trees >= FEW_TREES) return []
  const count = trees === 1 ? 'one tree' : `${trees} trees`
  return [`The trained model has only ${count}, because more trees did not improve it on later parts of the training period.`]
}

function better(measure: string, set: RowSet, winner: string): string {
  return `The ranking "${winner}" is better on the validation split: ${beside(measure, set, winner)}.`
}

/** At most one sentence: on the ranking that is the furthest ahead. */
function ahead(measure: string, set: RowSet): string[] {
  const found = Object.entries(set.ofThisModel).flatMap(([name, difference]) =>
    difference && difference.high < 0 ? [{ name, difference }] : [],
  )
  if (found.length === 0) return []
  const { name, difference } = found.reduce((best, one) => (set.values[one.name] > set.values[best.name] ? one : best))
  return [
    `The ranking "${name}" is ahead beyond chance on the validation split: ${beside(measure, set, name)} (difference ${spanOf(difference)}).`,
  ]
}

function withinChance(measure: string, set: RowSet): string[] {
  const { best } = set
  const toBest = Object.hasOwn(set.differences, best) ? set.differences[best] : null
  if (toBest && toBest.low > 0) return []
  const chance = toBest ? `difference ${spanOf(toBest)}` : 'too few users for an interval'
  return [
    `The trained model is ahead of the ranking "${best}" by no more than chance on the validation split: ${beside(measure, set, best)} (${chance}).`,
  ]
}

/** The metric of whichever is higher, the trained model or a ranking, and that of the other. */
function beside(measure: string, { seeds, values, decisions, name }: RowSet, ranking: string): string {
  const [lower, higher] = [seeds[0], values[ranking]].sort((a, b) => a - b)
  return `${measure} is ${places(higher)} instead of ${places(lower)} on ${decisions} ${name}`
}

function spanOf({ value, low, high }: Difference): string {
  return `${places(value)}, 95 % interval ${places(low)} to ${places(high)}`
}

function places(value: number): string {
  return value.toFixed(4)
}
