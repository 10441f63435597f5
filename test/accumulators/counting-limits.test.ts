import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amountOf, COUNTED_ITEM_DAYS, DAY_ROWS } from '../../src/accumulators/counted-item-days.ts'
import { ROWS } from '../../src/accumulators/counted-items.ts'
import { COUNTING_PARTS, type CountingLimits, countLogged, countNew } from '../../src/accumulators/counting-limits.ts'
import type { EventMeaning } from '../../src/accumulators/event-meaning.ts'
import type { EventFacts } from '../../src/state/log/entry.ts'
import { whyNotCounted } from '../../src/state/log/not-counted.ts'
import { UserValue } from '../../src/state/user-value.ts'
import { UserValueCodec } from '../../src/state/user-value-codec.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'

const NOW = Date.UTC(2026, 10, 27, 12)
const LATENESS = 7 * DAY
const codec = new UserValueCodec(COUNTING_PARTS)
const STAMP = new Uint8Array(8)

const limitsOf = (eventsPerMinute: number, eventsPerItemAndHour: number): CountingLimits => ({
  traffic: { attribute: 'traffic', uncounted: [] },
  eventsPerMinute,
  eventsPerItemAndHour,
  weightPerItemAndDay: Number.POSITIVE_INFINITY,
  unknownPerHour: Number.POSITIVE_INFINITY,
})

const ofDay = (weightPerItemAndDay: number): CountingLimits => ({ ...limitsOf(Infinity, Infinity), weightPerItemAndDay })

const VIEW: EventMeaning = { role: 'view', weight: 1, goal: false, triggers: true }

interface Sent {
  readonly time: number
  readonly item: string
  /** That of a view if absent. */
  readonly meaning?: EventMeaning
}

/** Counts events that a device of one user sends. @param every events after which the value is stored and read again */
function counted(events: readonly Sent[], limits: CountingLimits, every = Number.POSITIVE_INFINITY) {
  let user = new UserValue()
  const facts = events.map(({ time, item, meaning = VIEW }, i): EventFacts => {
    if (i % every === every - 1) user = codec.decode(codec.encode(user, STAMP))
    const sent: EventFacts = { items: [{ itemId: item, attributes: {} }], fromDevice: true }
    return countNew({ user, facts: sent, meaning, time, now: NOW, lateness: LATENESS }, limits)
  })
  return { facts, reasons: facts.map(whyNotCounted), user, bytes: codec.encode(user, STAMP).length }
}

function most<T>(values: readonly T[], keyOf: (value: T) => string): number {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(keyOf(value), (counts.get(keyOf(value)) ?? 0) + 1)
  return Math.max(0, ...counts.values())
}

const minuteOf = ({ time }: Sent) => String(Math.floor(time / MINUTE))
const pairOf = ({ time, item }: Sent) => `${Math.floor(time / HOUR)} ${item}`

const anySent = (items: number, span: number): fc.Arbitrary<Sent[]> =>
  fc.array(
    fc.record({
      time: fc.integer({ min: NOW - span, max: NOW }),
      item: fc.integer({ min: 1, max: items }).map((n) => `i${n}`),
    }),
    { minLength: 1, maxLength: 400, size: 'max' },
  )

const anyActions = (items: number, span: number): fc.Arbitrary<Sent[]> =>
  fc.tuple(anySent(items, span), fc.infiniteStream(fc.constantFrom(...MEANINGS))).map(([sent, meanings]) => {
    return sent.map((event) => ({ ...event, meaning: meanings.next().value }))
  })

const MEANINGS: readonly EventMeaning[] = [
  VIEW,
  { ...VIEW, role: 'impression', weight: 0 },
  { ...VIEW, role: 'cart', weight: 5.5 },
  { ...VIEW, role: 'other', weight: 0 },
  { ...VIEW, role: 'other', weight: 0, goal: true },
]

const dayOf = ({ time, item, meaning }: Sent) => `${Math.floor(time / DAY)} ${item} ${meaning?.role === 'impression'}`

/** Total weight by item and day. */
function weights(events: readonly Sent[]): Map<string, number> {
  const total = new Map<string, number>()
  for (const event of events) total.set(dayOf(event), (total.get(dayOf(event)) ?? 0) + amountOf(event.meaning ?? VIEW))
  return total
}

