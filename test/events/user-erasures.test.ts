import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it, onTestFinished, vi } from 'vitest'
import { UnavailableError } from '../../src/errors.ts'
import { MARK_MS } from '../../src/events/being-erased.ts'
import { UserErasures } from '../../src/events/user-erasures.ts'
import { UserMerges } from '../../src/events/user-merges.ts'
import { systemRandomness } from '../../src/random.ts'
import { readKnownUser } from '../../src/slate/known-user.ts'
import { readArchive } from '../../src/state/log/archive.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../src/state/redis/log-trimmer.ts'
import type { StateStore } from '../../src/state/store.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { bothStores, type OpenedService, onRedis, openOn } from '../support/service.ts'
import { snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Ids that are in no other text. */
const ANN = 'ann-2718281828'
const ANON = 'anon-3141592653'

async function statusOf(service: OpenedService, eventId: string, userId: string, itemId = 'i1'): Promise<string> {
  return (await service.ingest.record([{ eventId, userId, itemId, eventType: 'view' }]))[0].status
}

/** Ann did things before and after she logged in, and was shown a slate; bob did too. */
async function live(service: OpenedService): Promise<string> {
  await service.uploads.upsertItems(['i1', 'i2'].map((itemId) => ({ itemId, attributes: {} })))
  await service.uploads.upsertUsers([{ userId: ANN, attributes: { age: 40 } }])
  await service.uploads.uploadOfflineRecommendations([{ userId: ANN, items: [{ itemId: 'i1', score: 1 }] }])
  await statusOf(service, 'e1', ANON)
  await statusOf(service, 'e2', ANN)
  await service.merges.merge(ANON, ANN)
  await statusOf(service, 'e3', ANON, 'i2')
  await statusOf(service, 'e4', 'bob', 'i2')
  const absent = { surface: undefined, anchorItemId: undefined, sessionId: undefined, device: undefined }
  const request = { userId: ANN, first: 2, rules: { exclude: [] }, ...absent }
  return (await service.recommender.recommend(request, 'INITIAL')).recommendationId
}

async function isUnknown(service: OpenedService, slate: string): Promise<void> {
  for (const userId of [ANN, ANON]) {
    const { user } = await readKnownUser(service, userId, service.clock.now())
    expect(user).toMatchObject({ version: 0, lastEventAt: 0, mergedFrom: [] })
    expect(user.attributes).toEqual({})
    expect(await service.store.readEvents(userId)).toEqual([])
  }
  expect(await service.store.getSlate(slate)).toBeUndefined()
  expect(await service.store.sampleUsers()).toEqual(['bob'])
}

bothStores((open) => {
  it('an erased user is unknown under every id, and what they added to sums stays', async () => {
    const service = await open()
    const slate = await live(service)
    const before = await snapshot(service, ['bob'])
    const {
      user: { version },
    } = await readKnownUser(service, ANN, service.clock.now())
    const { keys, logEntries, lingering } = await service.erasures.erase(ANON)
    expect(keys).toBeGreaterThanOrEqual(5)
    expect(logEntries).toBeGreaterThanOrEqual(7)
    const hashes = lingering?.find(({ what }) => what === 'EVENT_ID_HASHES')
    const { lateness } = service.domain
    // Keys of Redis expire by its own clock.
    const now = service.redisUrl === undefined ? service.clock.wall() : Date.now()
    expect(hashes?.until).toBeGreaterThanOrEqual(now + lateness - MINUTE)
    expect(hashes?.until).toBeLessThan(now + lateness + 2 * DAY)
    await isUnknown(service, slate)
    const after = await snapshot(service, ['bob'])
    expect({ ...after, sample: [], lists: {} }).toEqual({ ...before, sample: [], lists: {} })
    expect(after.lists).toEqual({})
    // An old device sends again what was counted, and then something new.
    expect(await statusOf(service, 'e2', ANN)).toBe('DUPLICATE')
    service.clock.advance(60_000)
    expect(await statusOf(service, 'e5', ANN)).toBe('RECORDED')
    const { user: anew } = await readKnownUser(service, ANN, service.clock.now())
    expect(anew.version).toBeGreaterThan(version)
    expect(anew.parts.get('activity')).toMatchObject({ events: 1 })
    expect(await service.erasures.erase('nobody')).toEqual({ keys: 0, logEntries: 0 })
  })
})

bothStores((open) => {
  it('what was sent under another id of an erased user is known under that id, which is a user of its own again', async () => {
    const service = await open()
    await service.merges.merge(ANON, ANN)
    expect(await statusOf(service, 'after the merge', ANON)).toBe('RECORDED')
    await service.erasures.erase(ANN)
    expect(await statusOf(service, 'after the merge', ANON)).toBe('DUPLICATE')
    expect(await statusOf(service, 'after the erasure', ANON)).toBe('RECORDED')
  })

  it('a merge of someone who is erased meanwhile brings nothing of them back, and may be sent again', async () => {
    const service = await open()
    await statusOf(service, 'e1', ANON)
    await statusOf(service, 'e2', ANN)
    // The first two steps of the merge are done, and no other.
    const { store } = service
    let swaps = 0
    const cut = new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (name === 'swap' && swaps++ > 1) throw new UnavailableError('cut')
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    const merges = new UserMerges({ ...service, store: cut, random: systemRandomness() })
    await expect(merges.merge(ANON, ANN)).rejects.toThrow(UnavailableError)
    await service.erasures.erase(ANON)
    expect(await service.merges.merge(ANON, ANN)).toEqual({ userId: ANN, merged: true })
    const { user: ann } = await readKnownUser(service, ANN, service.clock.now())
    expect((ann.parts.get('activity') as { events: number } | undefined)?.events ?? 0).toBe(0)
    expect(await statusOf(service, 'e3', ANON)).toBe('RECORDED')
    const { user: after } = await readKnownUser(service, ANN, service.clock.now())
    expect(after.parts.get('activity')).toMatchObject({ events: 1 })
  })
})

bothStores((open) => {
  /** Calls `meanwhile` before the store begins to erase. */
  function beforeErasing(service: OpenedService, meanwhile: () => Promise<void>): StateStore {
    const erase: StateStore['erase'] = async (subjects) => {
      await meanwhile()
      return service.store.erase(subjects)
    }
    return new Proxy(service.store, {
      get: (target, name) => {
        if (name === 'erase') return erase
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }

  it('an event that is sent while its person is erased under another id is refused, and counts once when it is sent again', async () => {
    const service = await open()
    await service.merges.merge(ANON, ANN)
    await statusOf(service, 'old', ANON)
    const during: string[] = []
    const store = beforeErasing(service, async () => {
      for (const id of [ANON, ANN]) during.push(await statusOf(service, `during-${id}`, id))
    })
    await new UserErasures({ ...service, store }).erase(ANON)
    expect(during).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
    for (const id of [ANON, ANN]) {
      expect(await statusOf(service, `during-${id}`, id)).toBe('RECORDED')
      expect(await statusOf(service, `during-${id}`, id)).toBe('DUPLICATE')
      const { user } = await readKnownUser(service, id, service.clock.now())
      expect(user.parts.get('activity')).toMatchObject({ events: 1 })
      expect(await service.store.readEvents(id)).toHaveLength(1)
    }
    expect(await statusOf(service, 'old', ANON)).toBe('DUPLICATE')
  })

  it('what a user does after one of two erasures at once has ended goes whole with the other', async () => {
    const service = await open()
    await statusOf(service, 'old', ANN)
    const store = beforeErasing(service, async () => {
      await service.erasures.erase(ANN)
      expect(await statusOf(service, 'anew', ANN)).toBe('RECORDED')
    })
    // It looks again and marks the new value too: only its first attempt meets another erasure.
    let isFirst = true
    const once: StateStore['erase'] = (subjects) => {
      if (!isFirst) return service.store.erase(subjects)
      isFirst = false
      return store.erase(subjects)
    }
    const parts = {
      ...service,
      store: new Proxy(store, { get: (target, name) => (name === 'erase' ? once : Reflect.get(target, name)) }),
    }
    await new UserErasures(parts).erase(ANN)
    const [value] = await service.store.readValues([{ kind: 'user', id: ANN }])
    expect(value).toBeUndefined()
    expect(await service.store.readEvents(ANN)).toEqual([])
    expect(await statusOf(service, 'anew', ANN)).toBe('DUPLICATE')
  })

  // Found by the fuzzer: each undid what the others had marked, and each attempt cost a pass over the files, for 20 s and more.
  it('erasures of one person at once, under several ids and again and again, share their passes', async () => {
    const service = await open()
    const ids = Array.from({ length: 6 }, (_, n) => `${ANN}-${n}`)
    for (const [n, id] of ids.entries()) {
      await statusOf(service, `e${n}`, id)
      if (n > 0) await service.merges.merge(id, ids[n - 1])
    }
    let passes = 0
    const store = beforeErasing(service, async () => void passes++)
    const erasures = new UserErasures({ ...service, store })
    const calls = [...ids, ...ids, ...ids].map((id) => erasures.erase(id))
    const answers = await Promise.all(calls)
    expect(passes).toBeLessThanOrEqual(2)
    expect(new Set(answers.map(({ logEntries }) => logEntries)).size).toBe(1)
    expect(answers[0].logEntries).toBeGreaterThanOrEqual(ids.length)
    const values = await service.store.readValues(ids.map((id) => ({ kind: 'user', id })))
    expect(values.filter((value) => value !== undefined)).toEqual([])
  })

  it('an erasure that another process undid counts all that went', async () => {
    const service = await open()
    await statusOf(service, 'e1', ANON)
    await service.merges.merge(ANON, ANN)
    let isFirst = true
    const erase: StateStore['erase'] = async (persons) => {
      const outcomes = await service.store.erase(persons)
      // As if a value had been changed just before it was removed, the last of all.
      const undone = isFirst ? outcomes.map((outcome) => ({ ...outcome, changed: ANN })) : outcomes
      isFirst = false
      return undone
    }
    const store = new Proxy(service.store, {
      get: (target, name) => (name === 'erase' ? erase : Reflect.get(target, name).bind(target)),
    })
    const { keys, logEntries } = await new UserErasures({ ...service, store }).erase(ANN)
    expect(keys).toBeGreaterThanOrEqual(2)
    expect(logEntries).toBeGreaterThanOrEqual(2)
  })

  it('an erasure that was cut short and never sent again holds the user back for ten minutes, and can be finished after it', async () => {
    const service = await open()
    await statusOf(service, 'e1', ANON)
    await service.merges.merge(ANON, ANN)
    const store = beforeErasing(service, async () => {
      throw new UnavailableError('cut')
    })
    await expect(new UserErasures({ ...service, store }).erase(ANON)).rejects.toThrow('cut')
    expect(await statusOf(service, 'e2', ANN)).toBe('UNAVAILABLE')
    await expect(service.merges.merge('late', ANN)).rejects.toThrow(/is being erased/)
    const upload = service.uploads.upsertUsers([{ userId: ANN, attributes: { age: 40 } }])
    await expect(upload).rejects.toThrow(/is being erased/)
    service.clock.advance(MARK_MS)
    expect(await statusOf(service, 'e2', ANN)).toBe('RECORDED')
    expect(await service.merges.merge('late', ANN)).toEqual({ userId: ANN, merged: true })
    await service.erasures.erase(ANN)
    const values = await service.store.readValues([ANON, ANN, 'late'].map((id) => ({ kind: 'user', id })))
    expect(values).toEqual([undefined, undefined, undefined])
  })

  it('an id that leaves for a user while they are erased is not left behind', async () => {
    const service = await open()
    await statusOf(service, 'e1', ANON)
    await statusOf(service, 'e2', ANN)
    // The merge is about to write that the id leaves, when the user is erased. Then its client dies.
    let swaps = 0
    const swap: StateStore['swap'] = async (step) => {
      if (++swaps === 2)
        await new UserErasures({
          ...service,
          store: beforeErasing(service, () => Promise.reject(new UnavailableError('cut'))),
        })
          .erase(ANN)
          .catch(() => {})
      if (swaps > 2) throw new UnavailableError('died')
      return service.store.swap(step)
    }
    const store = new Proxy(service.store, {
      get: (target, name) => (name === 'swap' ? swap : Reflect.get(target, name).bind(target)),
    })
    const merges = new UserMerges({ ...service, store, random: systemRandomness() })
    await expect(merges.merge(ANON, ANN)).rejects.toThrow(UnavailableError)
    expect(await service.merges.ownerOf(ANON)).toBe(ANON)
    await service.erasures.erase(ANN)
    expect(await statusOf(service, 'e3', ANON)).toBe('RECORDED')
    const { user } = await readKnownUser(service, ANON, service.clock.now())
    expect(user.parts.get('activity')).toMatchObject({ events: 2 })
  })
})

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
    const kinds: string[] = []
    for await (const { entry } of readArchive(join(dataDir, 'archive'))) kinds.push(entry.kind)
    expect(kinds.filter((kind) => kind === 'sums')).toHaveLength(3)
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
    const connection = connectRedis(server().url, () => {})
    onTestFinished(() => connection.close())
    const { commands } = connection
    const keys = new RedisKeys(service.partitioning, service.prefix)
    const trimmer = new LogTrimmer({ connection, keys, archive: archiveDir, margin: 0, warn: () => {} })
    const archiveAll = () =>
      vi.waitFor(
        async () => {
          await service.store.settle()
          await trimmer.trim()
          for (let p = 0; p < service.partitioning.partitions; p++) expect(await commands.xlen(keys.log(p))).toBe(0)
        },
        { timeout: 10_000, interval: 2 },
      )
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
