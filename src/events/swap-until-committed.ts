import { UnavailableError } from '../errors.ts'
import type { StateStore, Swap, SwapOutcome } from '../state/store.ts'
import type { Subject } from '../state/subject.ts'
import { pause, systemTimers, type Timers } from '../timers.ts'

/** Enough that a value which many processes write at once still gets its turn. */
const ATTEMPTS = 200
const LONGEST_PAUSE_MS = 20

/** What one attempt makes of the value that stands there now. */
export type Attempt = (current: Uint8Array | undefined) => Swap | undefined

/**
 * Swaps a value, again and again while others are faster, with jitter.
 * @param first value to start from; read from the store if it is not known
 * @param attempt undefined says that nothing need be written
 * @returns the outcome that ended it: committed, known identities, or undefined where nothing was to be written
 */
export async function swapUntilCommitted(
  store: StateStore,
  subject: Subject,
  first: { readonly value: Uint8Array | undefined } | undefined,
  attempt: Attempt,
  jitter: (limit: number) => number,
  timers: Timers = systemTimers,
): Promise<Exclude<SwapOutcome, { status: 'conflict' }> | undefined> {
  let current = first ? first.value : (await store.readValues([subject]))[0]
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const swap = attempt(current)
    if (!swap) return undefined
    const outcome = await store.swap(swap)
    if (outcome.status !== 'conflict') return outcome
    current = outcome.value
    if (tries > 1) await pause(timers, jitter(Math.min(LONGEST_PAUSE_MS, 2 * tries)))
  }
  throw new UnavailableError(`Too many writers change ${subject.kind} ${subject.id} at once: send it again.`)
}
