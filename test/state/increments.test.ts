import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decayedValue } from '../../src/state/decay.ts'
import { Increments, type LoggedIncrements, siftIncrements } from '../../src/state/increments.ts'
import { SharedSums } from '../../src/state/shared-sums.ts'
import {
  attributeKey,
  decayedSum,
  FIRST_SEEN,
  itemKey,
  LAST_SEEN,
  maximum,
  minimum,
  SlotLayout,
  scoredSet,
  sum,
} from '../../src/state/slots.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { checkProperty } from '../support/check-property.ts'
import { rowDifference, setDifference } from '../support/state-snapshot.ts'

const COUNT = sum('item', 'count')
const SHORT = decayedSum('item', 'short', HOUR)
const LONG = decayedSum('item', 'long', 7 * DAY)
const LATEST = maximum('item', 'latest')
const EARLIEST = minimum('item', 'earliest')
const NEAR = scoredSet('item', 'near', DAY, 1000, 1000)
const RATE = decayedSum('attribute', 'rate', DAY)
const SLOTS = [COUNT, SHORT, LONG, LATEST, EARLIEST, RATE]
const layout = new SlotLayout(SLOTS, [NEAR])

const ITEMS = ['item:a', 'item:b']
const BRAND = attributeKey('brand', 'acme')

interface Addition {
  readonly what: 'count' | 'short' | 'long' | 'latest' | 'earliest' | 'near' | 'rate'
  readonly entity: string
  readonly value: number
  readonly member: string
  readonly time: number
}

/** Times spread over many epochs of the short half-life, and some of the long ones. */
const addition: fc.Arbitrary<Addition> = fc.record({
  what: fc.constantFrom(
    'count' as const,
    'short' as const,
    'long' as const,
    'latest' as const,
    'earliest' as const,
    'near' as const,
    'rate' as const,
  ),
  entity: fc.constantFrom(...ITEMS),
  value: fc.integer({ min: 1, max: 1000 }),
  member: fc.constantFrom('m', 'n', 'ö'),
  time: fc.oneof(fc.integer({ min: 1, max: 300 * DAY }), fc.integer({ min: 200 * DAY, max: 201 * DAY })),
})
const additions = fc.array(addition, { minLength: 1, maxLength: 40 })

function add(into: Increments, { what, entity, value, member, time }: Addition): void {
  if (what === 'count') into.add(COUNT, entity, value)
  else if (what === 'short') into.addDecayed(SHORT, entity, value, time)
  else if (what === 'long') into.addDecayed(LONG, entity, value, time)
  else if (what === 'latest') into.add(LATEST, entity, time)
  else if (what === 'earliest') into.add(EARLIEST, entity, time)
  else if (what === 'near') into.addToSet(NEAR, entity, member, value, time)
  else into.addDecayed(RATE, BRAND, value, time)
}

function incrementsOf(list: readonly Addition[], of = layout): Increments {
  const increments = new Increments(of)
  for (const one of list) add(increments, one)
  return increments
}

function applied(...all: readonly Increments[]): SharedSums {
  const sums = new SharedSums(layout)
  for (const increments of all) sums.apply(increments)
  return sums
}

function rowOf(sums: SharedSums, entity: string, of = layout): number[] {
  const kind = entity.startsWith('item:') ? 'item' : 'attribute'
  return Array.from(sums.rows([entity], of.width(kind)).data)
}

function expectSameSums(actual: SharedSums, expected: SharedSums, actualLayout = layout): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort())
  for (const entity of expected.keys()) {
    const kind = entity.startsWith('item:') ? 'item' : 'attribute'
    expect(
      rowDifference(kind, rowOf(actual, entity, actualLayout), actualLayout, rowOf(expected, entity), layout),
    ).toBeUndefined()
    if (kind === 'attribute') continue
    const view = (sums: SharedSums, of: SlotLayout) => sums.set(entity, of.indexOf(NEAR), 1000)
    expect(setDifference(view(actual, actualLayout), view(expected, layout))).toBeUndefined()
  }
}

/** The log keeps JSON. */
function throughLog(increments: Increments): LoggedIncrements[] {
  const { sound, poisoned } = siftIncrements(JSON.parse(JSON.stringify(increments.toLog())))
  expect(poisoned).toEqual([])
  return sound
}

const ALIKE = ['graz', 'linz', 'wels'].map((city) => attributeKey('city', city))
const LIKED = scoredSet('attribute', 'liked', DAY, 1000, 1000)
const MADE = scoredSet('attribute', 'made', DAY, 1000, 1000)
const alikeLayout = new SlotLayout([...Object.values(FIRST_SEEN), ...Object.values(LAST_SEEN), RATE], [LIKED, MADE])

/** Adds the same to several entities: to all at once, or to one after the other. */
function addAlike(into: Increments, { value, member, time }: Addition, isAtOnce: boolean): void {
  const members = [LIKED, MADE].map((set) => [set, member] as const)
  if (isAtOnce) into.addDecayedTo(ALIKE, RATE, members, value, time, time)
  else
    for (const entity of ALIKE) {
      into.seen(entity, time)
      into.addDecayed(RATE, entity, value, time)
      for (const [set] of members) into.addToSet(set, entity, member, value, time)
    }
}

