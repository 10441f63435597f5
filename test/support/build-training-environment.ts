import { ensurePython, SEQUENCES, TRAINING } from '../../lab/commands/python-environment.ts'
import { LiverankError } from '../../src/errors.ts'

/**
 * Builds the Python environments for training and for sequence models, if they are not here yet. `npm test` has done so before the tests start, and says in
 * TRAINING_PROBLEM what came of it.
 * @returns why they cannot be built; empty when they are here
 */
export async function buildTrainingEnvironment(): Promise<string> {
  const { TRAINING_PROBLEM } = process.env
  if (TRAINING_PROBLEM !== undefined) return TRAINING_PROBLEM
  try {
    const log = (line: string) => {
      if (/^(Building|Another)/.test(line)) console.log(line)
    }
    await Promise.all([TRAINING, SEQUENCES].map((environment) => ensurePython(log, { environment })))
    return ''
  } catch (error) {
    if (error instanceof LiverankError) return error.message
    throw error
  }
}
