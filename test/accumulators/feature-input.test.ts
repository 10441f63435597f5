import { describe, expect, it } from 'vitest'
import { SharedRows } from '../../src/accumulators/feature-input.ts'
import { epochOf, weightAt } from '../../src/state/decay.ts'
import { decayedSum, FIRST_SEEN, LAST_SEEN, SlotLayout } from '../../src/state/slots.ts'
import { DAY, HOUR } from '../../src/time-units.ts'

const SCORE = decayedSum('item', 'score', HOUR)
const layout = new SlotLayout([FIRST_SEEN.item, LAST_SEEN.item, SCORE], [])
const at = 1000 * HOUR

function rows(now: number): SharedRows {
  const data = Float64Array.from([at - DAY, at, 3 * weightAt(at, HOUR), epochOf(at, HOUR), 0, 0, 0, 0])
  return new SharedRows(layout, 'item', { width: 4, data }, now, DAY)
}

describe('shared rows', () => {
  it('are decayed to the moment of reading', () => {
    const read = rows(at + HOUR)
    expect(read.decayed(SCORE)(0)).toBeCloseTo(1.5, 10)
    expect(read.age(0)).toBe(DAY + HOUR)
  })

  it('are decayed to their last event if it is later than the moment of reading', () => {
    const read = rows(at - 5 * HOUR)
    expect(read.decayed(SCORE)(0)).toBeCloseTo(3, 10)
    expect(read.time(0)).toBe(at)
  })

  it('are absent when their last event is too long ago', () => {
    expect(rows(at + DAY).firstSeen(0)).toBe(at - DAY)
    expect(rows(at + DAY + 1).firstSeen(0)).toBe(0)
    expect(rows(at + DAY + 1).decayed(SCORE)(0)).toBe(0)
  })

  it('of entities without events are zero', () => {
    expect([rows(at).firstSeen(1), rows(at).decayed(SCORE)(1)]).toEqual([0, 0])
  })
})
