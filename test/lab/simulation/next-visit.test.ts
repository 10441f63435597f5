import { expect, it } from 'vitest'
import { Random } from '../../../lab/random.ts'
import { dailyCycle, nextVisit } from '../../../lab/simulation/next-visit.ts'
import { createShop, DAY_MS } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { createMemory } from '../../../lab/simulation/shopper-memory.ts'

const startsAt = Date.UTC(2026, 0, 5)
const [anyone] = createShoppers(createShop({ seed: 1, startsAt }), { seed: 1, count: 1 })
const shopper = { ...anyone!, visitsPerDay: 0.5, peakHour: 18, joinsAt: startsAt }

it('brings a shopper back at the configured rate, at the hours of the daily cycle', () => {
  const random = new Random(1)
  const perHour = new Float64Array(24)
  const visits = 20_000
  let at = startsAt
  for (let visit = 0; visit < visits; visit++) {
    at = nextVisit(shopper, createMemory(), at, random)
    perHour[new Date(at).getUTCHours()]!++
  }
  const pause = 45 / 60 / 24
  const meanDays = (at - startsAt) / DAY_MS / visits
  expect(Math.abs(meanDays - (1 / 0.5 + pause))).toBeLessThan((5 * 2) / Math.sqrt(visits))
  for (const [hour, count] of perHour.entries()) {
    const expected = (visits / 24) * dailyCycle(shopper, (hour + 0.5) * 3_600_000)
    expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected) + 0.03 * expected)
  }
})

it('brings a shopper back earlier for a purchase that was planned', () => {
  const memory = { ...createMemory(), returnsAt: startsAt + 3 * 3_600_000 }
  const rare = { ...shopper, visitsPerDay: 0.001 }
  expect(nextVisit(rare, memory, startsAt, new Random(1))).toBe(memory.returnsAt)
  expect(nextVisit(rare, { ...memory, returnsAt: startsAt + 1 }, startsAt, new Random(1))).toBe(startsAt + 45 * 60_000)
})

it('brings a newcomer when they join', () => {
  expect(nextVisit({ ...shopper, joinsAt: startsAt + 5.5 }, createMemory(), startsAt, new Random(1))).toBe(startsAt + 6)
})
