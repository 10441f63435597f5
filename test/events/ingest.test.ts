import { describe, expect, it, vi } from 'vitest'
import type { EventInput } from '../../src/events/validate-event.ts'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import { itemKey } from '../../src/state/slots.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { bothStores, onRedis } from '../support/each-store.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { snapshot } from '../support/state-snapshot.ts'

function view(eventId: string, more: Partial<EventInput> = {}): EventInput {
  return { eventId, userId: 'ann', itemId: 'i1', eventType: 'view', ...more }
}

async function statuses(service: OpenedService, inputs: readonly EventInput[]): Promise<string[]> {
  return (await service.ingest.record(inputs)).map(({ status }) => status)
}

async function part<T>(service: OpenedService, name: string, userId = 'ann'): Promise<T> {
  return (await readKnownUser(service, userId, service.clock.now())).user.parts.get(name) as T
}

async function events(service: OpenedService, userId = 'ann'): Promise<number> {
  return (await part<{ events: number }>(service, 'activity', userId)).events
}

/** An undecayed figure of an item. */
async function figure(service: OpenedService, name: string, itemId = 'i1'): Promise<number> {
  const { rows, layout } = await snapshot(service, [])
  return rows[itemKey(itemId)]?.[layout.names.item.indexOf(name)] ?? 0
}

function putSlate(service: OpenedService, recommendationId: string, userId: string, items: readonly string[]): Promise<boolean> {
  const slate = { userId, surface: 'home', device: 'ios', items: items.map((itemId) => ({ itemId })) }
  return service.store.putSlate({ kind: 'slate', recommendationId, userId, at: service.clock.wall(), slate })
}

