import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import type { SequenceLog } from '../evaluation/sequence-log.ts'
import { SequenceModels } from '../evaluation/sequence-models.ts'
import { ensurePython, runPython, SEQUENCES } from './python-environment.ts'

const SCRIPT = join(PACKAGE_ROOT, 'training/sequences/fit_sequences.py')

/** What a fitter needs of an evaluation. */
interface FitterPlan {
  readonly seed: number
  /** Folder for vectors. */
  readonly scratch: string
  readonly say: (line: string) => void
}

/** Returns a function that fits GRU4Rec and SASRec to a log, in a Python environment of their own. @param name of the log */
export function sequenceFitter({ seed, scratch, say }: FitterPlan, name: string): (log: SequenceLog) => Promise<SequenceModels> {
  return async (log) => {
    const folder = join(scratch, `sequences-of-${name}`)
    await mkdir(folder, { recursive: true })
    const python = await ensurePython(say, { environment: SEQUENCES })
    return SequenceModels.fit(log, folder, seed, (of) => runPython(python, SCRIPT, ['--folder', of], say))
  }
}
