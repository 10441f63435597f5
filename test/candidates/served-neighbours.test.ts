import { describe, expect, it } from 'vitest'
import { ServedNeighbourLists } from '../../src/candidates/offline.ts'
import { DAY } from '../../src/time-units.ts'
import { servedLists } from '../support/neighbour-lists.ts'
import { START } from '../support/settable-clock.ts'

describe('served neighbour lists', () => {
  const lists = servedLists({ a: { x: 1 } })
  const served = new ServedNeighbourLists()

  it('are none, without a warning, before the first upload', () => {
    expect([served.at(START), served.warning(START), served.latest]).toEqual([undefined, undefined, undefined])
  })

  it('are served for seven days after their computation', () => {
    served.set(lists)
    expect([0, 7 * DAY - 1, 7 * DAY].map((age) => served.at(START + age))).toEqual([lists, lists, undefined])
    expect(served.latest).toBe(lists)
  })

  it('are warned of from two days on, and in other words once they have expired', () => {
    expect(served.warning(START + 2 * DAY - 1)).toBeUndefined()
    const day = (at: number) => new Date(at).toISOString().slice(0, 10)
    const end = day(START + 7 * DAY)
    expect(served.warning(START + 2 * DAY)).toMatch(new RegExp(`computed on ${day(START)}.* after ${end}`))
    expect(served.warning(START + 7 * DAY)).toMatch(`They have not been served since ${end}.`)
  })

  it('are none again once they are taken away', () => {
    served.set(undefined)
    expect([served.at(START), served.warning(START + 9 * DAY)]).toEqual([undefined, undefined])
  })
})
