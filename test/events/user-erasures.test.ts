import { expect, it } from 'vitest'
import { UnavailableError } from '../../src/errors.ts'
import { People } from '../../src/events/people.ts'
import { UserErasures } from '../../src/events/user-erasures.ts'
import { systemRandomness } from '../../src/random.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import type { StateStore } from '../../src/state/store.ts'
import { MARK_MS } from '../../src/state/user-links.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { bothStores } from '../support/each-store.ts'
import type { OpenedService } from '../support/service.ts'
import { snapshot } from '../support/state-snapshot.ts'
import { ANN, ANON, isUnknown, live, statusOf } from './erased-person.ts'

bothStores((open) => {
  it('an erased user is unknown under every id, and their part of the sums stays', async () => {
    const service = await open()
    const slate = await live(service)
    const before = await snapshot(service, ['bob'])
    const {
      user: { version },
    } = await readKnownUser(service, ANN, service.clock.now())
    const { keys, logEntries, lingering } = await service.erasures.erase(ANON)
    expect(keys).toBeGreaterThanOrEqual(5)
    expect(logEntries).toBeGreaterThanOrEqual(7)
    const hashes = lingering?.find(({ kind }) => kind === 'EVENT_ID_HASHES')
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
  it('events under another id of an erased user belong to that id, which is a separate user again', async () => {
    const service = await open()
    await service.people.merge(ANON, ANN)
    expect(await statusOf(service, 'after the merge', ANON)).toBe('RECORDED')
    await service.erasures.erase(ANN)
    expect(await statusOf(service, 'after the merge', ANON)).toBe('DUPLICATE')
    expect(await statusOf(service, 'after the erasure', ANON)).toBe('RECORDED')
  })

  it('a merge during an erasure brings no erased data back, and can be sent again', async () => {
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
    const people = new People({ ...service, store: cut, random: systemRandomness() })
    await expect(people.merge(ANON, ANN)).rejects.toThrow(UnavailableError)
    await service.erasures.erase(ANON)
    expect(await service.people.merge(ANON, ANN)).toEqual({ userId: ANN, merged: true })
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
    await service.people.merge(ANON, ANN)
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

  it('the second of two simultaneous erasures removes everything that the user did after the first one had ended', async () => {
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
  it('many simultaneous erasures of one person, under several ids, share their passes', async () => {
    const service = await open()
    const ids = Array.from({ length: 6 }, (_, n) => `${ANN}-${n}`)
    for (const [n, id] of ids.entries()) {
      await statusOf(service, `e${n}`, id)
      if (n > 0) await service.people.merge(id, ids[n - 1])
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

  it('an erasure that another process undid counts everything that it removed', async () => {
    const service = await open()
    await statusOf(service, 'e1', ANON)
    await service.people.merge(ANON, ANN)
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

  it('an interrupted erasure that is not sent again blocks the user for ten minutes, and can be finished later', async () => {
    const service = await open()
    await statusOf(service, 'e1', ANON)
    await service.people.merge(ANON, ANN)
    const store = beforeErasing(service, async () => {
      throw new UnavailableError('cut')
    })
    await expect(new UserErasures({ ...service, store }).erase(ANON)).rejects.toThrow('cut')
    expect(await statusOf(service, 'e2', ANN)).toBe('UNAVAILABLE')
    await expect(service.people.merge('late', ANN)).rejects.toThrow(/is being erased/)
    const upload = service.uploads.upsertUsers([{ userId: ANN, attributes: { age: 40 } }])
    await expect(upload).rejects.toThrow(/is being erased/)
    service.clock.advance(MARK_MS)
    expect(await statusOf(service, 'e2', ANN)).toBe('RECORDED')
    expect(await service.people.merge('late', ANN)).toEqual({ userId: ANN, merged: true })
    await service.erasures.erase(ANN)
    const values = await service.store.readValues([ANON, ANN, 'late'].map((id) => ({ kind: 'user', id })))
    expect(values).toEqual([undefined, undefined, undefined])
  })

  it('an id that is being merged into a user during the erasure of the user is erased too', async () => {
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
    const people = new People({ ...service, store, random: systemRandomness() })
    await expect(people.merge(ANON, ANN)).rejects.toThrow(UnavailableError)
    expect(await service.people.ownerOf(ANON)).toBe(ANON)
    await service.erasures.erase(ANN)
    expect(await statusOf(service, 'e3', ANON)).toBe('RECORDED')
    const { user } = await readKnownUser(service, ANON, service.clock.now())
    expect(user.parts.get('activity')).toMatchObject({ events: 2 })
  })
})
