import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { UsualSplit } from '../../../lab/public-logs/public-format.ts'
import { type SessionColumns, splitSessions } from '../../../lab/public-logs/split-sessions.ts'
import { checkProperty, PROPERTY_MS } from '../../support/check-property.ts'

const DAY = 86_400_000

interface Row {
  readonly session: number
  readonly item: number
  readonly time: number
}

function columnsOf(rows: readonly Row[]): SessionColumns {
  return {
    length: rows.length,
    itemOf: Int32Array.from(rows, ({ item }) => item),
    sessionOf: Int32Array.from(rows, ({ session }) => session),
    timeOf: Float64Array.from(rows, ({ time }) => time),
    items: 8,
    sessions: 12,
  }
}

/** The steps of session-rec, written with lists instead of columns. */
function expected(rows: readonly Row[], { testDays, testBy, leastOfItem, leastOfSession }: UsualSplit, part: number) {
  const long = (list: readonly Row[]) =>
    list.filter(({ session }) => list.filter((other) => other.session === session).length >= leastOfSession)
  const frequent = (list: readonly Row[]) =>
    list.filter(({ item }) => list.filter((other) => other.item === item).length >= leastOfItem)
  const kept = long(frequent(long(rows)))
  const timesOf = (session: number) => kept.filter((row) => row.session === session).map(({ time }) => time)
  const endOf = (session: number) => Math.max(...timesOf(session))
  const testFrom = Math.max(...kept.map(({ time }) => time)) - testDays * DAY
  const isTest = (session: number) => (testBy === 'start' ? Math.min(...timesOf(session)) : endOf(session)) >= testFrom
  const onSide = kept.filter(({ session, time }) => leastOfSession === 0 || isTest(session) === time >= testFrom)
  let train = onSide.filter(({ session }) => !isTest(session))
  if (part > 1) {
    const latest = [...new Set(train.map(({ session }) => session))].toSorted((a, b) => endOf(b) - endOf(a))
    const enough = latest.findIndex(
      (_, at) => train.filter(({ session }) => latest.indexOf(session) <= at).length >= train.length / part,
    )
    const from = enough === -1 ? 0 : endOf(latest[enough]!)
    train = train.filter(({ session }) => endOf(session) >= from)
  }
  const isKnown = (item: number) => leastOfItem === 0 || train.some((row) => row.item === item)
  const test = onSide.filter(({ session, item }) => isTest(session) && isKnown(item))
  return { train: long(train), test: long(test) }
}

/** Sessions that begin three hours after each other, and last up to ten hours. */
const rowsOfLogs = fc.array(
  fc
    .record({
      session: fc.integer({ min: 0, max: 11 }),
      item: fc.integer({ min: 0, max: 7 }),
      hour: fc.integer({ min: 1, max: 10 }),
    })
    .map(({ session, item, hour }) => ({ session, item, time: (3 * session + hour) * 3_600_000 })),
  { maxLength: 80, size: 'max' },
)

describe('the split of sessions', () => {
  it('equals the steps of the literature, written plainly', { timeout: PROPERTY_MS }, async () => {
    const rules = fc.record({
      testDays: fc.constantFrom(0.1, 0.3, 0.6, 3),
      testBy: fc.constantFrom('start', 'end'),
      leastOfItem: fc.integer({ min: 0, max: 6 }),
      leastOfSession: fc.integer({ min: 0, max: 3 }),
    })
    let runs = 0
    let withBoth = 0
    const property = fc.asyncProperty(rowsOfLogs, rules, fc.integer({ min: 1, max: 5 }), async (rows, usual, part) => {
      const { isKept, splitOf } = splitSessions(columnsOf(rows), usual, part)
      const of = (split: string) => rows.filter(({ session }, i) => isKept[i] === 1 && splitOf(session) === split)
      const { train, test } = expected(rows, usual, part)
      expect({ train: of('train'), test: of('test') }).toEqual({ train, test })
      runs++
      if (train.length > 0 && test.length > 0) withBoth++
    })
    await checkProperty(property, 500)
    // In enough of the runs, however many PROPERTY_FACTOR makes.
    expect(withBoth / runs).toBeGreaterThan(0.2)
  })
})
