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
