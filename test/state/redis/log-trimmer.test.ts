import { readdir } from 'node:fs/promises'
import * as fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { checkProperty } from '../../support/check-property.ts'
import { onRedis } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import { history, play, USERS } from '../../support/random-history.ts'
import { expectSameState, snapshot } from '../../support/state-snapshot.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { archivedIds, PARTITIONS, record, restored, toolsFor } from './trimmed-logs.ts'

onRedis('the logs in Redis', (open, server) => {
  it('are archived and trimmed, and the archive gives the same state', async () => {
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

  it('keep entries that a shard has not folded', async () => {
    const archive = await temporaryDirectory()
    const prefix = 'unfolded'
    const { connection, keys, trimmer, length, trimAll } = toolsFor({ redisUrl: server().url, prefix })
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

  it('keep entries that are younger than the margin', async () => {
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
      await eventually(async () => {
        await trimmer(archive).trim()
        expect(await archivedIds(archive)).toHaveLength(total)
      })
    }
  })

  it('are trimmed if memory is full', async () => {
    const archive = await temporaryDirectory()
    const service = await open()
    const { connection, trimAll } = toolsFor(service)
    const ids = await record(service, 60)
    await service.store.settle()
    await connection.commands.config('SET', 'maxmemory', '1mb')
    onTestFinished(async () => void (await connection.commands.config('SET', 'maxmemory', '0')))
    expect((await service.ingest.record([{ userId: 'ann', eventType: 'view' }]))[0].status).toBe('UNAVAILABLE')
    // The service would take its own turn between two commands.
    const { trimmer } = new RedisKeys({ partitions: 1, shards: 1 }, 'of-no-service')
    expect(await connection.commands.liverankLease(trimmer, 'me', 1000)).toBe(1)
    await trimAll(archive)
    await connection.commands.config('SET', 'maxmemory', '0')
    expect(await archivedIds(archive)).toEqual(ids.sort())
  })

  it('are trimmed by a service without requests', async () => {
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
    await eventually(async () => expect((await readdir(archive)).length).toBeGreaterThan(0), 20)
    expect(await connection.commands.pttl(keys.trimmer)).toBeGreaterThan(0)
    await working.stop()
  })
})
