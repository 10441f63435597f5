import type { TestProject } from 'vitest/node'
import { ensurePython } from '../../lab/commands/python-environment.ts'
import { LiverankError } from '../../src/errors.ts'

/**
 * Builds the Python environment for training, if it is not here yet. `npm test` has done so before the tests start, and says in
 * TRAINING_PROBLEM what came of it.
 * @returns why it cannot be built; empty when it is here
 */
export async function buildTrainingEnvironment(): Promise<string> {
  const { TRAINING_PROBLEM } = process.env
  if (TRAINING_PROBLEM !== undefined) return TRAINING_PROBLEM
  try {
    await ensurePython((line) => {
      if (/^(Building|Another)/.test(line)) console.log(line)
    })
    return ''
  } catch (error) {
    if (error instanceof LiverankError) return error.message
    throw error
  }
}

/** Tells the tests whether they can use the environment. */
export default async function setup(project: TestProject): Promise<void> {
  const problem = await buildTrainingEnvironment()
  if (problem !== '') console.warn(`Tests that train are skipped: ${problem}`)
  project.provide('pythonProblem', problem)
}
