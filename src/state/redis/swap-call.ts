import { encodeKeptEvent, KEPT_EVENTS } from '../kept-events.ts'
import type { Swap, SwapOutcome } from '../store.ts'
import { channelOf } from '../subject.ts'
import { SAMPLED_USERS, sampleScore } from '../user-sample.ts'
import type { RedisKeys } from './keys.ts'
import { identityScore, nonceOf } from './scripts/identity-score.ts'
import type { SwapReply } from './scripts.ts'

export interface SwapCallParts {
  readonly keys: RedisKeys
  /** Id of the store that the process opened. A server that holds another store refuses the swap. */
  readonly store: string
  /** Time for which an event id stays known, in ms. */
  readonly lateness: number
  /** Highest score of the full sample of the partition, as last seen; undefined if unknown. */
  readonly sampleBound: number | undefined
}

/**
 * Makes the arguments of one call of the swap script.
 * @param logged log entry of the swap
 */
export function swapCall(
  { keys, store, lateness, sampleBound }: SwapCallParts,
  swap: Swap,
  logged: ReturnType<Swap['entry']>,
): (string | Buffer | number)[] {
  const { subject, now, identities } = swap
  const partition = keys.partition(subject.id)
  const { increments, ...entry } = { increments: [], ...logged }
  const { events, expiresIn } = swap.keptEvents ?? { events: [], expiresIn: 0 }
  // Pushed one by one to the front of the list: the last stands first.
  const latest = events.slice(-KEPT_EVENTS).map(encodeKeptEvent)
  const score = latest.length > 0 ? sampleScore(subject.id) : Number.POSITIVE_INFINITY
  const isSampled = score < Number.POSITIVE_INFINITY && score <= (sampleBound ?? score)
  const scored = identities.flatMap(({ hash, nonce }) => [Buffer.from(hash, 'latin1'), identityScore(now, nonce)])
  return [
    keys.value(subject),
    keys.log(partition),
    keys.identities(subject),
    keys.presence(subject.id),
    keys.index(partition, subject.kind),
    keys.events(subject.id),
    keys.sample(partition),
    keys.store(partition),
    Buffer.from(swap.expected, 'latin1'),
    swap.value,
    swap.expiresIn,
    JSON.stringify(entry),
    JSON.stringify(increments),
    keys.channel(channelOf(subject)),
    swap.signal ?? '',
    subject.kind === 'user' ? '' : subject.id,
    identityScore(now - lateness, 0),
    lateness,
    isSampled ? subject.id : '',
    isSampled ? score : '',
    SAMPLED_USERS,
    expiresIn,
    KEPT_EVENTS,
    store,
    latest.length,
    ...latest,
    ...scored,
  ]
}

/** Outcome of a swap as the script replies it. */
export type RepliedOutcome =
  | Exclude<SwapOutcome, { status: 'committed' }>
  /** `sampleBound` is the highest score of the full sample of the partition; undefined if the user was not sent for it. */
  | { readonly status: 'committed'; readonly sampleBound: number | undefined }
  /** The server holds another store; nothing was written. */
  | { readonly status: 'refused' }

/** Reads the reply of the swap script. */
export function swapOutcome([status, answer]: SwapReply): RepliedOutcome {
  if (status === 1) return { status: 'conflict', value: (answer as Buffer | null) ?? undefined }
  if (status === 2) {
    const scores = answer as (Buffer | null)[]
    return { status: 'known', nonces: scores.map((score) => (score === null ? undefined : nonceOf(Number(score)))) }
  }
  if (status === 3) return { status: 'refused' }
  return { status: 'committed', sampleBound: answer ? Number(answer) : undefined }
}
