import type { Clock } from '../clock.ts'
import type { Randomness } from '../random.ts'
import type { StateStore } from '../state/store.ts'
import type { Subject } from '../state/subject.ts'
import type { JsonObject } from '../state/user-value.ts'
import { stampOf } from '../state/user-value-codec.ts'
import type { Timers } from '../timers.ts'
import { swapUntilCommitted } from './swap-until-committed.ts'

export interface SwapUploadParts {
  readonly store: StateStore
  readonly clock: Clock
  readonly random: Randomness
  /** Timers; those of the system if absent. */
  readonly timers?: Timers
}

/** The new stored state after an upload. */
export interface Uploaded {
  readonly value: Buffer
  /** Time of the upload on the clock of features, in ms. */
  readonly at: number
  /** Content of the log entry. */
  readonly upload: JsonObject
  /** Signal to other processes; undefined if they need none. */
  readonly signal: string | undefined
}

/**
 * Replaces a stored value by an upload, in one swap together with its log entry. The value does not expire.
 * @param change makes the new state from the current value; undefined writes nothing. Called again after each conflict with another
 * writer
 */
export async function swapUpload(
  { store, clock, random, timers }: SwapUploadParts,
  { kind, id }: { readonly kind: Exclude<Subject['kind'], 'user'>; readonly id: string },
  change: (current: Uint8Array | undefined) => Uploaded | undefined,
): Promise<void> {
  const subject: Subject = { kind, id }
  const attempt = (current: Uint8Array | undefined) => {
    const uploaded = change(current)
    if (!uploaded) return undefined
    const { value, at, upload, signal } = uploaded
    return {
      subject,
      expected: stampOf(current),
      value,
      expiresIn: 0,
      identities: [],
      now: clock.now(),
      entry: () => ({ kind, id, at, upload }),
      increments: undefined,
      signal,
    }
  }
  await swapUntilCommitted(store, subject, undefined, attempt, random.integer, timers)
}
