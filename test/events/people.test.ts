import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidInputError, UnavailableError } from '../../src/errors.ts'
import { Uploads } from '../../src/events/uploads.ts'
import { systemRandomness } from '../../src/random.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import type { StateStore } from '../../src/state/store.ts'
import { checkProperty } from '../support/check-property.ts'
import { bothStores } from '../support/each-store.ts'
import { openOn } from '../support/service.ts'
import { expectSameState, snapshot } from '../support/state-snapshot.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { activity, failing, mergesOn, record } from './merging.ts'

bothStores((open) => {
  describe('a merge of an anonymous user into a known one', () => {
    it('is finished completely if the chain grows meanwhile', async () => {
      const service = await open()
      await service.people.merge('bob', 'dee')
      for (let n = 0; n < 5; n++) await record(service, 'dee', 'i1')
      const { user: dee } = await readKnownUser(service, 'dee', service.clock.now())
      const { store: cut } = failing(service.store, 2, 'before')
      let reads = 0
      const readValues: StateStore['readValues'] = async (subjects) => {
        // The first id has been found as it is: now the second one leaves, and nobody has taken it yet.
        if (++reads === 2) await expect(mergesOn(service, cut).merge('dee', 'ann')).rejects.toThrow('cut')
        return service.store.readValues(subjects)
      }
      const watched = new Proxy(service.store, {
        get: (target, name) => (name === 'readValues' ? readValues : Reflect.get(target, name).bind(target)),
      })
      expect((await mergesOn(service, watched).settledOwnerOf('bob')).id).toBe('ann')
      const { user: ann } = await readKnownUser(service, 'ann', service.clock.now())
      expect(ann.version).toBeGreaterThan(dee.version)
    })

    it('makes no circle if the opposite merge happens before its first step', async () => {
      const service = await open()
      await record(service, 'dee', 'i1')
      await record(service, 'eve', 'i1')
      let begun = false
      const swap: StateStore['swap'] = async (step) => {
        if (!begun) {
          begun = true
          expect(await service.people.merge('dee', 'eve')).toEqual({ userId: 'eve', merged: true })
        }
        return service.store.swap(step)
      }
      const watched = new Proxy(service.store, {
        get: (target, name) => (name === 'swap' ? swap : Reflect.get(target, name).bind(target)),
      })
      // It has found dee to be a user of her own: from here on eve would be dee, who is eve. Eve has both, and stays who she was.
      await expect(mergesOn(service, watched).merge('eve', 'dee')).rejects.toThrow(/would form a circle/)
      expect(await record(service, 'dee', 'i1')).toBe('RECORDED')
      expect(await service.people.ownerOf('dee')).toBe('eve')
      expect(await activity(service, 'eve')).toBe(3)
    })

    it('includes an upload that had begun before it', async () => {
      const service = await open()
      await record(service, 'anon', 'i1')
      let begun = false
      const swap: StateStore['swap'] = async (step) => {
        if (!begun) {
          begun = true
          await service.people.merge('anon', 'ann')
        }
        return service.store.swap(step)
      }
      const watched = new Proxy(service.store, {
        get: (target, name) => (name === 'swap' ? swap : Reflect.get(target, name).bind(target)),
      })
      const uploads = new Uploads({ ...service, people: mergesOn(service, watched), random: systemRandomness() })
      expect((await uploads.upsertUsers([{ userId: 'anon', attributes: { segment: 'vip' } }])).accepted).toBe(1)
      const { user: ann } = await readKnownUser(service, 'ann', service.clock.now())
      expect(ann.attributes).toEqual({ segment: 'vip' })
    })

    it('recognises a duplicate of an event that was recorded for the user in the middle of a chain', async () => {
      const service = await open()
      await service.people.merge('bob', 'ann')
      expect(await record(service, 'bob', 'i1', { eventId: 'once' })).toBe('RECORDED')
      await service.people.merge('ann', 'dee')
      expect(await record(service, 'bob', 'i1', { eventId: 'once' })).toBe('DUPLICATE')
      expect(await activity(service, 'dee')).toBe(1)
    })

    it('gives all events of both to the known user, once, and does not change the sums', async () => {
      const service = await open()
      await service.uploads.upsertItems([{ itemId: 'i1', attributes: { category: 'shoes', price: 10 } }])
      await service.uploads.upsertUsers([{ userId: 'anon', attributes: { segment: 'new', theme: 'dark' } }])
      await service.uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip' } }])
      await record(service, 'ann', 'i1', { sessionId: 'laptop' })
      service.clock.advance(1000)
      await record(service, 'anon', 'i1', { eventType: 'add_to_cart', sessionId: 'phone' })
      await record(service, 'anon', 'i2', { sessionId: 'phone' })
      const before = await snapshot(service, [])
      const {
        user: { version },
      } = await readKnownUser(service, 'anon', service.clock.now())
      expect(await service.people.merge('anon', 'ann')).toEqual({ userId: 'ann', merged: true })
      const { rows, sets } = await snapshot(service, [])
      expect({ rows, sets }).toEqual({ rows: before.rows, sets: before.sets })
      const { user: ann } = await readKnownUser(service, 'ann', service.clock.now())
      expect(ann.version).toBeGreaterThan(version)
      expect(ann.attributes).toEqual({ segment: 'vip', theme: 'dark' })
      expect(ann.parts.get('activity')).toMatchObject({ events: 3, hits: 3 })
      expect(ann.parts.get('pairs')).toMatchObject({ item: ['i2', 'i1'], views: [1, 1], carts: [0, 1] })
      expect(ann.parts.get('recent_items')).toMatchObject({ item: ['i2', 'i1'], weight: [1, 6] })
      expect(ann.parts.get('sessions')).toMatchObject({ id: ['laptop', 'phone'], view: [1, 1], cart: [0, 1] })
      expect(await service.people.merge('anon', 'ann')).toEqual({ userId: 'ann', merged: false })
      expect(await activity(service, 'ann')).toBe(3)
    })

    it('lets later events under the old id count for the known user, and recognises duplicates of earlier ones', async () => {
      const service = await open()
      const before = { eventId: 'before', userId: 'anon', itemId: 'i1', eventType: 'view' }
      await service.ingest.record([before])
      await service.people.merge('anon', 'ann')
      const after = { eventId: 'after', userId: 'anon', itemId: 'i2', eventType: 'view' }
      const outcomes = await service.ingest.record([before, after, after])
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['DUPLICATE', 'DUPLICATE', 'RECORDED'])
      expect(outcomes[0].status).toBe('DUPLICATE')
      expect((await service.ingest.record([after]))[0].status).toBe('DUPLICATE')
      expect(await activity(service, 'ann')).toBe(2)
      expect(await activity(service, 'anon')).toBe(2)
      await service.uploads.upsertUsers([{ userId: 'anon', attributes: { segment: 'vip' } }])
      expect((await readKnownUser(service, 'ann', service.clock.now())).user.attributes).toEqual({ segment: 'vip' })
    })

    it.each(
      [0, 1, 2, 3].flatMap((first) => [
        { first, when: 'before' as const },
        { first, when: 'after' as const },
      ]),
    )(
      'that is interrupted $when swap $first is finished by the next request, and adds nothing twice',
      async ({ first, when }) => {
        const service = await open()
        await record(service, 'ann', 'i1')
        await record(service, 'anon', 'i2')
        await record(service, 'anon', 'i3')
        const { store } = failing(service.store, first, when)
        await expect(mergesOn(service, store).merge('anon', 'ann')).rejects.toThrow(UnavailableError)
        const hasBegun = first > 1 || (first === 1 && when === 'after')
        // An event is recorded before the client tries the merge again.
        expect(await record(service, 'anon', 'i4')).toBe('RECORDED')
        expect(await activity(service, 'ann')).toBe(hasBegun ? 4 : 1)
        await service.people.merge('anon', 'ann')
        expect(await activity(service, 'ann')).toBe(4)
        const [bytes] = await service.store.readValues([{ kind: 'user', id: 'anon' }])
        expect(service.accumulators.codec.decode(bytes)).toMatchObject({
          links: { owner: 'ann', isMoving: false },
          lastEventAt: 0,
        })
      },
    )

    it('is refused for the same id, in a circle, and for an id that belongs to another user', async () => {
      const { people } = await open()
      await expect(people.merge('ann', 'ann')).rejects.toThrow(/cannot be merged with itself/)
      await people.merge('a', 'b')
      await expect(people.merge('b', 'a')).rejects.toThrow(/would form a circle/)
      await people.merge('b', 'c')
      await expect(people.merge('c', 'a')).rejects.toThrow(/would form a circle/)
      await expect(people.merge('a', 'd')).rejects.toThrow(
        /already merged into another user: a merged id cannot be merged into another user/,
      )
      expect(await people.merge('a', 'c')).toEqual({ userId: 'c', merged: false })
      expect(await Promise.all(['a', 'b', 'c'].map((id) => people.ownerOf(id)))).toEqual(['c', 'c', 'c'])
    })

    it('in both directions at once ends with one of the two users, and counts everything', async () => {
      const service = await open()
      await record(service, 'a', 'i1')
      await record(service, 'b', 'i2')
      const other = await openOn(service.redisUrl, { prefix: service.prefix, clock: service.clock })
      const people = service.redisUrl === undefined ? service.people : other.people
      const results = await Promise.allSettled([service.people.merge('a', 'b'), people.merge('b', 'a')])
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(InvalidInputError)
      const [owner, same] = await Promise.all(['a', 'b'].map((id) => service.people.ownerOf(id)))
      if (results.some(({ status }) => status === 'fulfilled')) {
        expect(owner).toBe(same)
        expect(await activity(service, owner)).toBe(2)
      }
      await record(service, 'a', 'i3')
      expect((await activity(service, 'a')) + (owner === same ? 0 : await activity(service, 'b'))).toBe(3)
    })

    it('does not merge a user into itself if the user is kept while the merge is being finished', async () => {
      const service = await open()
      await record(service, 'a', 'i1')
      await record(service, 'b', 'i2')
      const { store: cut } = failing(service.store, 2, 'before')
      let leaving = 0
      let readsSince = 0
      const swap: StateStore['swap'] = async (step) => {
        if (++leaving === 1) await expect(mergesOn(service, cut).merge('b', 'a')).rejects.toThrow('cut')
        return service.store.swap(step)
      }
      const readValues: StateStore['readValues'] = async (subjects) => {
        // It has read that a is leaving: now the other way round is finished, and a stays.
        if (leaving > 0 && ++readsSince === 2) await service.people.settledOwnerOf('b')
        return service.store.readValues(subjects)
      }
      const watched = new Proxy(service.store, {
        get: (target, name) =>
          name === 'swap' ? swap : name === 'readValues' ? readValues : Reflect.get(target, name).bind(target),
      })
      await expect(mergesOn(service, watched).merge('a', 'b')).rejects.toThrow(/would form a circle/)
      expect(await service.people.ownerOf('b')).toBe('a')
      expect(await activity(service, 'a')).toBe(2)
    })

    it('gives the same result whatever events, merges and interruptions happen in between', async () => {
      const step = fc.oneof(
        fc.record({ userId: fc.constantFrom('a', 'b', 'c'), itemId: fc.constantFrom('i1', 'i2', 'i3') }),
        fc.record({
          from: fc.constantFrom('a', 'b', 'c'),
          into: fc.constantFrom('a', 'b', 'c'),
          cut: fc.integer({ min: 0, max: 4 }),
          when: fc.constantFrom('before' as const, 'after' as const),
        }),
      )
      await checkProperty(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const service = await open()
          let recorded = 0
          for (const each of steps) {
            if ('userId' in each) {
              expect(await record(service, each.userId, each.itemId)).toBe('RECORDED')
              recorded++
            } else {
              const { store } = failing(service.store, each.cut, each.when)
              const cut = mergesOn(service, store)
              await cut.merge(each.from, each.into).catch((error: unknown) => {
                expect(error instanceof UnavailableError || error instanceof InvalidInputError).toBe(true)
              })
            }
          }
          for (const id of ['a', 'b', 'c']) await service.people.settledOwnerOf(id)
          const owners = new Set(await Promise.all(['a', 'b', 'c'].map((id) => service.people.ownerOf(id))))
          let counted = 0
          for (const owner of owners) counted += await activity(service, owner)
          expect(counted).toBe(recorded)
          await service.close()
        }),
        30,
      )
    })
  })
})

