import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { tellingEnvironment, tellingOptions, toldBy } from '../../bench/support/told-by-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Starts a process that does this when it is asked. */
async function asked(folder: string, answer: string): Promise<ChildProcess> {
  const node = [
    ...tellingOptions(`process.on('SIGUSR2', () => { ${answer} })`),
    '-e',
    "setInterval(() => {}, 1000); console.log('asks')",
  ]
  const env = { ...process.env, ...tellingEnvironment(folder) }
  const child = spawn(process.execPath, node, { env, stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

it('a process tells what it is asked, anew each time', async () => {
  const folder = await temporaryDirectory()
  const { pid } = await asked(folder, 'tell({ times: globalThis.times = (globalThis.times ?? 0) + 1 })')
  expect(await toldBy(pid!, folder)).toEqual({ times: 1 })
  expect(await toldBy(pid!, folder)).toEqual({ times: 2 })
})

// Otherwise, a benchmark waits for ever.
it('asking fails if the process ends instead of telling, as when it cannot write', async () => {
  const folder = await temporaryDirectory()
  const { pid } = await asked(`${folder}/missing`, 'tell(1)')
  await expect(toldBy(pid!, folder)).rejects.toThrow('ESRCH')
})
