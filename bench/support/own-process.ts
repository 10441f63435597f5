import { spawnSync } from 'node:child_process'
import { LiverankError } from '../../src/errors.ts'

/**
 * Runs `liverank` with these arguments in a process of its own, whose output goes where that of this process goes. Memory and start
 * are measured where nothing else has run.
 * @throws LiverankError if the process cannot start, is killed, or fails
 */
export function runInOwnProcess(args: readonly string[]): void {
  const { execPath, execArgv, argv } = process
  const { status, signal, error } = spawnSync(execPath, ['--expose-gc', ...execArgv, argv[1], ...args], { stdio: 'inherit' })
  if (status === 0) return
  const end = error ? `did not start (${error.message})` : signal ? `was ended by ${signal}` : `ended with exit code ${status}`
  throw new LiverankError('UNAVAILABLE', `The measurement is incomplete: "liverank ${args.join(' ')}" ${end}.`)
}
