import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Whether the Python environment for training has been built here. It needs a network, which tests do not. */
export const trainingAvailable = existsSync(join(root, '.venv-training', 'liverank-stamp'))

/** `npm run train` with these arguments. @returns what it said */
export async function train(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 1e7 }
  const { stdout } = await run('npx', ['tsx', 'src/commands/train.ts', ...args], options)
  return stdout
}