describe('counting limits', () => {
  it(
    'count every event of a user within the limits, in any order',
    () =>
      checkProperty(
        fc.property(
          fc.constantFrom(3 * MINUTE, HOUR, 5 * HOUR, LATENESS).chain((span) => anySent(20, span)),
          fc.integer({ min: 1, max: 50 }),
          (events, every) => {
            const limits = limitsOf(most(events, minuteOf), most(events, pairOf))
            expect(counted(events, limits, every).reasons.filter(Boolean)).toEqual([])
          },
        ),
        300,
      ),
    PROPERTY_MS,
  )

  it(
    'count in a minute, an hour and on an item no more than they allow, whatever the times say',
    () =>
      checkProperty(
        fc.property(
          fc.constantFrom(3 * MINUTE, HOUR, 3 * HOUR).chain((span) => anySent(3, span)),
          fc.integer({ min: 1, max: 5 }),
          fc.integer({ min: 1, max: 5 }),
          (events, perMinute, perItem) => {
            const { reasons } = counted(events, limitsOf(perMinute, perItem))
            const inMinutes = events.filter((_, i) => reasons[i] !== 'RATE_LIMIT')
            const onItems = events.filter((_, i) => reasons[i] === undefined)
            expect(most(inMinutes, ({ time }) => String(Math.floor(time / HOUR)))).toBeLessThanOrEqual(60 * perMinute)
            expect(most(onItems, pairOf)).toBeLessThanOrEqual(perItem)
            if (new Set(events.map(minuteOf)).size <= 16) expect(most(inMinutes, minuteOf)).toBeLessThanOrEqual(perMinute)
          },
        ),
        300,
      ),
    PROPERTY_MS,
  )

  it('let nobody count more than 60 minutes’ worth in an hour by rotating minutes', () => {
    const start = NOW - 2 * HOUR
    const rotating = Array.from({ length: 50_000 }, (_, n) => ({ time: start + (n % 60) * MINUTE, item: `i${n}` }))
    const { reasons } = counted(rotating, limitsOf(100, 30))
    expect(reasons.filter((reason) => reason === undefined).length).toBe(6000)
    const inOrder = Array.from({ length: 50_000 }, (_, n) => ({ time: start, item: `i${n}` }))
    expect(counted(inOrder, limitsOf(100, 30)).reasons.filter((reason) => reason === undefined).length).toBe(100)
  })

  it('let a user exceed the cap of an item by at most one event for each 257 of their events', () => {
    const start = NOW - 2 * HOUR
    const flood: Sent[] = []
    for (let n = 0; n < 60_000; n++) {
      flood.push({ time: start, item: n % 3 === 0 ? 'pushed' : `noise${n}` })
    }
    const { reasons } = counted(flood, limitsOf(Number.POSITIVE_INFINITY, 30))
    const pushed = flood.filter(({ item }, i) => item === 'pushed' && reasons[i] === undefined).length
    const applied = reasons.filter((reason) => reason === undefined).length
    expect(pushed).toBeGreaterThan(30)
    expect(pushed).toBeLessThanOrEqual(30 + applied / (ROWS + 1))
  })

  it('share no count between items', () => {
    const start = NOW - 2 * HOUR
    const shown = Array.from({ length: 6000 }, (_, n) => ({ time: start + Math.floor((n / 6000) * 50 * MINUTE), item: `i${n}` }))
    const bought = Array.from({ length: 50 }, (_, n) => ({ time: start + 51 * MINUTE, item: `b${n}` }))
    expect(counted([...shown, ...bought], limitsOf(1200, 1)).reasons.filter(Boolean)).toEqual([])
  })

  it(
    'count every event of a device within the weight of an item and day, in any order',
    () =>
      checkProperty(
        fc.property(
          fc.constantFrom(HOUR, DAY, LATENESS).chain((span) => anyActions(20, span)),
          fc.integer({ min: 1, max: 50 }),
          (events, every) => {
            const limit = Math.max(1, ...weights(events).values())
            expect(counted(events, ofDay(limit), every).reasons.filter(Boolean)).toEqual([])
          },
        ),
        300,
      ),
    PROPERTY_MS,
  )

  it(
    'count of a device on an item in a day no more weight than they allow, and of a server all',
    () =>
      checkProperty(
        fc.property(
          fc.constantFrom(HOUR, 3 * DAY).chain((span) => anyActions(3, span)),
          fc.integer({ min: 6, max: 12 }),
          (events, limit) => {
            const { reasons } = counted(events, ofDay(limit))
            const total = weights(events.filter((_, i) => reasons[i] === undefined))
            for (const weight of total.values()) expect(weight).toBeLessThanOrEqual(limit)
            // What did not count would have exceeded the limit.
            events.forEach((event, i) => {
              if (reasons[i] === undefined) return
              expect(reasons[i]).toBe('ITEM_CAP')
              expect(total.get(dayOf(event))! + amountOf(event.meaning!)).toBeGreaterThan(limit)
            })
            const user = new UserValue()
            for (const { item, time, meaning = VIEW } of events) {
              const facts: EventFacts = { items: [{ itemId: item, attributes: {} }] }
              expect(countNew({ user, facts, meaning, time, now: NOW, lateness: LATENESS }, ofDay(limit))).toBe(facts)
            }
            expect(codec.encode(user, STAMP)).toEqual(codec.encode(new UserValue(), STAMP))
          },
        ),
        300,
      ),
    PROPERTY_MS,
  )

  it('let a device exceed the weight of an item and day by at most 1 for each 513 that it adds to items', () => {
    const flood = Array.from({ length: 60_000 }, (_, n) => ({
      time: NOW,
      item: n % 3 === 0 ? 'pushed' : `noise${n}`,
      meaning: { ...VIEW, weight: n % 3 === 0 ? 1 : 6 },
    }))
    const { reasons } = counted(flood, ofDay(30))
    const counting = flood.filter((_, i) => reasons[i] === undefined)
    const ofPushed = counting.filter(({ item }) => item === 'pushed').length
    const ofAll = counting.reduce((sum, { meaning }) => sum + meaning.weight, 0)
    expect(ofPushed).toBeGreaterThan(30)
    expect(ofPushed).toBeLessThanOrEqual(30 + ofAll / (DAY_ROWS + 1))
  })

  it('let a person who saw an item a hundred times in a day buy it, and limit neither the progress of a video nor another day', () => {
    const seen = Array.from({ length: 100 }, () => ({
      time: NOW,
      item: 'i',
      meaning: { ...VIEW, role: 'impression', weight: 0 } as const,
    }))
    const watched = Array.from({ length: 100 }, () => ({
      time: NOW,
      item: 'i',
      meaning: { ...VIEW, role: 'other', weight: 0 } as const,
    }))
    const bought = [
      { time: NOW, item: 'i', meaning: { ...VIEW, role: 'purchase', weight: 6 } as const },
      { time: NOW - DAY, item: 'i', meaning: { ...VIEW, role: 'impression', weight: 0 } as const },
    ]
    const { reasons } = counted([...seen, ...watched, ...bought], ofDay(30))
    expect(reasons).toEqual(
      seen
        .map((_, n) => (n < 30 ? undefined : 'ITEM_CAP'))
        .concat(
          watched.map(() => undefined),
          undefined,
          undefined,
        ),
    )
  })

  it('keep at most 6 KB of invented names for a user', () => {
    const user = new UserValue()
    for (let n = 0; n < 5000; n++) {
      const items = [{ itemId: `i${n}`, attributes: {}, position: (n % 1000) + 1, unknown: true as const }]
      const facts: EventFacts = { items, surface: `s${n}`, undeclaredSurface: true }
      countNew(
        { user, facts, meaning: VIEW, time: NOW, now: NOW, lateness: LATENESS },
        { ...limitsOf(Infinity, Infinity), unknownPerHour: 600 },
      )
    }
    expect(codec.encode(user, STAMP).length).toBeLessThan(6 * 1024)
  })

  it('keep at most 4 KB for a user, and 7 KB more for one with devices, whatever the user sends', () => {
    const worst = Array.from({ length: 100_000 }, (_, n) => ({
      time: NOW - ((n * 7919 * MINUTE) % LATENESS),
      item: `i${n % 300}`,
      meaning: { ...VIEW, role: n % 2 ? 'view' : 'impression' } as const,
    }))
    expect(counted(worst, limitsOf(1200, 30)).bytes).toBeLessThan(4 * 1024)
    expect(counted(worst, { ...limitsOf(1200, 30), weightPerItemAndDay: 30 }).bytes).toBeLessThan(11 * 1024)
  })

  it('forget the days before those that may still come, of a user who comes every day', () => {
    const user = new UserValue()
    for (let n = 0; n < 6000; n++) {
      const now = NOW + Math.floor(n / 10) * DAY
      const facts: EventFacts = { items: [{ itemId: `i${n}`, attributes: {} }], fromDevice: true }
      countNew({ user, facts, meaning: VIEW, time: now, now, lateness: LATENESS }, ofDay(30))
    }
    // Ten items on each of nine days, and at most as many rows again until the table looks for what may leave.
    expect(user.get(COUNTED_ITEM_DAYS).actions.size).toBeLessThanOrEqual(128)
  })

  it(
    'are the same after a log is restored, and after the value is stored',
    () =>
      checkProperty(
        fc.property(anyActions(30, 5 * HOUR), fc.integer({ min: 1, max: 9 }), (events, limit) => {
          const limits = { ...limitsOf(limit, limit), weightPerItemAndDay: 2 * limit }
          const { facts, user } = counted(events, limits)
          const restored = new UserValue()
          facts.forEach((of, i) => {
            if (of.ignored !== undefined) return
            const { time, meaning = VIEW } = events[i]
            countLogged(
              { user: restored, facts: of, meaning, time, now: NOW, lateness: LATENESS },
              { ...limitsOf(1, 1), weightPerItemAndDay: 1 },
            )
          })
          expect(codec.encode(restored, STAMP)).toEqual(codec.encode(user, STAMP))
          expect(codec.encode(codec.decode(codec.encode(user, STAMP)), STAMP)).toEqual(codec.encode(user, STAMP))
        }),
        100,
      ),
    PROPERTY_MS,
  )

  /** One event of a user who invents names. */
  const invented = fc.record({
    now: fc.integer({ min: NOW - 3 * HOUR, max: NOW }),
    age: fc.nat(LATENESS),
    items: fc.array(fc.record({ itemId: fc.integer({ max: 40, min: 1 }).map((n) => `i${n}`), isUnknown: fc.boolean() }), {
      maxLength: 3,
    }),
    surface: fc.option(
      fc.nat(30).map((n) => (n === 0 ? 'home' : `made-up-${n}`)),
      { nil: undefined },
    ),
  })

  function countInvented(sent: readonly (typeof invented extends fc.Arbitrary<infer T> ? T : never)[], limits: CountingLimits) {
    const [user, restored] = [new UserValue(), new UserValue()]
    const facts = sent.map(({ now, age, items, surface }) => {
      const found: EventFacts = {
        items: items.map(({ itemId, isUnknown }) => ({ itemId, attributes: {}, ...(isUnknown && { unknown: true as const }) })),
        ...(surface && { surface }),
        ...(surface?.startsWith('made-up') && { undeclaredSurface: true as const }),
      }
      const logged = countNew({ user, facts: found, meaning: VIEW, time: now - age, now, lateness: LATENESS }, limits)
      countLogged(
        { user: restored, facts: logged, meaning: VIEW, time: now - age, now, lateness: LATENESS },
        { ...limits, unknownPerHour: 1 },
      )
      return logged
    })
    return { facts, bytes: codec.encode(user, STAMP), restored: codec.encode(restored, STAMP) }
  }

  it(
    'count invented names no more often in an hour of recording than allowed, and all of a user within the limit',
    () =>
      checkProperty(
        fc.property(fc.array(invented, { maxLength: 200, size: 'max' }), fc.integer({ min: 1, max: 20 }), (unsorted, limit) => {
          const sent = unsorted.sort((a, b) => a.now - b.now)
          const { facts, bytes, restored } = countInvented(sent, { ...limitsOf(Infinity, Infinity), unknownPerHour: limit })
          const seen = new Map<string, Set<string>>()
          const namesOf = (what: string, now: number) => {
            const key = `${what} ${Math.floor(now / HOUR)}`
            return seen.get(key) ?? seen.set(key, new Set()).get(key)!
          }
          facts.forEach(({ items, surface }, i) => {
            const known = namesOf('items', sent[i].now)
            for (const { itemId, unknown, capped } of items) {
              const isOver = unknown !== undefined && !known.has(itemId) && known.size === limit
              expect(capped).toBe(isOver ? 'unknown' : undefined)
              if (unknown && !isOver) known.add(itemId)
            }
            const places = namesOf('places', sent[i].now)
            const isOver = sent[i].surface?.startsWith('made-up') && !places.has(sent[i].surface) && places.size === limit
            expect(surface).toBe(isOver ? undefined : sent[i].surface)
            if (surface?.startsWith('made-up')) places.add(surface)
          })
          expect(restored).toEqual(bytes)
        }),
        200,
      ),
    PROPERTY_MS,
  )

  it('give the hour of a clock that lags behind no counts of its own', () => {
    const user = new UserValue()
    const limits = { ...limitsOf(Infinity, Infinity), unknownPerHour: 2 }
    let items = 0
    const at = (now: number) => {
      const facts: EventFacts = { items: [{ itemId: `i${++items}`, attributes: {}, unknown: true }] }
      return whyNotCounted(countNew({ user, facts, meaning: VIEW, time: NOW, now, lateness: LATENESS }, limits))
    }
    expect([NOW, NOW - HOUR, NOW, NOW - 2 * HOUR].map(at)).toEqual([undefined, undefined, 'UNKNOWN_ITEM_CAP', 'UNKNOWN_ITEM_CAP'])
    expect(at(NOW + HOUR)).toBeUndefined()
  })

  it('drop the counts of an earlier version of the value, and keep those of other parts', () => {
    const user = new UserValue()
    user.foreign.push({ code: 12_345, bytes: Buffer.from('other') })
    const retired = { name: 'old', layout: 1 }
    const written = new UserValueCodec([{ ...COUNTING_PARTS[0], ...retired }])
    user.get({ ...COUNTING_PARTS[0], ...retired }).minutes.push(1, 1)
    const bytes = written.encode(user, STAMP)
    expect(new UserValueCodec(COUNTING_PARTS).decode(bytes).foreign.length).toBe(2)
    const read = new UserValueCodec(COUNTING_PARTS, [retired]).decode(bytes)
    expect(read.foreign).toEqual([{ code: 12_345, bytes: Buffer.from('other') }])
  })
})
