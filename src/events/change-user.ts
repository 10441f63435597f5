import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { Randomness } from '../random.ts'
import { keptFor } from '../state/expiry.ts'
import type { MergeEntry, UploadEntry } from '../state/log/entry.ts'
import type { StateStore, Swap } from '../state/store.ts'
import type { Subject } from '../state/subject.ts'
import { stampOf, type UserValue } from '../state/user-value.ts'
import { checkVersion, nextVersion } from '../state/version.ts'
import type { Timers } from '../timers.ts'
import { encodeSignal } from './signal.ts'
import { swapUntilCommitted } from './swap-until-committed.ts'

export interface ChangeUserParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly clock: Clock
  readonly random: Randomness
  /** Those of the system if absent. */
  readonly timers?: Timers
}

/** What becomes of a value, at a time of the clock that features see. */
export interface UserChange {
  /** Changes the value in place; `stamp` tells its state from any other, and is empty for an absent one. @returns false to write nothing */
  apply(value: UserValue, at: number, stamp: string): boolean
  /** What the log says of it, of the changed value with its new version. */
  entry(value: UserValue, at: number): UploadEntry | MergeEntry
  /** Whether followers of the user are told of it; they are if absent. */
  tells?(): boolean
}

/** Changes a user's value other than by events, in one swap with its log entry. @returns whether anything was written */
export async function changeUser(
  { store, domain, accumulators, clock, random, timers }: ChangeUserParts,
  userId: string,
  { apply, entry, tells = () => true }: UserChange,
): Promise<boolean> {
  const subject: Subject = { kind: 'user', id: userId }
  const attempt = (current: Uint8Array | undefined): Swap | undefined => {
    const value = accumulators.codec.decodeOf(userId, current)
    const at = clock.now()
    const before = value.version
    const stamp = stampOf(current)
    if (!apply(value, at, stamp)) return undefined
    value.version = nextVersion(value.version, clock.wall())
    checkVersion(userId, before, value.version)
    const { version, mergedInto } = value
    return {
      subject,
      expected: stamp,
      value: accumulators.codec.encode(value, random.stamp()),
      expiresIn: keptFor(value, domain.expiry),
      identities: [],
      now: at,
      entry: () => entry(value, at),
      increments: undefined,
      signal: tells() ? encodeSignal({ userId, version, eventTypes: [], ...(mergedInto !== '' && { mergedInto }) }) : undefined,
    }
  }
  return (await swapUntilCommitted(store, subject, undefined, attempt, random.integer, timers)) !== undefined
}
