import * as fc from 'fast-check'
import { COUNTING_PARTS } from '../../src/accumulators/counted-events.ts'
import { type CountingLimits, countNew, weightOnDay } from '../../src/accumulators/counting-limits.ts'
import type { EventMeaning } from '../../src/accumulators/event-meaning.ts'
import { whyNotCounted } from '../../src/state/log/not-counted.ts'
import type { EventFacts } from '../../src/state/log-entry.ts'
import { UserValue } from '../../src/state/user-value.ts'
import { UserValueCodec } from '../../src/state/user-value-codec.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'

export const NOW = Date.UTC(2026, 10, 27, 12)
export const LATENESS = 7 * DAY
export const codec = new UserValueCodec(COUNTING_PARTS)
export const STAMP = new Uint8Array(8)

export const limitsOf = (eventsPerMinute: number, eventsPerItemAndHour: number): CountingLimits => ({
  traffic: { attribute: 'traffic', uncounted: [] },
  eventsPerMinute,
  eventsPerItemAndHour,
  weightPerItemAndDay: Number.POSITIVE_INFINITY,
  unknownPerHour: Number.POSITIVE_INFINITY,
})

export const ofDay = (weightPerItemAndDay: number): CountingLimits => ({ ...limitsOf(Infinity, Infinity), weightPerItemAndDay })

export const VIEW: EventMeaning = { role: 'view', weight: 1, goal: false, triggers: true }

export interface Sent {
  readonly time: number
  readonly item: string
  /** That of a view if absent. */
  readonly meaning?: EventMeaning
}

/** Counts events that a device of one user sends. @param every events after which the value is stored and read again */
export function counted(events: readonly Sent[], limits: CountingLimits, every = Number.POSITIVE_INFINITY) {
  let user = new UserValue()
  const facts = events.map(({ time, item, meaning = VIEW }, i): EventFacts => {
    if (i % every === every - 1) user = codec.decode(codec.encode(user, STAMP))
    const sent: EventFacts = { items: [{ itemId: item, attributes: {} }], fromDevice: true }
    return countNew({ user, facts: sent, meaning, time, now: NOW, lateness: LATENESS }, limits)
  })
  return { facts, reasons: facts.map(whyNotCounted), user, bytes: codec.encode(user, STAMP).length }
}

export function most<T>(values: readonly T[], keyOf: (value: T) => string): number {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(keyOf(value), (counts.get(keyOf(value)) ?? 0) + 1)
  return Math.max(0, ...counts.values())
}

export const minuteOf = ({ time }: Sent) => String(Math.floor(time / MINUTE))
export const pairOf = ({ time, item }: Sent) => `${Math.floor(time / HOUR)} ${item}`

export const anySent = (items: number, span: number): fc.Arbitrary<Sent[]> =>
  fc.array(
    fc.record({
      time: fc.integer({ min: NOW - span, max: NOW }),
      item: fc.integer({ min: 1, max: items }).map((n) => `i${n}`),
    }),
    { minLength: 1, maxLength: 400, size: 'max' },
  )

export const anyActions = (items: number, span: number): fc.Arbitrary<Sent[]> =>
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

export const dayOf = ({ time, item, meaning }: Sent) => `${Math.floor(time / DAY)} ${item} ${meaning?.role === 'impression'}`

/** Total weight by item and day. */
export function weights(events: readonly Sent[]): Map<string, number> {
  const total = new Map<string, number>()
  for (const event of events) total.set(dayOf(event), (total.get(dayOf(event)) ?? 0) + weightOnDay(event.meaning ?? VIEW))
  return total
}
