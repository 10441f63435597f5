import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_ROWS, ROWS } from '../../src/accumulators/counted-events.ts'
import { countNew, weightOnDay } from '../../src/accumulators/counting-limits.ts'
import type { EventFacts } from '../../src/state/log-entry.ts'
import { UserValue } from '../../src/state/user-value.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import {
  anyActions,
  anySent,
  codec,
  counted,
  dayOf,
  LATENESS,
  limitsOf,
  minuteOf,
  most,
  NOW,
  ofDay,
  pairOf,
  type Sent,
  STAMP,
  VIEW,
  weights,
} from './sent-events.ts'

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
    'count no more events in a minute, in an hour and on an item than they allow, whatever times the events have',
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

  it('let no user exceed 60 times the limit of a minute in an hour by taking turns between minutes', () => {
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

  it('count each item separately', () => {
    const start = NOW - 2 * HOUR
    const shown = Array.from({ length: 6000 }, (_, n) => ({ time: start + Math.floor((n / 6000) * 50 * MINUTE), item: `i${n}` }))
    const bought = Array.from({ length: 50 }, (_, n) => ({ time: start + 51 * MINUTE, item: `b${n}` }))
    expect(counted([...shown, ...bought], limitsOf(1200, 1)).reasons.filter(Boolean)).toEqual([])
  })

  it(
    'count every event of a device that stays below the weight limit of an item and day, in any order',
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
    'count no more weight of a device on an item and day than they allow, and all weight of a server',
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
              expect(total.get(dayOf(event))! + weightOnDay(event.meaning!)).toBeGreaterThan(limit)
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

  it('let a device exceed the weight limit of an item and day by at most 1 for each 513 that it adds to items', () => {
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
})
