import { setImmediate } from 'node:timers/promises'

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
