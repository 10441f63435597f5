import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { InvalidInputError, UnavailableError } from '../../src/errors.ts'
import { Enrichment } from '../../src/events/enrichment.ts'
import { Ingest } from '../../src/events/ingest.ts'
import { People } from '../../src/events/people.ts'
import { UserErasures } from '../../src/events/user-erasures.ts'
import type { StateStore } from '../../src/state/store.ts'
import { MARK_MS } from '../../src/state/user-links.ts'
import type { UserValue } from '../../src/state/user-value.ts'
import type { Timers } from '../../src/timers.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { type OpenedService, openOn } from '../support/service.ts'

const IDS = ['a', 'b', 'c', 'd']
const id = fc.constantFrom(...IDS)
/** A client may die at one of its calls of the store: before the call is done, or behind it. */
const death = fc.option(fc.record({ call: fc.integer({ min: 1, max: 16 }), isDone: fc.boolean() }), { nil: undefined })
type Death = { readonly call: number; readonly isDone: boolean } | undefined
const merge = fc.record({ kind: fc.constant('merge' as const), from: id, into: id, dies: death })
const finish = fc.record({ kind: fc.constant('finish' as const), from: id, dies: death })
const event = fc.record({ kind: fc.constant('event' as const), from: id })
const erase = fc.record({ kind: fc.constant('erase' as const), from: id, dies: death })
const merging = fc.oneof({ arbitrary: merge, weight: 4 }, { arbitrary: finish, weight: 1 }, { arbitrary: event, weight: 1 })
const erasing = fc.oneof({ arbitrary: merging, weight: 2 }, { arbitrary: erase, weight: 1 })
type Action =
  | { readonly kind: 'merge'; readonly from: string; readonly into: string; readonly dies: Death }
  | { readonly kind: 'finish' | 'erase'; readonly from: string; readonly dies: Death }
  | { readonly kind: 'event'; readonly from: string }

/** Waits end at once: the scheduler alone decides what comes when. */
const timers: Timers = {
  monotonic: () => 0,
  after: (_, callback) => {
    queueMicrotask(callback)
    return () => {}
  },
  atEndOfTurn: queueMicrotask,
}

/** The store as one client sees it: every call waits for its turn. */
function seenBy({ store }: OpenedService, scheduler: fc.Scheduler, dies: Death): StateStore {
  let calls = 0
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'swap' && name !== 'readValues' && name !== 'erase') return member.bind(target)
      return async (...args: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), name)
        calls++
        if (dies && (calls > dies.call || (calls === dies.call && !dies.isDone))) throw new UnavailableError('died')
        const result: unknown = await Reflect.apply(member, target, args)
        if (calls === dies?.call) throw new UnavailableError('died')
        return result
      }
    },
  })
}

/** @returns whether it was completed */
async function perform(service: OpenedService, scheduler: fc.Scheduler, action: Action, itemId: string): Promise<boolean> {
  const store = seenBy(service, scheduler, 'dies' in action ? action.dies : undefined)
  const parts = { ...service, store, timers }
  const people = new People(parts)
  try {
    if (action.kind === 'merge') await people.merge(action.from, action.into)
    else if (action.kind === 'finish') await people.settledOwnerOf(action.from)
    else if (action.kind === 'erase') await new UserErasures({ ...parts, people }).erase(action.from)
    else {
      const enrichment = new Enrichment({ ...service, store })
      const ingest = new Ingest({ ...parts, people, enrichment })
      const [outcome] = await ingest.record([{ eventId: itemId, userId: action.from, itemId, eventType: 'view' }])
      if (outcome.status === 'UNAVAILABLE') throw outcome.error
      expect(outcome.status).toBe('RECORDED')
    }
    return true
  } catch (error) {
    if (!(error instanceof UnavailableError || error instanceof InvalidInputError)) throw error
    return false
  }
}

async function readValues({ store, accumulators }: OpenedService): Promise<UserValue[]> {
  const values = await store.readValues(IDS.map((userId) => ({ kind: 'user', id: userId })))
  return values.map((bytes) => accumulators.codec.decode(bytes))
}

