import { ensurePython } from '../lab/commands/python-environment.ts'
import { LiverankError } from '../src/errors.ts'

/** Builds the Python environment for training, if it is not here yet. The tests look at it again, and say what lacks. */
try {
  await ensurePython((line) => {
    if (/^(Building|Another)/.test(line)) console.log(line)
  })
} catch (error) {
  if (!(error instanceof LiverankError)) throw error
}
