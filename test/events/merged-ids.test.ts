import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../src/errors.ts'
import { People } from '../../src/events/people.ts'
import { UserErasures } from '../../src/events/user-erasures.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import type { MergeEntry } from '../../src/state/log-entry.ts'
import type { StateStore } from '../../src/state/store.ts'
import { MAX_LISTED } from '../../src/state/user-links.ts'
import type { UserValue } from '../../src/state/user-value.ts'
import { stampOf } from '../../src/state/user-value-codec.ts'
import { bothStores } from '../support/each-store.ts'
import { eventsOf, readLogs } from '../support/log-oracle.ts'
import { itWhenLong } from '../support/long.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { failing, mergesOn } from './merging.ts'

async function record(service: OpenedService, userId: string, eventId: string): Promise<void> {
  const [{ status }] = await service.ingest.record([{ eventId, userId, itemId: 'i1', eventType: 'view' }])
  expect(status).toBe('RECORDED')
}

async function countedFor(service: OpenedService, userId: string): Promise<number> {
  const { user } = await readKnownUser(service, userId, service.clock.now())
  return (user.parts.get('activity') as { events: number } | undefined)?.events ?? 0
}

async function readValue({ store, accumulators }: OpenedService, id: string): Promise<UserValue | undefined> {
  const [bytes] = await store.readValues([{ kind: 'user', id }])
  return bytes && accumulators.codec.decode(bytes)
}

/** The owner that the value of each id names. */
async function ownersOf(service: OpenedService, ids: readonly string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => (await readValue(service, id))!.links.owner))
}

async function sendAgain({ ingest }: OpenedService, ids: readonly string[], eventId: string): Promise<string[]> {
  const outcomes = await ingest.record(ids.map((userId) => ({ eventId, userId, itemId: 'i1', eventType: 'view' })))
  return outcomes.map(({ status }) => status)
}

/**
 * Merges leaf into middle, and middle into owner, as a failover can leave them: leaf points at middle, and the owner does not know
 * the event `during`, which was recorded for middle.
 */
async function mergeAsChain(service: OpenedService): Promise<void> {
  const leaf = { kind: 'user', id: 'leaf' } as const
  const store = new Proxy(service.store, {
    get: (target, name) => (name === 'copyIdentities' ? async () => {} : Reflect.get(target, name).bind(target)),
  })
  for (const id of ['leaf', 'middle', 'owner']) await record(service, id, 'before')
  await service.people.merge('leaf', 'middle')
  await record(service, 'leaf', 'during')
  const [value] = await service.store.readValues([leaf])
  await mergesOn(service, store).merge('middle', 'owner')
  const [pointed] = await service.store.readValues([leaf])
  const absent = { expiresIn: 0, identities: [], now: service.clock.now(), increments: undefined, signal: undefined }
  const entry = (): MergeEntry => ({
    ...{ kind: 'merge', id: 'leaf', at: service.clock.now(), version: 1 },
    ...{ step: 'leave', other: 'middle' },
  })
  await service.store.swap({ ...absent, subject: leaf, expected: stampOf(pointed), value: Buffer.from(value!), entry })
  expect(await ownersOf(service, ['leaf', 'middle'])).toEqual(['middle', 'owner'])
}

/** Ids of which a value, events or, on Redis, log entries are left. */
async function remaining(service: OpenedService, ids: readonly string[]): Promise<string[]> {
  const left: string[] = []
  const logged = new Set(service.redisUrl === undefined ? [] : eventsOf(await readLogs(service)).map(({ userId }) => userId))
  for (const id of ids) {
    if ((await readValue(service, id)) !== undefined || (await service.store.readEvents(id)).length > 0 || logged.has(id))
      left.push(id)
  }
  return left
}

