import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { LiverankError } from '../../src/errors.ts'
import { writeWhole } from '../../src/state/durable-file.ts'

const STATE_FILE = 'learner.json'
/** Latest runs that are kept. */
const KEPT_RUNS = 400

/**
 * What came of a run. `promoted`: its model is in shadow. `refused`: it has a model that is not better. `waiting`: the log has too little. `paused`: a
 * person's model ranks. `failed`: something went wrong.
 */
export const OUTCOMES = ['promoted', 'refused', 'waiting', 'paused', 'failed'] as const

const endedRun = z.object({
  /** Name of its model. */
  model: z.string(),
  /** Times in ms since 1970. */
  startedAt: z.number(),
  endedAt: z.number(),
  /** Size of the log when it began, in bytes. */
  logBytes: z.number(),
  outcome: z.enum(OUTCOMES),
  /** What led to the outcome, in sentences. */
  reason: z.string(),
})

const learnerState = z.object({
  format: z.literal(1),
  /** The run that is under way, or was cut off. */
  current: z.object({ model: z.string(), startedAt: z.number(), logBytes: z.number() }).nullable(),
  /** Runs that have ended, the latest first. */
  runs: z.array(endedRun),
})

/** A run of the learner that has ended. */
export type LearnerRun = z.infer<typeof endedRun>
/** What a learner knows of its own runs. It is in a file, so that a learner that was killed goes on where it was. */
export type LearnerState = z.infer<typeof learnerState>

/** Reads the state of a learner; an empty one if there is none. @throws LiverankError CONFIGURATION if the file is damaged */
export async function readLearnerState(folder: string): Promise<LearnerState> {
  const path = join(folder, STATE_FILE)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return { format: 1, current: null, runs: [] }
  try {
    return learnerState.parse(JSON.parse(text))
  } catch (cause) {
    const message = `${path} is damaged: remove the file. The learner then knows nothing of its former runs, and begins anew.`
    throw new LiverankError('CONFIGURATION', message, { cause })
  }
}

/** Writes the state of a learner, whole or not at all. */
export async function writeLearnerState(folder: string, state: LearnerState): Promise<void> {
  const kept = { ...state, runs: state.runs.slice(0, KEPT_RUNS) }
  await writeWhole(join(folder, STATE_FILE), async (file) => {
    await file.writeFile(`${JSON.stringify(kept, undefined, 2)}\n`)
  })
}
