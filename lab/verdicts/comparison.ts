import { z } from 'zod'
import { SETTINGS } from '../evaluation/setting.ts'

/** Figures by which methods are judged, over rows whose next item is new to the session. The first one decides. */
export const JUDGED_MEASURES = ['mrr20', 'hr20'] as const
export type JudgedMeasure = (typeof JUDGED_MEASURES)[number]

/** What is judged: the system that was evaluated, or the model that comes with Liverank. */
export const CANDIDATES = ['full_system', 'shipped_model'] as const
export type Candidate = (typeof CANDIDATES)[number]

/** Baselines that the shipped model should not lose to on logs that it was not trained on. */
export const SHIPPED_BASELINES: readonly string[] = ['rule', 'item_to_item', 'popularity']

/** Schema of the figure of a baseline, and of what the candidate's figure is above it. */
const againstSchema = z.object({
  method: z.string(),
  value: z.number(),
  /** Figure of the candidate minus that of the baseline. */
  difference: z.number(),
  /** Bounds and p-value that hold for all baselines of the log at once; null if there are too few users for bounds. */
  bounds: z.object({ low: z.number(), high: z.number(), p: z.number() }).nullable(),
})
export type Against = z.infer<typeof againstSchema>

/** Schema of one figure of a candidate on one log, beside the same figure of every baseline. */
export const comparisonSchema = z.object({
  candidate: z.enum(CANDIDATES),
  setting: z.enum(SETTINGS),
  measure: z.enum(JUDGED_MEASURES),
  value: z.number(),
  rows: z.number(),
  users: z.number(),
  /** Whether the candidate is a shipped model that was trained on this log. */
  hasSeenLog: z.boolean(),
  against: z.array(againstSchema).min(1),
})
export type Comparison = z.infer<typeof comparisonSchema>

/** The comparisons of one log. */
export interface ComparedLog {
  /** Name of the log, for people. */
  readonly log: string
  /** What the full system is, for people: the model's folder, or how it was trained. */
  readonly fullSystem: string
  readonly comparisons: readonly Comparison[]
}
