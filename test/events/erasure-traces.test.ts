import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { readArchive } from '../../src/state/log/archive.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../src/state/redis/log-trimmer.ts'
import { onRedis } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { openOn } from '../support/service.ts'
import { snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { ANN, ANON, isUnknown, live, statusOf } from './erased-person.ts'

async function mentions(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path)
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
    if (text.includes(ANN) || text.includes(ANON)) found.push(entry.name)
  }
  return found
}

it.each([undefined, ''])('no file of the embedded store names an erased user, with the archive at %o', async (archiveDir) => {
  const dataDir = await temporaryDirectory()
  const options = { dataDir, ...(archiveDir !== undefined && { archiveDir }) }
  const service = await openOn(undefined, options)
  const slate = await live(service)
  const { logEntries } = await service.erasures.erase(ANN)
  expect(logEntries).toBeGreaterThanOrEqual(7)
  const before = await snapshot(service, [ANN, 'bob'])
  await service.close()
  expect(await mentions(dataDir)).toEqual([])
  const again = await openOn(undefined, { ...options, clock: service.clock })
  await isUnknown(again, slate)
  expect(await snapshot(again, [ANN, 'bob'])).toEqual({ ...before, layout: expect.anything() })
  // What was archived still adds up.
  if (archiveDir === undefined) {
    let sums = 0
    for await (const { entry } of readArchive(join(dataDir, 'archive')))
      if (entry.kind === 'sums' && entry.increments.length > 0) sums++
    expect(sums).toBe(3)
  }
})

it('an erasure that a crash has cut short is not undone by the next start', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir })
  const slate = await live(service)
  await service.close()
  const entry = (id: string) => `${JSON.stringify({ kind: 'erase', of: 'user', id, at: service.clock.now() })}\n`
  await appendFile(join(dataDir, 'journal.jsonl'), entry(ANN) + entry(ANON))
  const again = await openOn(undefined, { dataDir, clock: service.clock })
  await isUnknown(again, slate)
  await again.erasures.erase(ANN)
  await again.close()
  expect((await mentions(dataDir)).filter((name) => !name.startsWith('journal'))).toEqual([])
})

onRedis('in Redis', (open, server) => {
  it('no key names an erased user, nor the log, nor the archive, which still adds up', async () => {
    const archiveDir = await temporaryDirectory()
    const service = await open({ archiveDir })
    const connection = connectRedis({ url: server().url }, () => {})
    onTestFinished(() => connection.close())
    const { commands } = connection
    const keys = new RedisKeys(service.partitioning, service.prefix)
    const trimmer = new LogTrimmer({ connection, keys, archive: archiveDir, margin: 0, warn: () => {} })
    const archiveAll = () =>
      eventually(async () => {
        await service.store.settle()
        await trimmer.trim()
        for (let p = 0; p < service.partitioning.partitions; p++) expect(await commands.xlen(keys.log(p))).toBe(0)
      }, 2)
    await live(service)
    const before = await snapshot(service, [])
    await archiveAll()
    // Some of it is in the archive, some still in the log.
    await statusOf(service, 'e6', ANN, 'i2')
    const whole = await snapshot(service, [])
    const { logEntries } = await service.erasures.erase(ANN)
    expect(logEntries).toBeGreaterThanOrEqual(8)
    const named = (await commands.keys(`${service.prefix}:*`)).filter((key) => key.includes(ANN) || key.includes(ANON))
    expect(named).toEqual([])
    for (let p = 0; p < service.partitioning.partitions; p++) {
      const log = JSON.stringify(await commands.xrange(keys.log(p), '-', '+'))
      expect([log.includes(ANN), log.includes(ANON)]).toEqual([false, false])
    }
    expect(await mentions(archiveDir)).toEqual([])
    expect((await snapshot(service, [])).rows).toEqual(whole.rows)
    expect(whole.rows).not.toEqual(before.rows)
    await archiveAll()
    let added = 0
    for await (const { entry } of readArchive(archiveDir)) {
      if (entry.kind === 'events' || entry.kind === 'sums') added += entry.increments.length
    }
    expect(added).toBeGreaterThan(0)
    expect(await mentions(archiveDir)).toEqual([])
  })
})