bothStores((open) => {
  describe('the outcome of an event', () => {
    it('contains the recorded event, with the fields that the service filled in', async () => {
      const service = await open({ random: seededRandomness(5) })
      const [outcome] = await service.ingest.record([{ userId: 'ann', eventType: 'search', eventAttributes: { query: 'hat' } }])
      expect(outcome).toEqual({
        status: 'RECORDED',
        userVersion: (START - Date.UTC(2024, 0, 1)) / 1000,
        event: { eventId: 'made-5-1', userId: 'ann', eventType: 'search', eventAttributes: { query: 'hat' }, timestamp: START },
        warnings: [],
      })
    })

    it('moves a clock that follows events only if the event is recorded', async () => {
      const service = await open({ clock: new SettableClock(START, true) })
      const bad = [view('e1', { timestamp: START + DAY, userId: '' }), view('e2', { timestamp: 1e300 })]
      expect(await statuses(service, bad)).toEqual(['REJECTED', 'REJECTED'])
      expect(service.clock.now()).toBe(START)
      expect(await statuses(service, [view('e3', { timestamp: START + DAY })])).toEqual(['RECORDED'])
      expect(service.clock.now()).toBe(START + DAY)
    })

    it('has a version that rises with each step of the user, however many come within a second', async () => {
      const service = await open()
      const versions: number[] = []
      for (const id of ['e1', 'e2', 'e3']) {
        const [outcome] = await service.ingest.record([view(id)])
        if (outcome.status === 'RECORDED') versions.push(outcome.userVersion)
      }
      expect(versions).toEqual([versions[0], versions[0] + 1, versions[0] + 2])
      service.clock.advance(MINUTE)
      expect(await service.ingest.record([view('e4')])).toMatchObject([{ userVersion: versions[0] + 60 }])
    })
  })

  describe('an event id', () => {
    it('counts once within a batch', async () => {
      const service = await open()
      expect(await statuses(service, [view('e1'), view('e1'), view('e2'), view('e1')])).toEqual([
        ...['RECORDED', 'DUPLICATE', 'RECORDED', 'DUPLICATE'],
      ])
      expect(await events(service)).toBe(2)
      expect(await figure(service, 'views')).toBe(2)
    })

    it('counts once across batches, even if other fields differ or both batches are sent at once', async () => {
      const service = await open()
      await statuses(service, [view('e1')])
      expect(await statuses(service, [view('e1', { itemId: 'i2', eventType: 'purchase' }), view('e2')])).toEqual([
        'DUPLICATE',
        'RECORDED',
      ])
      const both = await Promise.all([statuses(service, [view('e3')]), statuses(service, [view('e3')])])
      expect(both.flat().sort()).toEqual(['DUPLICATE', 'RECORDED'])
      expect(await events(service)).toBe(3)
      expect(await figure(service, 'purchases', 'i2')).toBe(0)
    })

    it('belongs to one user: another user may use the same id', async () => {
      const service = await open()
      expect(await statuses(service, [view('e1'), view('e1', { userId: 'bob' })])).toEqual(['RECORDED', 'RECORDED'])
      expect(await figure(service, 'views')).toBe(2)
    })

    it('of a duplicate is answered with the present version of the user', async () => {
      const service = await open()
      await service.ingest.record([view('e1')])
      const [latest] = await service.ingest.record([view('e2')])
      const [again] = await service.ingest.record([view('e1')])
      expect(again).toMatchObject({ status: 'DUPLICATE', userVersion: 'userVersion' in latest ? latest.userVersion : undefined })
    })

    it('is answered with RECORDED if the swap was repeated because its reply was lost', async () => {
      const service = await open()
      const { store } = service
      const swap = store.swap.bind(store)
      vi.spyOn(store, 'swap').mockImplementationOnce(async (attempt) => {
        await swap(attempt)
        return swap(attempt)
      })
      expect(await statuses(service, [view('e1'), view('e2')])).toEqual(['RECORDED', 'RECORDED'])
      expect(await events(service)).toBe(2)
      expect(await statuses(service, [view('e1')])).toEqual(['DUPLICATE'])
    })

    it('stays known for as long as the event would still count', async () => {
      const service = await open()
      const ahead = view('ahead', { timestamp: START + 4 * MINUTE })
      expect(await statuses(service, [ahead])).toEqual(['RECORDED'])
      service.clock.set(START + 7 * DAY + 2 * MINUTE)
      await statuses(service, [view('other')])
      expect(await statuses(service, [ahead])).toEqual(['DUPLICATE'])
      expect(await events(service)).toBe(2)
    })

    it('of an event at the end of a day stays known for as long', async () => {
      const service = await open()
      service.clock.toMidnight()
      service.clock.advance(-MINUTE)
      const ahead = view('ahead', { timestamp: service.clock.now() + 5 * MINUTE })
      await statuses(service, [ahead])
      service.clock.advance(7 * DAY + 4 * MINUTE)
      await statuses(service, [view('other')])
      expect(await statuses(service, [ahead])).toEqual(['DUPLICATE'])
    })
  })

  describe('a late event', () => {
    it('is logged, and counts nowhere', async () => {
      const service = await open()
      await service.ingest.record([view('e1')])
      const before = await snapshot(service, ['ann'])
      const [late] = await service.ingest.record([view('late', { timestamp: START - 7 * DAY - 1 })])
      expect(late).toMatchObject({ status: 'RECORDED', userVersion: expect.any(Number) })
      const after = await snapshot(service, ['ann'])
      expect(after.users).toEqual(before.users)
      expect(after.rows).toEqual(before.rows)
      expect(await statuses(service, [view('late', { timestamp: START - 7 * DAY - 1 })])).toEqual(['DUPLICATE'])
    })

    it('of an unknown user creates no state', async () => {
      const service = await open()
      const [late] = await service.ingest.record([view('late', { timestamp: START - 8 * DAY })])
      expect(late).toMatchObject({ status: 'RECORDED', userVersion: 0 })
      expect((await readKnownUser(service, 'ann', START)).user.isNew).toBe(true)
    })

    it('that is not too late counts at its own time', async () => {
      const service = await open()
      await service.ingest.record([view('e1'), view('e2', { timestamp: START - 6 * DAY })])
      expect(await figure(service, 'first_seen')).toBe(START - 6 * DAY)
      expect(await figure(service, 'last_seen')).toBe(START)
      expect((await readKnownUser(service, 'ann', START)).user.lastEventAt).toBe(START)
    })
  })

  describe('an event', () => {
    it('without an item counts only for the user', async () => {
      const service = await open()
      await service.ingest.record([{ eventId: 'e1', userId: 'ann', eventType: 'search' }])
      expect(await events(service)).toBe(1)
      expect((await snapshot(service, [])).rows).toEqual({})
    })

    it('of an undeclared type counts as activity, and as a contact with the item', async () => {
      const service = await open()
      for (const eventType of ['wave', 'toString', '__proto__']) await service.ingest.record([view(eventType, { eventType })])
      expect(await part(service, 'activity_by_type')).toEqual({ type: ['wave', 'toString', '__proto__'], events: [1, 1, 1] })
      expect(await figure(service, 'last_seen')).toBe(START)
      expect(await figure(service, 'views')).toBe(0)
      expect((await snapshot(service, [])).sets).toEqual({})
    })

    it('in a batch of a thousand of one user is part of a single step', async () => {
      const service = await open()
      const batch = Array.from({ length: 1000 }, (_, n) => view(`e${n}`, { itemId: `i${n % 100}` }))
      const outcomes = await service.ingest.record(batch)
      expect(new Set(outcomes.map((outcome) => 'userVersion' in outcome && outcome.userVersion)).size).toBe(1)
      expect(await events(service)).toBe(1000)
      expect(await figure(service, 'views', 'i42')).toBe(10)
    })
  })

  describe('an impression of a slate', () => {
    const positions = { itemId: null, eventType: 'impression', positions: [1, 3, 3, 9] }

    it('shows the items at the positions that the slate has', async () => {
      const service = await open()
      await putSlate(service, '00-a', 'ann', ['i1', 'i2', 'i3'])
      await service.ingest.record([view('e1', { ...positions, recommendationId: '00-a' })])
      const impressions = await Promise.all(['i1', 'i2', 'i3'].map((itemId) => figure(service, 'impressions', itemId)))
      expect(impressions).toEqual([1, 0, 1])
      const { rows } = await snapshot(service, [])
      expect(Object.keys(rows).filter((key) => key.startsWith('attribute:position'))).toEqual([
        ...['attribute:position=home#1', 'attribute:position=home#3'],
      ])
      expect(await part(service, 'device')).toMatchObject({ device: ['ios'] })
    })

    it('that is unknown or belongs to another user counts as activity without items', async () => {
      const service = await open()
      await putSlate(service, '01-b', 'bob', ['i1', 'i2', 'i3'])
      const unknown = view('e1', { ...positions, recommendationId: '00-none' })
      const foreign = view('e2', { ...positions, recommendationId: '01-b' })
      expect(await statuses(service, [unknown, foreign])).toEqual(['RECORDED', 'RECORDED'])
      expect(await part(service, 'activity')).toMatchObject({ impressions: 2 })
      expect((await snapshot(service, [])).rows).toEqual({})
    })

    it('gives its surface and positions to clicks, unless it belongs to another user', async () => {
      const service = await open()
      await putSlate(service, '00-a', 'ann', ['i1', 'i2'])
      await putSlate(service, '01-b', 'bob', ['i1', 'i2'])
      const click = (eventId: string, recommendationId: string) =>
        view(eventId, { eventType: 'click', itemId: 'i2', recommendationId, eventAttributes: { position: 7 } })
      await service.ingest.record([click('e1', '00-a')])
      await service.ingest.record([click('e2', '01-b')])
      const { rows } = await snapshot(service, [])
      expect(Object.keys(rows).filter((key) => key.startsWith('attribute:position'))).toEqual([
        ...['attribute:position=#7', 'attribute:position=home#2'],
      ])
    })
  })
})

