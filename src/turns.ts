import { setImmediate } from 'node:timers/promises'

/** Counts the work of one operation, and serves other requests and sockets in between, however much work the operation needs. */
export class Turns {
  readonly #most: number
  #done = 0

  /** @param most work that takes a few milliseconds, in units of the caller */
  constructor(most: number) {
    this.#most = most
  }

  /** Counts work that was done. Resolves in a later turn of the event loop if this turn had enough. */
  async worked(units: number): Promise<void> {
    this.#done += units
    if (this.#done < this.#most) return
    this.#done = 0
    await setImmediate()
  }
}

/** Resolves when requests and sockets that wait have been served: they are between the two turns. */
export async function othersServed(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

let lastTurn: Promise<unknown> = Promise.resolve()

/**
 * Runs work of a few milliseconds in a turn of the event loop of its own. Requests and sockets are served between turns, however
 * much such work one operation needs.
 */
export function inOwnTurn<T>(work: () => T): Promise<T> {
  const done = lastTurn.then(() => setImmediate()).then(work)
  lastTurn = done.catch(() => {})
  return done
}

/**
 * Maps entries, so many at the same time. Requests and sockets are served in between, also where the store answers at once.
 * @param atOnce entries that take a few milliseconds together
 */
export async function mapInTurns<T, R>(entries: readonly T[], atOnce: number, map: (entry: T) => Promise<R>): Promise<R[]> {
  const mapped: R[] = []
  for (let start = 0; start < entries.length; start += atOnce) {
    if (start > 0) await setImmediate()
    mapped.push(...(await Promise.all(entries.slice(start, start + atOnce).map(map))))
  }
  return mapped
}
