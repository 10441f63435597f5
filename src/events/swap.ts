import { z } from 'zod'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import { UnavailableError } from '../errors.ts'
import { invariant } from '../invariant.ts'
import type { Randomness } from '../random.ts'
import type { Increments } from '../state/increments.ts'
import type { StateStore, Swap, SwapOutcome } from '../state/store.ts'
import type { Subject } from '../state/subject.ts'
import type { JsonObject, UserValue } from '../state/user-value.ts'
import { stampOf } from '../state/user-value-codec.ts'
import { pause, systemTimers, type Timers } from '../timers.ts'

/**
 * Refuses changes to a user who is being erased. The error does not name the user: whoever sent a merged id may not learn the other id.
 * @throws UnavailableError if an erasure began within the last ten minutes and has not ended
 */
export function refuseErasing(value: UserValue, now: number): void {
  if (!value.links.isBeingErased(now)) return
  throw new UnavailableError(
    'This user is being erased. Send this request again when the erasure has ended. If the erasure was interrupted, send the erasure again.',
  )
}

/** Returns what subtracts from shared sums what a user added to them; undefined for nothing. */
export function withdrawal(
  value: UserValue,
  { accumulators, catalogue }: { readonly accumulators: AccumulatorSet; readonly catalogue: Pick<Catalogue, 'lives'> },
): Increments | undefined {
  const ofFirstLives = catalogue.lives.collect(accumulators.layout)
  for (const { withdraw } of accumulators.accumulators) withdraw?.(value, ofFirstLives)
  const increments = catalogue.lives.rename(ofFirstLives, accumulators.layout)
  increments.assertSound()
  return increments.empty ? undefined : increments
}

/** What followers of a user are told: that something changed, never what a slate would show. */
const userSignal = z.object({
  userId: z.string(),
  version: z.number(),
  /** Time of recording, in ms of the wall clock of the recording process; absent for an upload. */
  recordedAt: z.number().optional(),
  /** Types of the events that changed the user; empty for an upload. */
  eventTypes: z.array(z.string()),
  /** Id of the user that this id was merged into; follow that user from now on. */
  mergedInto: z.string().optional(),
  /** Set if the user was erased: state begins anew, and versions may be lower than before. */
  erased: z.boolean().optional(),
})

export type UserSignal = z.infer<typeof userSignal>

/** Encodes a signal as JSON. */
export function encodeSignal(signal: UserSignal): string {
  return JSON.stringify(signal)
}

/** Makes the signal that followers of an erased user receive. */
export function erasedSignal(userId: string): string {
  return encodeSignal({ userId, version: 0, eventTypes: [], erased: true })
}

/** Decodes a signal. @throws SyntaxError if the text is not JSON @throws ZodError if the signal is invalid */
export function decodeSignal(json: string): UserSignal {
  return userSignal.parse(JSON.parse(json))
}

/** Enough that a value which many processes write at once still gets its turn. */
const ATTEMPTS = 200
const LONGEST_PAUSE_MS = 20

/** Makes a swap from the current stored value; undefined if nothing needs to be written. */
export type Attempt = (current: Uint8Array | undefined) => Swap | undefined

/**
 * Swaps a stored value, with repeated attempts and random pauses while other writers interfere.
 * @param first value to start from; read from the store if undefined
 * @param jitter returns a random integer from 0 to its argument - 1
 * @returns the final outcome: committed, or ids that are known already; undefined if nothing needed to be written
 * @throws UnavailableError if the store does not answer, or after 200 attempts
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
    checkSwap(swap, subject)
    const outcome = await store.swap(swap)
    if (outcome.status === 'known')
      invariant(outcome.nonces.length === swap.identities.length, 'NONCES_MISCOUNTED', 'a store answers for other event ids.')
    if (outcome.status !== 'conflict') return outcome
    current = outcome.value
    if (tries > 1) await pause(timers, jitter(Math.min(LONGEST_PAUSE_MS, 2 * tries)))
  }
  throw new UnavailableError(`Too many requests change ${subject.kind} ${subject.id} at the same time: send this request again.`)
}

/** @throws InvariantError for a swap of another subject, with the stamp of the value that it replaces, a wrong expiry, or an event twice */
function checkSwap({ subject, expected, value, expiresIn, identities }: Swap, { kind, id }: Subject): void {
  invariant(
    subject.kind === kind && subject.id === id,
    'SWAP_OF_ANOTHER',
    'a value would be written over that of another subject.',
  )
  invariant(
    stampOf(value) !== expected,
    'STAMP_KEPT',
    'a new value has the stamp of the one before: other writers would not notice it.',
  )
  invariant(expiresIn >= 0, 'EXPIRY_OUT_OF_RANGE', 'a value would expire before it is written.')
  invariant(
    identities.length < 2 || new Set(identities.map(({ hash }) => hash)).size === identities.length,
    'IDENTITY_TWICE',
    'an event would be recorded twice in one step.',
  )
}

export interface SwapUploadParts {
  readonly store: StateStore
  readonly clock: Clock
  readonly random: Randomness
  /** Timers; those of the system if absent. */
  readonly timers?: Timers
}

/** The new stored state after an upload. */
interface Uploaded {
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
