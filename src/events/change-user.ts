import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { Randomness } from '../random.ts'
import { keptFor } from '../state/expiry.ts'
import type { Increments, WrittenIncrements } from '../state/increments.ts'
import type { MergeEntry, UploadEntry } from '../state/log-entry.ts'
import type { StateStore, Swap } from '../state/store.ts'
import type { Subject } from '../state/subject.ts'
import { checkVersion, nextVersion, type UserValue } from '../state/user-value.ts'
import { stampOf } from '../state/user-value-codec.ts'
import type { Timers } from '../timers.ts'
import { encodeSignal, swapUntilCommitted, type UserSignal } from './swap.ts'

export interface ChangeUserParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly clock: Clock
  readonly random: Randomness
  /** Timers; those of the system if absent. */
  readonly timers?: Timers
}

/** A change of a user value. `at` is the time of the clock of features, in ms. */
export interface UserChange {
  /**
   * Changes the value in place.
   * @param stamp identifies the stored state; empty if there is none
   * @returns false to write nothing
   */
  apply(value: UserValue, at: number, stamp: string): boolean
  /** Makes the log entry of the change. @param value the changed value, with its new version */
  entry(value: UserValue, at: number): UploadEntry | MergeEntry<WrittenIncrements>
  /** Returns what the change adds to shared sums, after `apply`. Nothing if absent. */
  increments?(): Increments | undefined
  /** Returns whether the value has no version of its own, and keeps the one that it has. If absent, it gets a new one. */
  keepsVersion?(value: UserValue): boolean
  /** Returns what to tell followers of the user beside the version; undefined to tell them nothing. If absent, only the version. */
  tells?(value: UserValue): Partial<UserSignal> | undefined
}

/**
 * Changes a user value in one swap together with its log entry. Events go through `RecordStep` instead.
 * @returns whether anything was written
 */
export async function changeUser(
  { store, domain, accumulators, clock, random, timers }: ChangeUserParts,
  userId: string,
  { apply, entry, increments = () => undefined, keepsVersion = () => false, tells = () => ({}) }: UserChange,
): Promise<boolean> {
  const subject: Subject = { kind: 'user', id: userId }
  const attempt = (current: Uint8Array | undefined): Swap | undefined => {
    const value = accumulators.codec.decodeOf(userId, current)
    const at = clock.now()
    const before = value.version
    const stamp = stampOf(current)
    if (!apply(value, at, stamp)) return undefined
    if (!keepsVersion(value)) value.version = nextVersion(value.version, clock.wall())
    checkVersion(userId, before, value.version)
    const { version } = value
    const told = tells(value)
    return {
      subject,
      expected: stamp,
      value: accumulators.codec.encode(value, random.stamp()),
      expiresIn: keptFor(value, domain.expiry),
      identities: [],
      now: at,
      entry: () => entry(value, at),
      increments: increments(),
      signal: told && encodeSignal({ userId, version, eventTypes: [], ...told }),
    }
  }
  return (await swapUntilCommitted(store, subject, undefined, attempt, random.integer, timers)) !== undefined
}
