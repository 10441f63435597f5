import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { Ease } from '../evaluation/ease.ts'
import type { FitEase } from '../offline/served-lists.ts'
import { ensurePython, runPython } from './python-environment.ts'

const SCRIPT = join(PACKAGE_ROOT, 'training/ease.py')

/** What a fitter needs of an evaluation. */
interface FitterPlan {
  readonly seed: number
  /** Folder for matrices. */
  readonly scratch: string
  readonly say: (line: string) => void
  /** Number of items of the matrices at most; what `training/ease.py` says if absent. */
  readonly most?: number
  /** Ends the fitting. */
  readonly signal?: AbortSignal
}

/**
 * Returns a function that fits EASE to a log, in the Python environment of training. A matrix takes the place of the one before.
 * @param name of the log, for its folder of matrices
 */
export function easeFitter({ seed, scratch, say, most, signal }: FitterPlan, name: string): FitEase {
  return async (log, options) => {
    const folder = join(scratch, `ease-of-${name}`)
    await mkdir(folder, { recursive: true })
    const python = await ensurePython(say)
    const items = most === undefined ? [] : ['--items', String(most)]
    return Ease.fit(log, folder, seed, (of) => runPython(python, SCRIPT, ['--folder', of, ...items], say, signal), options)
  }
}