/** Items that a value, or the kept events of an id, still tell of. */
async function itemsOf(service: OpenedService): Promise<string[]> {
  const items = (await readValues(service)).flatMap(
    ({ parts }) => (parts.get('recent_items') as { item: string[] } | undefined)?.item ?? [],
  )
  const events = await Promise.all(IDS.map((userId) => service.store.readEvents(userId)))
  return [
    ...items,
    ...events.flat().flatMap((line) => (JSON.parse(line) as unknown[]).filter((cell) => typeof cell === 'string')),
  ]
}

/** Two events under each id, on record before anything else begins. */
async function begin(service: OpenedService): Promise<void> {
  for (const userId of IDS) {
    for (const n of [1, 2]) {
      const itemId = `old-${userId}-${n}`
      await service.ingest.record([{ eventId: itemId, userId, itemId, eventType: 'view' }])
    }
  }
}

async function countedEvents(service: OpenedService): Promise<number> {
  for (const userId of IDS) await service.people.settledOwnerOf(userId)
  const values = await readValues(service)
  return values.reduce((sum, { parts }) => sum + ((parts.get('activity') as { events: number } | undefined)?.events ?? 0), 0)
}

it(
  'a value is taken exactly once, in whatever order the steps of merges, circles, finishers and events interleave',
  () =>
    checkProperty(
      fc.asyncProperty(fc.scheduler(), fc.array(merging, { minLength: 2, maxLength: 7 }), async (scheduler, actions) => {
        const service = await openOn(undefined, { dataDir: null })
        await begin(service)
        const done = await scheduler.waitFor(
          Promise.all(actions.map((action, i) => perform(service, scheduler, action, `new-${i}`))),
        )
        const events = actions.filter(({ kind }, i) => kind === 'event' && done[i]).length
        expect(actions.filter(({ kind }) => kind === 'event')).toHaveLength(events)
        expect(await countedEvents(service)).toBe(IDS.length * 2 + events)
        await service.close()
      }),
      200,
    ),
  PROPERTY_MS,
)

it(
  'an erasure leaves nothing of a person that was on record before it began, whatever merges and erasures run at the same time',
  () =>
    checkProperty(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.tuple(id, id), { maxLength: 3 }),
        fc.array(erasing, { minLength: 2, maxLength: 6 }),
        id,
        async (scheduler, merged, actions, last) => {
          const service = await openOn(undefined, { dataDir: null })
          await begin(service)
          for (const [from, into] of merged) await service.people.merge(from, into).catch(() => {})
          const owners = await Promise.all(IDS.map((userId) => service.people.ownerOf(userId)))
          const personOf = (userId: string) => IDS.filter((_, i) => owners[i] === owners[IDS.indexOf(userId)])
          const done = await scheduler.waitFor(
            Promise.all(actions.map((action, i) => perform(service, scheduler, action, `new-${i}`))),
          )
          const items = await itemsOf(service)
          for (const [i, action] of actions.entries()) {
            if (action.kind !== 'erase' || !done[i]) continue
            const left = personOf(action.from).flatMap((userId) => items.filter((item) => item.startsWith(`old-${userId}-`)))
            expect(left, `after the erasure of ${action.from}`).toEqual([])
          }
          // One more, with nothing else going on: of its person nothing is left under any id.
          const before = await Promise.all(IDS.map((userId) => service.people.ownerOf(userId)))
          await service.erasures.erase(last)
          const person = IDS.filter((_, i) => before[i] === before[IDS.indexOf(last)])
          const values = await service.store.readValues(person.map((userId) => ({ kind: 'user', id: userId })))
          expect(values.filter((bytes) => bytes !== undefined)).toEqual([])
          // Erasures that died hold nobody back for ever.
          service.clock.advance(MARK_MS)
          expect(await countedEvents(service)).toBeLessThanOrEqual(IDS.length * 2 + actions.length)
          await service.close()
        },
      ),
      200,
    ),
  PROPERTY_MS,
)
