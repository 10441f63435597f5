import type { Random } from '../random.ts'
import { DAY_MS } from './shop.ts'
import type { Shopper } from './shopper.ts'
import type { Memory } from './shopper-memory.ts'

/** Shortest time between two visits: longer than any session survives without an event. */
const PAUSE_MS = 45 * 60_000

/**
 * Draws the time of a shopper's next visit, in ms since 1970. Visits follow a Poisson process whose rate depends on the hour of
 * the day. A shopper who left items in the cart to buy later may come earlier. The first visit of a new shopper is at `joinsAt`.
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

/** Returns a shopper's activity in an hour relative to the day's mean: 0.1 to 1.9. */
export function dailyCycle(shopper: Shopper, at: number): number {
  const hour = ((at % DAY_MS) / DAY_MS) * 24
  return 1 + 0.9 * Math.cos((2 * Math.PI * (hour - shopper.peakHour)) / 24)
}
