import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isLocked, lockFolder } from '../../../src/state/embedded/data-folder-lock.ts'
import { bundledProgram } from '../../support/built-command.ts'
import { endWithThisProcess } from '../../support/redis-server.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const PROGRAM = bundledProgram('lock-holder')
const NEW_NAMESPACE = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child']
const canUnshare = spawnSync(NEW_NAMESPACE[0], [...NEW_NAMESPACE.slice(1), 'true']).status === 0

/** A process that will take the lock of a folder. */
class Holder {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  constructor(folder: string, before: readonly string[] = []) {
    const [command, ...args] = [...before, process.execPath, '--expose-gc', PROGRAM, folder]
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const endGuard = endWithThisProcess(this.#process.pid!)
    this.#process.once('exit', endGuard)
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
    onTestFinished(() => this.kill())
  }

  async says(): Promise<string> {
    return (await this.#lines.next()).value
  }

  takeIt(): void {
    this.#process.stdin.write('go\n')
  }

  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#process
    if (exitCode !== null || signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}

async function holderOf(folder: string, before?: readonly string[]): Promise<Holder> {
  const holder = new Holder(folder, before)
  expect(await holder.says()).toBe('ready')
  holder.takeIt()
  expect(await holder.says()).toBe('holds true')
  return holder
}

describe('the lock of a data folder', () => {
  it.each([
    ['at the same time', undefined],
    ['at once after a holder died', '{"pid":4194305,"host":"gone","since":"2026-01-01T00:00:00.000Z"}'],
  ])('is obtained by exactly one of 20 processes that start %s', async (_, left) => {
    const folder = await temporaryDirectory()
    if (left !== undefined) await writeFile(join(folder, 'lock'), left)
    const holders = Array.from({ length: 20 }, () => new Holder(folder))
    for (const holder of holders) expect(await holder.says()).toBe('ready')
    for (const holder of holders) holder.takeIt()
    const said = await Promise.all(holders.map((holder) => holder.says()))
    expect(said.filter((line) => line === 'holds true')).toHaveLength(1)
    expect(said.filter((line) => line.startsWith(`refused "${folder} is in use by another process`))).toHaveLength(19)
  })

  it('survives garbage collection in a holder that keeps no reference to it', async () => {
    const folder = await temporaryDirectory()
    await holderOf(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'CONFIGURATION' })
  })

  it('is free at once after its holder is killed', async () => {
    const folder = await temporaryDirectory()
    const holder = await holderOf(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'CONFIGURATION' })
    await holder.kill()
    expect(await isLocked(folder)).toBe(false)
    await (await lockFolder(folder))()
  })

  it.runIf(canUnshare)('is shared by processes that are each process 1 of their container', async () => {
    const folder = await temporaryDirectory()
    await holderOf(folder, NEW_NAMESPACE)
    const other = new Holder(folder, NEW_NAMESPACE)
    expect(await other.says()).toBe('ready')
    other.takeIt()
    expect(await other.says()).toMatch(/^refused ".* is in use by another process: process 1 on /)
  })

  it.each(['', 'not JSON', String(process.ppid)])(
    'can be obtained although the file that a crash left contains %o',
    async (text) => {
      const folder = await temporaryDirectory()
      await writeFile(join(folder, 'lock'), text)
      const release = await lockFolder(folder)
      await expect(lockFolder(folder)).rejects.toMatchObject({
        code: 'CONFIGURATION',
        message: expect.stringContaining(`another process: process ${process.pid} on `),
      })
      await release()
      expect(await isLocked(folder)).toBe(false)
    },
  )

  it('refuses a second holder in one process', async () => {
    const folder = await temporaryDirectory()
    const release = await lockFolder(folder)
    await expect(lockFolder(folder, 'Wait for it.')).rejects.toThrow(/Wait for it\.$/)
    await release()
    await (await lockFolder(folder))()
  })
})
