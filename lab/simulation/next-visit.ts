import type { Random } from '../random.ts'
import { DAY_MS } from './shop.ts'
import type { Shopper } from './shopper.ts'
import type { Memory } from './shopper-memory.ts'

/** Shortest time between two visits: longer than any session survives without an event. */
const PAUSE_MS = 45 * 60_000

/**
 * When a shopper comes next, in milliseconds since 1970: by a Poisson process whose rate follows the shopper's day, or
 * earlier to buy what was left in the cart. The first visit of one who is new to the shop is at `joinsAt`.
 *
 * @param after the end of the visit before, or the start of the simulation
 */
export function nextVisit(shopper: Shopper, memory: Memory, after: number, random: Random): number {
  if (shopper.joinsAt > after) return Math.ceil(shopper.joinsAt)
  let at = after + PAUSE_MS
  do {
    // Thinning: drawn at twice the mean rate, which is the most that a day ever asks for, and kept by the hour.
    at += (random.exponential() * DAY_MS) / (2 * shopper.visitsPerDay)
  } while (!random.chance(0.5 * dailyCycle(shopper, at)))
  if (memory.returnsAt !== undefined) at = Math.min(at, Math.max(memory.returnsAt, after + PAUSE_MS))
  return Math.ceil(at)
}

/** How busy an hour is for a shopper, relative to the day's mean: 0.1 to 1.9. */
export function dailyCycle(shopper: Shopper, at: number): number {
  const hour = ((at % DAY_MS) / DAY_MS) * 24
  return 1 + 0.9 * Math.cos((2 * Math.PI * (hour - shopper.peakHour)) / 24)
}
