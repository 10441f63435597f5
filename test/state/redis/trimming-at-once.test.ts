import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { gunzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { LogTrimmer } from '../../../src/state/redis/log-trimmer.ts'
import type { RedisCommands } from '../../../src/state/redis/scripts.ts'
import { bundledProgram } from '../../support/built-command.ts'
import { onRedis } from '../../support/each-store.ts'
import { itWhenLong } from '../../support/long.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { archivedIds, record, toolsFor } from './trimmed-logs.ts'

/** The commands of a connection. Before each, something happens; if that fails, the command fails with it and is not sent. */
function before(commands: RedisCommands, happens: () => void | Promise<void>): RedisCommands {
  return new Proxy(commands, {
    get(target, name: keyof RedisCommands) {
      const command = target[name]
      if (typeof command !== 'function') return command
      return async (...args: unknown[]) => {
        await happens()
        return Reflect.apply(command, target, args)
      }
    },
  })
}

onRedis('the logs in Redis, when workers trim at the same time or are killed,', (open) => {
  it('lose nothing and contain nothing twice if a worker is killed between archiving and trimming', async () => {
    const archive = await temporaryDirectory()
    const service = await open()
    const { trimAll, length } = toolsFor(service)
    const ids = await record(service, 60)
    await service.store.settle()
    const entries = await length()
    const child = spawn(process.execPath, [bundledProgram('archiving-process'), service.redisUrl!, service.prefix, archive], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    expect(line).toBe('archived')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const [segment] = await readdir(archive)
    const content = await readFile(join(archive, segment))
    expect(await length()).toBe(entries)
    ids.push(...(await record(service, 60)))
    await service.store.settle()
    await trimAll(archive)
    expect(await archivedIds(archive)).toEqual(ids.sort())
    expect(gunzipSync(await readFile(join(archive, segment)))).toEqual(gunzipSync(content))
  })

  it('lose nothing and contain nothing twice, whichever command of a worker is its last', async () => {
    const archive = await temporaryDirectory()
    const service = await open()
    const { connection, keys, trimAll } = toolsFor(service)
    const ids: string[] = []
    let ended = false
    for (let last = 1; !ended; last++) {
      ids.push(...(await record(service, 12)))
      await service.store.settle()
      let calls = 0
      const commands = before(connection.commands, () => {
        if (++calls > last) throw new Error('killed by the test')
      })
      const dying = new LogTrimmer({ connection: { ...connection, commands }, keys, archive, margin: 0, warn: () => {} })
      ended = await dying.trim().then(
        () => true,
        ({ message }: Error) => {
          expect(message).toBe('killed by the test')
          return false
        },
      )
    }
    await trimAll(archive)
    expect(await archivedIds(archive)).toEqual(ids.sort())
    expect((await readdir(archive)).filter((name) => !name.endsWith('.gz'))).toEqual([])
  })

  itWhenLong('lose nothing and contain nothing twice if several workers trim at once, or one pauses meanwhile', async () => {
    const archive = await temporaryDirectory()
    const service = await open()
    const { connection, keys, trimmer, trimAll } = toolsFor(service)
    const ids: string[] = []
    for (let round = 0; round < 15; round++) {
      ids.push(...(await record(service, 30)))
      await service.store.settle()
      await Promise.allSettled([1, 2, 3].map(() => trimmer(archive).trim()))
    }
    for (let sleepsBefore = 1; sleepsBefore < 12; sleepsBefore++) {
      ids.push(...(await record(service, 30)))
      await service.store.settle()
      let calls = 0
      const commands = before(connection.commands, async () => {
        if (++calls === sleepsBefore) await trimAll(archive)
      })
      const sleepy = new LogTrimmer({ connection: { ...connection, commands }, keys, archive, margin: 0, warn: () => {} })
      await sleepy.trim().catch(({ message }: Error) => expect(message).toContain('another worker has archived'))
    }
    await trimAll(archive)
    expect(await archivedIds(archive)).toEqual(ids.sort())
  })
})
