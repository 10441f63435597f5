import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** Name of the file that `train` and `training/adopt.py` write beside a model. */
export const REPORT_FILE = 'metrics.json'

const calibrationBin = z.object({ rows: z.int(), predicted: z.number(), observed: z.number() })

/** How the values of one feature were distributed in training. The shares of the bins and of missing values add up to 1. */
const distribution = z
  .object({
    /** Share of missing values, 0 to 1. */
    missing: z.number(),
    /** Bins in the order of their values. `upTo` is the largest value of a bin; null for the last one. */
    bins: z.array(z.object({ upTo: z.number().nullable(), share: z.number() })),
  })
  .refine(({ bins }) => bins.every(({ upTo }, i) => (upTo === null) === (i === bins.length - 1)))

const trainingReport = z.object({
  calibration: z.object({ bins: z.array(calibrationBin) }),
  /** Share of each feature in the gain of all splits, 0 to 1. Only training that fits trees knows it. */
  gain: z.record(z.string(), z.number()).default({}),
  /** By feature; undefined if the model was trained without them. */
  distributions: z.record(z.string(), distribution).optional().catch(undefined),
})

/** What the training found out about a model: its calibration on the rows of the test split, and how much it relies on each feature. */
export type TrainingReport = z.infer<typeof trainingReport>
/** Distribution of each feature in training, by the name of the feature. */
export type TrainingDistributions = NonNullable<TrainingReport['distributions']>

/**
 * Reads what the training wrote about a model.
 * @param folder folder of the model
 * @returns undefined if the folder has no such file, or one that another tool has written in another form
 */
export async function readTrainingReport(folder: string): Promise<TrainingReport | undefined> {
  const text = await readFile(join(folder, REPORT_FILE), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseTrainingReport(text)
}

/** Parses what the training wrote about a model. @returns undefined for another form */
export function parseTrainingReport(text: string): TrainingReport | undefined {
  try {
    return trainingReport.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
