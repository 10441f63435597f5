import { hashedChance } from '../hashed-chance.ts'

/** A part of the users. */
export interface Share<T> {
  /** Decides, with the user, who falls into it: the same name always means the same users. */
  readonly name: string
  /** 0 to 1. */
  readonly traffic: number
  readonly of: T
}

/**
 * The share that a user falls into, by weighted rendezvous hashing (Schindelhauer and Schomaker, 2005): always the same one while the
 * shares stay. When one of two grows at the cost of the other, nobody leaves it.
 * @returns undefined when all shares are 0
 */
export function shareOf<T>(userId: string, shares: readonly Share<T>[]): T | undefined {
  const open = shares.filter(({ traffic }) => traffic > 0)
  if (open.length <= 1) return open[0]?.of
  let first = open[0]
  let earliest = Number.POSITIVE_INFINITY
  for (const share of open) {
    const arrival = -Math.log(hashedChance(`${share.name}\0${userId}`)) / share.traffic
    if (arrival < earliest) {
      first = share
      earliest = arrival
    }
  }
  return first.of
}