it('merges and opt-outs are restored from the journal', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir })
  await record(service, 'ann', 'i1')
  await record(service, 'anon', 'i2')
  await service.people.merge('anon', 'ann')
  await record(service, 'anon', 'i3')
  await service.uploads.upsertUsers([{ userId: 'bob', optOut: true, attributes: {} }])
  const cut = failing(service.store, 2, 'before')
  await record(service, 'guest', 'i4')
  await expect(mergesOn(service, cut.store).merge('guest', 'ann')).rejects.toThrow(UnavailableError)
  await record(service, 'first', 'i1')
  await service.people.merge('first', 'second')
  await service.people.merge('second', 'third')
  await record(service, 'first', 'i2')
  const ids = ['ann', 'anon', 'bob', 'guest', 'first', 'second', 'third']
  const before = await snapshot(service, ids)
  await service.close()
  const again = await openOn(undefined, { dataDir, clock: service.clock })
  expectSameState(await snapshot(again, ids), before)
  expect(await again.ingest.record([{ userId: 'bob', eventType: 'view', itemId: 'i1' }])).toMatchObject([{ status: 'DISCARDED' }])
  expect(await activity(again, 'anon')).toBe(3)
  await record(again, 'guest', 'i5')
  expect(await activity(again, 'ann')).toBe(5)
})
