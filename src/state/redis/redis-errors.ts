import { UnavailableError } from '../../errors.ts'
import type { FailedReply } from '../store-figures.ts'

/**
 * Awaits a reply of Redis. Turns an error of Redis or of the connection into an UnavailableError, after which the caller may try
 * again.
 */
export async function answered<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    const failure = failureOf(error as Error)
    failures[failure]++
    throw new UnavailableError(`${SENTENCES[failure]}: send it again.`, { cause: error })
  }
}

/** Returns how often awaited replies of Redis failed since this process started, by reason. */
export function failedReplies(): Readonly<Record<FailedReply, number>> {
  return failures
}

const failures: Record<FailedReply, number> = { memory: 0, moving: 0, timeout: 0, refused: 0, connection: 0 }

/** In words of our own: those of Redis and of its client name keys, and advise whoever operates them. */
const SENTENCES: Readonly<Record<FailedReply, string>> = {
  memory: 'The store is out of memory, and accepts no writes until some is free',
  moving: 'The store is starting, or moving to another server',
  timeout: 'The store did not answer in time',
  refused: 'The store refused the command',
  connection: 'The store did not answer',
}

function failureOf({ name, message }: Error): FailedReply {
  if (message.startsWith('OOM')) return 'memory'
  if (/^(LOADING|MASTERDOWN|CLUSTERDOWN|READONLY|TRYAGAIN|MOVED|ASK|UNBLOCKED)\b/.test(message)) return 'moving'
  if (message === 'Command timed out') return 'timeout'
  return name === 'ReplyError' ? 'refused' : 'connection'
}

/** Most characters of an error in the log. */
const MOST_LOGGED = 500

/** Returns the begin of what an error says, for the log: a server words its errors, and a sentinel names hosts, at any length. */
export function beginOf({ message }: Error): string {
  return message.slice(0, MOST_LOGGED)
}
