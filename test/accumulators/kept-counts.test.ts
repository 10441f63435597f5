import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COUNTED_ITEM_DAYS } from '../../src/accumulators/counted-events.ts'
import { type CountingLimits, countLogged, countNew } from '../../src/accumulators/counting-limits.ts'
import { whyNotCounted } from '../../src/state/log/not-counted.ts'
import type { EventFacts } from '../../src/state/log-entry.ts'
import { UserValue } from '../../src/state/user-value.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { anyActions, codec, counted, LATENESS, limitsOf, NOW, ofDay, STAMP, VIEW } from './sent-events.ts'

describe('the counts that are kept of a user', () => {
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

  it('forget days whose events would now be too late to count, for a user who comes every day', () => {
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
    'count no more invented names in an hour of recording than allowed, and all names of a user within the limit',
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

  it('do not begin anew for the hour of a clock that lags behind', () => {
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
})
