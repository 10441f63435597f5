import { setImmediate } from 'node:timers/promises'

let lastTurn: Promise<unknown> = Promise.resolve()

/**
 * Runs work of some milliseconds in a turn of the event loop that no other such work shares, so that requests and sockets are served in
 * between, however much of it one operation asks for.
 */
export function inOwnTurn<T>(work: () => T): Promise<T> {
  const done = lastTurn.then(() => setImmediate()).then(work)
  lastTurn = done.catch(() => {})
  return done
}
