import type { TestProject } from 'vitest/node'
import { ensurePython } from '../../lab/commands/python-environment.ts'
import { LiverankError } from '../../src/errors.ts'

/** Builds the Python environment for training, if it is not here yet, and tells the tests whether they can use it. */
export default async function setup(project: TestProject): Promise<void> {
  let problem = ''
  try {
    await ensurePython((line) => {
      if (/^(Building|Another)/.test(line)) console.log(line)
    })
  } catch (error) {
    if (!(error instanceof LiverankError)) throw error
    problem = error.message
    console.warn(`Tests that train are skipped: ${problem}`)
  }
  project.provide('pythonProblem', problem)
}