describe('a slate that was served more than a day ago', () => {
  it('is unknown to an event, although other events have named it all the time', async () => {
    const service = await openOn(undefined)
    await putSlate(service, '00-a', 'ann', ['i1', 'i2'])
    const click = (hour: number, itemId: string) =>
      service.ingest.record([view(`e${hour}`, { eventType: 'click', itemId, recommendationId: '00-a' })])
    for (let hour = 0; hour < 24; hour++) {
      await click(hour, 'i1')
      service.clock.advance(HOUR)
    }
    await click(25, 'i2')
    const { rows } = await snapshot(service, [])
    expect(Object.keys(rows).filter((key) => key.startsWith('attribute:position'))).toEqual(['attribute:position=home#1'])
  })
})

onRedis('two services on one Redis', (open) => {
  it('count every event of a user whom both write at once, each once', async () => {
    const first = await open()
    const { prefix, clock } = first
    const services = [
      first,
      await open({ prefix, clock, random: seededRandomness(2) }),
      await open({ prefix, clock, random: seededRandomness(3) }),
    ]
    // Every event goes to two of the three.
    const count = 240
    const answers = await Promise.all(
      Array.from({ length: 2 * count }, async (_, i) => {
        const n = i % count
        const service = services[(n + Math.floor(i / count)) % services.length]
        const [{ status }] = await service.ingest.record([view(`e${n}`, { itemId: `i${n % 5}` })])
        return { n, status }
      }),
    )
    for (let n = 0; n < count; n++) {
      const both = answers.filter((answer) => answer.n === n).map(({ status }) => status)
      expect(both.sort(), `e${n}`).toEqual(['DUPLICATE', 'RECORDED'])
    }
    for (const service of services) {
      expect(await events(service)).toBe(count)
      expect(await figure(service, 'views', 'i3')).toBe(count / 5)
    }
  })

  it('see at once what the other process uploaded about a cached user', async () => {
    const first = await open()
    const second = await open({ prefix: first.prefix, clock: first.clock, random: seededRandomness(2) })
    await first.ingest.record([view('e1')])
    await second.uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip' } }])
    await first.ingest.record([view('e2')])
    const { user } = await readKnownUser(second, 'ann', START)
    expect(user.attributes).toEqual({ segment: 'vip' })
    expect(await events(second)).toBe(2)
  })
})