bothStores((open) => {
  describe('ids that were merged', () => {
    it('in a chain whose merges run at the same time, with events under each, count exactly once', async () => {
      const service = await open()
      for (let round = 0; round < 36; round++) {
        const [a, b, c] = ['a', 'b', 'c'].map((name) => `${name}${round}`)
        for (const id of [a, b, c]) await record(service, id, 'before')
        // The second merge begins between the steps of the first, later from round to round.
        const other = new People(service)
        const people = [service.people.merge(a, b)]
        for (let turn = 0; turn < round % 12; turn++) await setImmediate()
        people.push(other.merge(b, c))
        await Promise.all([...people, record(service, a, 'during'), record(service, b, 'during'), other.settledOwnerOf(a)])
        expect(await countedFor(service, c), `round ${round}`).toBe(5)
      }
    })

    it.each(['owner', 'middle', 'leaf', 'side'])('of a chain are erased by an erasure that names the %s', async (named) => {
      const service = await open()
      const ids = ['leaf', 'middle', 'owner', 'side']
      for (const id of ids) await record(service, id, 'before')
      await service.people.merge('leaf', 'middle')
      await service.people.merge('middle', 'owner')
      await service.people.merge('side', 'owner')
      await record(service, 'bob', 'other')
      await service.erasures.erase(named)
      expect(await remaining(service, ids)).toEqual([])
      expect(await countedFor(service, 'bob')).toBe(1)
      for (const id of ids) expect(await service.people.ownerOf(id)).toBe(id)
    })

    it('point at the owner, however often the owner is merged, and count each event once', async () => {
      const service = await open()
      const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
      let events = 0
      for (const [from, into] of ['ac', 'bc', 'cd', 'ef', 'fg', 'dg']) {
        for (const id of ids) await record(service, id, `before-${from}`)
        events += ids.length
        await service.people.merge(from, into)
      }
      expect(await ownersOf(service, ids)).toEqual(['g', 'g', 'g', 'g', 'g', 'g', ''])
      for (const from of ['a', 'b', 'c', 'e', 'f', 'd'])
        expect(await sendAgain(service, ids, `before-${from}`)).toEqual(ids.map(() => 'DUPLICATE'))
      expect(await countedFor(service, 'a')).toBe(events)
    })

    it.each([0, 1, 2, 3, 4, 5, 6].flatMap((first) => [[first, 'before'] as const, [first, 'after'] as const]))(
      'point at the owner if the merge of their owner was interrupted at swap %i, %s it was stored',
      async (first, when) => {
        const service = await open()
        const ids = ['leaf', 'other', 'middle', 'owner']
        for (const id of ids) await record(service, id, 'before')
        await service.people.merge('leaf', 'middle')
        await service.people.merge('other', 'middle')
        for (const id of ids) await record(service, id, 'between')
        const cut = failing(service.store, first, when)
        const isCut = await mergesOn(service, cut.store)
          .merge('middle', 'owner')
          .then(
            () => false,
            () => true,
          )
        expect(isCut).toBe(first < 6)
        for (const id of ids) await record(service, id, 'after')
        await service.people.merge('middle', 'owner')
        for (const eventId of ['before', 'between', 'after'])
          expect(await sendAgain(service, ids, eventId)).toEqual(ids.map(() => 'DUPLICATE'))
        expect(await ownersOf(service, ids)).toEqual(['owner', 'owner', 'owner', ''])
        expect(await countedFor(service, 'leaf')).toBe(3 * ids.length)
        await service.erasures.erase('other')
        expect(await remaining(service, ids)).toEqual([])
      },
    )

    it.each(['an event of the first id', 'a merge of the owner'])(
      'in a chain that a failover left count each event once, and point at the owner after %s',
      async (touch) => {
        const service = await open()
        await mergeAsChain(service)
        expect(await countedFor(service, 'middle')).toBe(4)
        if (touch === 'a merge of the owner') await service.people.merge('owner', 'last')
        expect(await sendAgain(service, ['leaf'], 'during')).toEqual(['DUPLICATE'])
        expect(await sendAgain(service, ['leaf', 'middle', 'owner'], 'before')).toEqual(['DUPLICATE', 'DUPLICATE', 'DUPLICATE'])
        const owner = await service.people.ownerOf('owner')
        expect(await ownersOf(service, ['leaf', 'middle'])).toEqual([owner, owner])
        expect(await countedFor(service, 'leaf')).toBe(4)
        await service.erasures.erase('middle')
        expect(await remaining(service, ['leaf', 'middle', 'owner', 'last'])).toEqual([])
      },
    )

    it('are all erased with an owner of more than 32 ids, and the value of the owner stays small', async () => {
      const service = await open()
      const ids = Array.from({ length: 3 * MAX_LISTED }, (_, i) => `anon-${i}`)
      for (const id of ids) {
        await record(service, id, 'before')
        await service.people.merge(id, 'ann')
        expect((await readValue(service, 'ann'))!.links.mergedFrom.length).toBeLessThanOrEqual(MAX_LISTED)
      }
      expect(await countedFor(service, 'ann')).toBe(ids.length)
      await service.erasures.erase('ann')
      expect(await remaining(service, [...ids, 'ann'])).toEqual([])
    })

    it('are found again by an erasure that was interrupted after it had removed the values of the others', async () => {
      const service = await open()
      const ids = Array.from({ length: MAX_LISTED + 8 }, (_, i) => `anon-${i}`)
      for (const id of ids) {
        await record(service, id, 'before')
        await service.people.merge(id, 'ann')
      }
      // The process dies with the values gone, and before the log is rewritten.
      const dying: StateStore['erase'] = async (persons) => {
        await service.store.erase(persons.map((subjects) => subjects.slice(0, 30)))
        throw new UnavailableError('cut')
      }
      const store = new Proxy(service.store, {
        get: (target, name) => (name === 'erase' ? dying : Reflect.get(target, name).bind(target)),
      })
      await expect(new UserErasures({ ...service, store }).erase('ann')).rejects.toThrow('cut')
      await expect(service.people.merge('late', 'ann')).rejects.toThrow(/is being erased/)
      await expect(service.people.merge('ann', 'late')).rejects.toThrow(/is being erased/)
      await service.erasures.erase('ann')
      expect(await remaining(service, [...ids, 'ann', 'late'])).toEqual([])
      expect(await service.people.merge('late', 'ann')).toEqual({ userId: 'ann', merged: true })
    })

    it('are erased if their merge was interrupted after its first step', async () => {
      const service = await open()
      await record(service, 'anon', 'before')
      let swaps = 0
      const swap: StateStore['swap'] = async (step) => {
        if (++swaps > 2) throw new UnavailableError('cut')
        return service.store.swap(step)
      }
      const store = new Proxy(service.store, {
        get: (target, name) => (name === 'swap' ? swap : Reflect.get(target, name).bind(target)),
      })
      await expect(new People({ ...service, store }).merge('anon', 'ann')).rejects.toThrow('cut')
      await service.erasures.erase('ann')
      expect(await remaining(service, ['anon', 'ann'])).toEqual([])
    })
  })
})

itWhenLong('10,000 ids of one person are merged, and erased completely', async () => {
  const service = await openOn(undefined, { dataDir: null })
  const ids = Array.from({ length: 10_000 }, (_, i) => `anon-${i}`)
  for (const id of ids) await service.people.merge(id, 'ann')
  expect((await readValue(service, 'ann'))!.links.mergedFrom.length).toBeLessThanOrEqual(MAX_LISTED)
  await expect(service.people.merge('ann', 'eve')).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    message: expect.stringMatching(/^More than 1000 ids were merged into ann.*merge eve into ann instead/),
  })
  await record(service, 'anon-1', 'late')
  expect(await countedFor(service, 'ann')).toBe(1)
  expect((await service.erasures.erase('ann')).keys).toBeGreaterThan(10_000)
  expect(await remaining(service, [...ids, 'ann'])).toEqual([])
})
