import { join } from 'node:path'
import { describe, it } from 'vitest'
import { ensurePython, runPython, SEQUENCES } from '../../../lab/commands/python-environment.ts'
import { PACKAGE_ROOT } from '../../../src/package-root.ts'
import { trainingAvailable } from '../../support/training-environment.ts'

describe.skipIf(!trainingAvailable)('the networks of GRU4Rec and SASRec', () => {
  it('pass their tests in Python', async () => {
    const python = await ensurePython(() => {}, { environment: SEQUENCES })
    await runPython(python, join(PACKAGE_ROOT, 'training/sequences/tests'), [], () => {})
  })
})
