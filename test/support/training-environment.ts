import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { LIVERANK_LAB } from './built-command.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Why the Python environments could not be built; empty when they are there. */
    readonly pythonProblem: string
  }
}

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Whether the Python environments are here. The setup of the test run builds them; without Python or a network it says why not. */
export const trainingAvailable = inject('pythonProblem') === ''

/** `npm run train` with these arguments. @returns what it said */
export async function train(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 1e7 }
  const { stdout } = await run(process.execPath, [LIVERANK_LAB, 'train', ...args], options)
  return stdout
}
