import type { StatePosition, StateStore } from '../state/store.ts'
import { isSamePosition } from './decision-log.ts'

/** How often something is read again, because the state changed meanwhile. */
const ATTEMPTS = 4

/**
 * Reads something from one state of the store. Reads it again, a few times, if the state changes meanwhile.
 * @returns what was read last, and the position of its state; undefined if the state changed during every read, or has no position
 * @throws UnavailableError if the store does not answer
 */
export async function readSteadily<T>(
  store: Pick<StateStore, 'position'>,
  read: () => Promise<T>,
): Promise<{ found: T; position: StatePosition | undefined }> {
  let before = await store.position()
  for (let attempt = 1; ; attempt++) {
    const found = await read()
    const after = before && (await store.position())
    if (!before || !after) return { found, position: undefined }
    if (isSamePosition(before, after)) return { found, position: before }
    if (attempt === ATTEMPTS) return { found, position: undefined }
    before = after
  }
}
