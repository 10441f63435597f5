import type { Clock } from '../clock.ts'
import type { Randomness } from '../random.ts'
import type { StateStore } from '../state/store.ts'
import type { Subject } from '../state/subject.ts'
import { type JsonObject, stampOf } from '../state/user-value.ts'
import type { Timers } from '../timers.ts'
import { swapUntilCommitted } from './swap-until-committed.ts'

export interface SwapUploadParts {
  readonly store: StateStore
  readonly clock: Clock
  readonly random: Randomness
  /** Those of the system if absent. */
  readonly timers?: Timers
}

/** What stands after an upload. */
export interface Uploaded {
  readonly value: Buffer
  /** ms of the clock that features see. */
  readonly at: number
  /** What the log says of it. */
  readonly upload: JsonObject
  /** What other processes are told; undefined where they need not know. */
  readonly signal: string | undefined
}

/**
 * Puts an upload in place of what stands there, in one swap with its log entry; it does not expire.
 * @param change called again with what stands there whenever others were faster
 */
export async function swapUpload(
  { store, clock, random, timers }: SwapUploadParts,
  { kind, id }: { readonly kind: Exclude<Subject['kind'], 'user'>; readonly id: string },
  change: (current: Uint8Array | undefined) => Uploaded,
): Promise<void> {
  const subject: Subject = { kind, id }
  const attempt = (current: Uint8Array | undefined) => {
    const { value, at, upload, signal } = change(current)
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
