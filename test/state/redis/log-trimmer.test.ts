import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Restore } from '../../../src/events/restore.ts'
import type { EventInput } from '../../../src/events/validate-event.ts'
import type { MemoryStore } from '../../../src/state/embedded/store.ts'
import { readArchive } from '../../../src/state/log/archive.ts'
import { connectRedis } from '../../../src/state/redis/connection.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { LogTrimmer, type LogTrimmerOptions } from '../../../src/state/redis/log-trimmer.ts'
import type { RedisCommands } from '../../../src/state/redis/scripts.ts'
import { builtProgram } from '../../support/built-command.ts'
import { checkProperty } from '../../support/check-property.ts'
import { history, play, USERS } from '../../support/random-history.ts'
import { seededRandomness } from '../../support/seeded-randomness.ts'
import { type OpenedService, onRedis, openOn, UNLIMITED } from '../../support/service.ts'
import type { SettableClock } from '../../support/settable-clock.ts'
import { expectSameState, type Snapshot, snapshot } from '../../support/state-snapshot.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const PARTITIONS = 4
const SHARDS = 2

onRedis('the logs in Redis', (open, server) => {
  /** What a test needs to look into the store of a service. */
  function toolsFor({ prefix }: { readonly prefix: string }) {
    const connection = connectRedis({ url: server().url }, () => {})
    onTestFinished(() => connection.close())
    const keys = new RedisKeys({ partitions: PARTITIONS, shards: SHARDS }, prefix)
    const trimmer = (archive: string | undefined, options: Partial<LogTrimmerOptions> = {}) =>
      new LogTrimmer({ connection, keys, archive, margin: 0, warn: () => {}, ...options })
    const length = async () => {
      const lengths = await Promise.all(Array.from({ length: PARTITIONS }, (_, p) => connection.commands.xlen(keys.log(p))))
      return lengths.reduce((a, b) => a + b)
    }
    /** Trims until nothing is left: entries of this very millisecond are left for later. */
    const trimAll = (archive: string) =>
      vi.waitFor(
        async () => {
          await trimmer(archive).trim()
          expect(await length()).toBe(0)
        },
        { timeout: 10_000, interval: 2 },
      )
    return { connection, keys, trimmer, length, trimAll }
  }

  let sent = 0
  async function record(service: OpenedService, count: number): Promise<string[]> {
    const events = Array.from({ length: count }, (): EventInput => {
      const n = ++sent
      return { eventId: `e${n}`, userId: `u${n % 9}`, itemId: `i${n % 5}`, eventType: 'view' }
    })
    await service.ingest.record(events)
    return events.map(({ eventId }) => eventId!)
  }

  async function archivedIds(...folders: string[]): Promise<string[]> {
    const ids: string[] = []
    for await (const { entry } of readArchive(...folders)) {
      if (entry.kind === 'events') ids.push(...entry.events.map(({ event }) => event.eventId))
    }
    return ids.sort()
  }

  async function restored(archive: string, clock: SettableClock, users: readonly string[]): Promise<Snapshot> {
    const service = await openOn(undefined, { dataDir: null, clock })
    const { accumulators } = service
    const store = service.store as MemoryStore
    const restore = new Restore({ store, domain: UNLIMITED, accumulators, random: seededRandomness(), clock })
    for await (const { entry, where } of readArchive(archive)) await restore.applyEntry(entry, where)
    restore.finish()
    return snapshot(service, users)
  }

  it('are archived and trimmed, and the archive read back is the state', async () => {
    const property = fc.asyncProperty(fc.array(history, { minLength: 1, maxLength: 3 }), async (lives) => {
      const archive = await temporaryDirectory()
      const service = await open({ archiveDir: archive })
      const { trimmer, trimAll } = toolsFor(service)
      for (const steps of lives) {
        await play(service, steps)
        await service.store.settle()
        await trimmer(archive).trim()
      }
      await trimAll(archive)
      expectSameState(await restored(archive, service.clock, USERS), await snapshot(service, USERS))
      await service.close()
    })
    await checkProperty(property, 25)
  })

  it('keep what a shard has not folded', async () => {
    const archive = await temporaryDirectory()
    const prefix = 'unfolded'
    const { connection, keys, trimmer, length, trimAll } = toolsFor({ prefix })
    // Somebody else is to fold, and does not. Without an end: a lease that is too long counts as ended.
    await connection.commands.set(keys.lease, 'nobody')
    const service = await open({ prefix })
    const waiting = async (count: number) => {
      expect(await length()).toBe(count)
      for (const where of [archive, undefined]) await trimmer(where).trim()
      expect(await length()).toBe(count)
      expect(await readdir(archive)).toEqual([])
    }
    await record(service, 40)
    const entries = await length()
    await waiting(entries)
    await service.store.settle()
    const marks = await connection.commands.hgetall(keys.marks(1))
    await connection.commands.del(keys.marks(1))
    await waiting(entries)
    await connection.commands.hset(keys.marks(1), marks)
    await record(service, 40)
    await trimmer(archive).trim()
    const unfolded = await length()
    expect(unfolded).toBeGreaterThanOrEqual(1)
    await service.store.settle()
    await trimAll(archive)
    expect(await archivedIds(archive)).toHaveLength(80)
  })

  it('keep what is younger than the margin', async () => {
    const archive = await temporaryDirectory()
    const service = await open()
    const { trimmer, length } = toolsFor(service)
    await record(service, 40)
    await service.store.settle()
    const entries = await length()
    for (const where of [archive, undefined]) await trimmer(where, { margin: 60_000 }).trim()
    expect(await length()).toBe(entries)
    expect(await readdir(archive)).toEqual([])
  })

  it.each(['an archive', 'no archive'])('stay short with %s, while events go on', async (kind) => {
    const archive = kind === 'an archive' ? await temporaryDirectory() : undefined
    const service = await open()
    const { connection, keys, trimmer, length } = toolsFor(service)
    const bytes: number[] = []
    let total = 0
    for (let round = 0; round < 8; round++) {
      for (let i = 0; i < 30; i++) total += (await record(service, 20)).length
      await service.store.settle()
      await trimmer(archive).trim()
      const usages = await Promise.all(
        Array.from({ length: PARTITIONS }, (_, p) => connection.commands.memory('USAGE', keys.log(p), 'SAMPLES', 0)),
      )
      bytes.push(usages.reduce<number>((all, usage) => all + Number(usage), 0))
      // Without an archive whole nodes of a hundred entries go.
      expect(await length()).toBeLessThan(archive === undefined ? PARTITIONS * 100 + 20 : 20)
    }
    expect(Math.max(...bytes.slice(1))).toBeLessThan(1.5 * bytes[0] + 100_000)
    if (archive !== undefined) {
      // One look reads the whole archive, which alone may take more than the second that waitFor has by itself.
      await vi.waitFor(
        async () => {
          await trimmer(archive).trim()
          expect(await archivedIds(archive)).toHaveLength(total)
        },
        { timeout: 30_000 },
      )
    }
  })

  it('lose nothing and hold nothing twice when a worker is killed between archiving and trimming', async () => {
    const archive = await temporaryDirectory()
    const service = await open()
    const { trimAll, length } = toolsFor(service)
    const ids = await record(service, 60)
    await service.store.settle()
    const entries = await length()
    const child = spawn(process.execPath, [builtProgram('archiving-process'), server().url, service.prefix, archive], {
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

  it('lose nothing and hold nothing twice whichever command of a worker is its last', async () => {
    const archive = await temporaryDirectory()
    const service = await open()
    const { connection, keys, trimAll } = toolsFor(service)
    const ids: string[] = []
    let ended = false
    for (let last = 1; !ended; last++) {
      ids.push(...(await record(service, 12)))
      await service.store.settle()
      let calls = 0
      const commands = new Proxy(connection.commands, {
        get(target, name: keyof RedisCommands) {
          const command = target[name]
          if (typeof command !== 'function') return command
          return (...args: unknown[]) =>
            ++calls > last ? Promise.reject(new Error('killed by the test')) : Reflect.apply(command, target, args)
        },
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

  it('lose nothing and hold nothing twice when several workers trim at once, or one sleeps over it', async () => {
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
      const commands = new Proxy(connection.commands, {
        get(target, name: keyof RedisCommands) {
          const command = target[name]
          if (typeof command !== 'function') return command
          return async (...args: unknown[]) => {
            if (++calls === sleepsBefore) await trimAll(archive)
            return Reflect.apply(command, target, args)
          }
        },
      })
      const sleepy = new LogTrimmer({ connection: { ...connection, commands }, keys, archive, margin: 0, warn: () => {} })
      await sleepy.trim().catch(({ message }: Error) => expect(message).toContain('another worker has archived'))
    }
    await trimAll(archive)
    expect(await archivedIds(archive)).toEqual(ids.sort())
  })

  it('are trimmed when there is no memory left', async () => {
    const archive = await temporaryDirectory()
    const service = await open()
    const { connection, keys, trimAll } = toolsFor(service)
    const ids = await record(service, 60)
    await service.store.settle()
    await connection.commands.config('SET', 'maxmemory', '1mb')
    onTestFinished(async () => void (await connection.commands.config('SET', 'maxmemory', '0')))
    expect((await service.ingest.record([{ userId: 'ann', eventType: 'view' }]))[0].status).toBe('UNAVAILABLE')
    await connection.commands.del(keys.trimmer)
    expect(await connection.commands.liverankLease(keys.trimmer, 'me', 1000)).toBe(1)
    await trimAll(archive)
    await connection.commands.config('SET', 'maxmemory', '0')
    expect(await archivedIds(archive)).toEqual(ids.sort())
  })

  it('are trimmed by a service that is left alone', async () => {
    const archive = await temporaryDirectory()
    const first = await open()
    const { keys, connection, trimmer } = toolsFor(first)
    await record(first, 30)
    await first.store.settle()
    // The service itself takes turns too, and would leave such young entries for long.
    await connection.commands.del(keys.trimmer)
    const working = trimmer(archive)
    working.start()
    onTestFinished(() => working.stop())
    await vi.waitFor(async () => expect((await readdir(archive)).length).toBeGreaterThan(0), { timeout: 10_000, interval: 20 })
    expect(await connection.commands.pttl(keys.trimmer)).toBeGreaterThan(0)
    await working.stop()
  })

  /** Something archived in two portions. */
  async function madeArchive(): Promise<string> {
    const archive = await temporaryDirectory()
    const service = await open()
    const { trimAll } = toolsFor(service)
    for (let round = 0; round < 2; round++) {
      await record(service, 60)
      await service.store.settle()
      await trimAll(archive)
    }
    return archive
  }

  it.each([
    [
      'is cut off',
      async (path: string) => truncate(path, (await readFile(path)).length - 30),
      /the segment cannot be read further/,
    ],
    ['is no gzip', async (path: string) => writeFile(path, 'what?'), /:1: the segment cannot be read further/],
    [
      'has a broken line',
      async (path: string) => {
        const lines = gunzipSync(await readFile(path))
          .toString()
          .split('\n')
        lines[1] = 'what?'
        await writeFile(path, gzipSync(lines.join('\n')))
      },
      /:2: the line is not JSON/,
    ],
    [
      'has lost its beginning',
      async (path: string) => {
        const text = gunzipSync(await readFile(path)).toString()
        await writeFile(path, gzipSync(text.slice(text.indexOf('\n') + 1)))
      },
      /:1: the start of .* is missing\. Restore the file/,
    ],
  ])('are refused, with file and line, from an archive with a segment that %s', async (_, damage, message) => {
    const archive = await madeArchive()
    const names = (await readdir(archive)).sort()
    const path = join(archive, names[1])
    await damage(path)
    await expect(archivedIds(archive)).rejects.toMatchObject({ code: 'DAMAGED_LOG', message: expect.stringMatching(message) })
    await expect(archivedIds(archive)).rejects.toMatchObject({ message: expect.stringContaining(path) })
    await rm(path)
    expect((await archivedIds(archive)).length).toBeGreaterThan(60)
  })

  it('are refused from the archives of two stores together; of two replicas each segment counts once', async () => {
    const [archive, other] = [await madeArchive(), await temporaryDirectory()]
    const names = (await readdir(archive)).sort()
    await copyFile(join(archive, names[0]), join(other, names[0]))
    await rename(join(archive, names[1]), join(other, names[1]))
    expect(await archivedIds(archive, other)).toHaveLength(120)
    await copyFile(join(other, names[0]), join(other, names[0].replace(/--\d+/, '--99999999999999')))
    await expect(archivedIds(archive, other)).rejects.toMatchObject({
      code: 'DAMAGED_LOG',
      message: expect.stringContaining('hold the same entries'),
    })
  })
})