describe('increments', () => {
  it('commute: any order gives the same state', async () => {
    const property = fc.property(
      additions.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([list, shuffled]) => {
        const oneByOne = (order: readonly Addition[]) => applied(...order.map((one) => incrementsOf([one])))
        expectSameSums(oneByOne(shuffled), oneByOne(list))
      },
    )
    await checkProperty(property, 200)
  })

  it('may be grouped and merged in any way', async () => {
    const property = fc.property(additions, fc.array(fc.nat(5)), (list, sizes) => {
      const groups: Increments[] = []
      let start = 0
      for (const size of sizes) {
        groups.push(incrementsOf(list.slice(start, start + size)))
        start += size
      }
      groups.push(incrementsOf(list.slice(start)))
      const merged = new Increments(layout)
      for (const group of groups) merged.putLogged(throughLog(group))
      const expected = applied(...list.map((one) => incrementsOf([one])))
      expectSameSums(applied(...groups), expected)
      expectSameSums(applied(merged), expected)
    })
    await checkProperty(property, 200)
  })

  it('are unchanged in the log, to the last bit', async () => {
    const property = fc.property(additions, (list) => {
      const original = incrementsOf(list)
      const read = new Increments(layout)
      read.putLogged(throughLog(original))
      expect(read.entities).toEqual(original.entities)
    })
    await checkProperty(property, 200)
  })

  it('that several entities share are those that each would have alone, and stand in the log once', async () => {
    const property = fc.property(additions, fc.boolean(), (list, hasOthers) => {
      const [atOnce, oneByOne] = [true, false].map((isAtOnce) => {
        const increments = new Increments(alikeLayout)
        for (const one of list) addAlike(increments, one, isAtOnce)
        if (hasOthers) increments.addDecayed(RATE, ALIKE[0], 7, DAY)
        return increments
      })
      expect(atOnce.toLog().length).toBe(hasOthers ? 2 : 1)
      const read = new Increments(alikeLayout)
      read.putLogged(throughLog(atOnce))
      const [expected, ...actual] = [oneByOne, atOnce, read].map((increments) => {
        const sums = new SharedSums(alikeLayout)
        sums.apply(increments)
        return sums
      })
      const { length } = alikeLayout.names.attribute
      for (const sums of actual)
        for (const entity of ALIKE) {
          const rows = [sums, expected].map((of) => Array.from(of.rows([entity], length).data))
          expect(rowDifference('attribute', rows[0], alikeLayout, rows[1], alikeLayout)).toBeUndefined()
          for (const set of [LIKED, MADE]) {
            const views = [sums, expected].map((of) => of.set(entity, alikeLayout.indexOf(set), 1000))
            expect(setDifference(views[0], views[1])).toBeUndefined()
          }
        }
    })
    await checkProperty(property, 100)
  })

  it('keep their columns by name if the layout changes', async () => {
    const property = fc.property(additions, fc.shuffledSubarray(SLOTS, { minLength: SLOTS.length }), (list, order) => {
      const later = new SlotLayout([sum('item', 'new in front'), ...order], [NEAR])
      const translated = new Increments(later)
      translated.putLogged(throughLog(incrementsOf(list)), later.admit(layout.names))
      const sums = new SharedSums(later)
      sums.apply(translated)
      expectSameSums(sums, applied(incrementsOf(list)), later)
    })
    await checkProperty(property, 100)
  })

  it('are kept if their accumulator is removed, and are there when it is added again', () => {
    const fewer = new SlotLayout([COUNT], [])
    const list: Addition[] = [
      { what: 'count', entity: 'item:a', value: 3, member: '', time: 1 },
      { what: 'long', entity: 'item:a', value: 5, member: '', time: DAY },
      { what: 'near', entity: 'item:a', value: 7, member: 'm', time: DAY },
    ]
    const sums = new SharedSums(fewer)
    const before = new Increments(fewer)
    before.add(COUNT, 'item:a', 1)
    sums.apply(before)
    const translated = new Increments(fewer)
    translated.putLogged(throughLog(incrementsOf(list)), fewer.admit(layout.names))
    sums.apply(translated)
    const back = new SlotLayout(SLOTS, [NEAR], fewer.names)
    expectSameSums(sums, applied(incrementsOf([...list, { ...list[0], value: 1 }])), back)
  })
})

describe('decayed sums', () => {
  const at = fc.record({ value: fc.double({ min: 0.01, max: 1000, noNaN: true }), time: fc.integer({ min: 1, max: 400 * DAY }) })

  it('equal the sum of x·2^(−(t − tᵢ)/H), in whatever order and epoch the additions come', async () => {
    const property = fc.property(fc.array(at, { minLength: 1, maxLength: 30 }), fc.nat(10 * DAY), (list, later) => {
      const now = Math.max(...list.map(({ time }) => time)) + later
      const a = itemKey('a')
      const sums = applied(
        ...list.map(({ value, time }) => {
          const increments = new Increments(layout)
          increments.addDecayed(LONG, a, value, time)
          increments.addToSet(NEAR, a, 'm', value, time)
          return increments
        }),
      )
      const direct = (halfLife: number) => list.reduce((all, { value, time }) => all + value * 2 ** (-(now - time) / halfLife), 0)
      const row = rowOf(sums, a)
      const column = layout.indexOf(LONG)
      expectRelative(decayedValue(row[column], row[column + 1], now, LONG.halfLife), direct(LONG.halfLife))
      const { scores, epoch } = sums.set(a, layout.indexOf(NEAR), 1)
      expectRelative(decayedValue(scores[0], epoch, now, NEAR.halfLife), direct(NEAR.halfLife))
    })
    await checkProperty(property, 300)
  })

  function expectRelative(actual: number, expected: number): void {
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * expected)
  }
})
