import { Random } from '../random.ts'
import { Heap } from './binary-heap.ts'
import { nextVisit } from './next-visit.ts'
import type { Shopper } from './shopper.ts'
import { createMemory, type Memory } from './shopper-memory.ts'

/** A shopper between two visits. */
export interface Guest {
  readonly shopper: Shopper
  readonly memory: Memory
  /** Draws the times of the visits. */
  readonly random: Random
  /** Number of visits that have begun. */
  visits: number
  /** Start of the next visit, in ms since 1970. */
  nextAt: number
}

/** The shoppers of a shop, in the order in which they come. A guest who has been called comes again only after `leave`. */
export class Guests {
  readonly #waiting: Heap<Guest>

  /** @param startsAt when the shop opens, in ms since 1970 */
  constructor(shoppers: readonly Shopper[], startsAt: number, seed: number) {
    this.#waiting = new Heap<Guest>(
      (left, right) => left.nextAt < right.nextAt,
      shoppers.map((shopper) => {
        const memory = createMemory()
        const random = new Random(seed, 'visits', shopper.userId)
        return { shopper, memory, random, visits: 0, nextAt: nextVisit(shopper, memory, startsAt, random) }
      }),
    )
  }

  /** Calls the guest whose visit begins next, and counts the visit; undefined if nobody waits. */
  call(): Guest | undefined {
    const guest = this.#waiting.pop()
    if (guest) guest.visits++
    return guest
  }

  /** Ends the visit of a guest at a time, in ms since 1970, and draws when the next one begins. */
  leave(guest: Guest, at: number): void {
    guest.nextAt = nextVisit(guest.shopper, guest.memory, at, guest.random)
    this.#waiting.push(guest)
  }
}
