import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** Name of the file that `train` and `training/adopt.py` write beside a model. */
const REPORT_FILE = 'metrics.json'

const bin = z.object({ rows: z.int(), predicted: z.number(), observed: z.number() })

const trainingReport = z.object({
  calibration: z.object({ bins: z.array(bin) }),
  /** Share of each feature in the gain of all splits, 0 to 1. Only training that fits trees knows it. */
  gain: z.record(z.string(), z.number()).default({}),
})

/** What the training found out about a model: its calibration on the rows of the test split, and how much it relies on each feature. */
export type TrainingReport = z.infer<typeof trainingReport>

/**
 * Reads what the training wrote about a model.
 * @param folder folder of the model
 * @returns undefined if the folder has no such file, or one that another tool has written in another form
 */
export async function readTrainingReport(folder: string): Promise<TrainingReport | undefined> {
  const text = await readFile(join(folder, REPORT_FILE), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return trainingReport.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
