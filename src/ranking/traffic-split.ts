import { hashedChance } from '../random.ts'

/** A share of the users. */
export interface Share<T> {
  /** Name of the share. The user id and this name decide who belongs to it: the same name always means the same users. */
  readonly name: string
  /** Size of the share, 0 to 1. */
  readonly traffic: number
  readonly of: T
}

/**
 * Returns the share of a user, by weighted rendezvous hashing (Schindelhauer and Schomaker, 2005). The result stays the same while
 * the shares do. If one of two shares grows at the cost of the other, it keeps all its users.
 * @returns undefined if all shares are 0
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
