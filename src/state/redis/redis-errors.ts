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
    forgetArguments(error as ErrorReply)
    const failure = failureOf(error as Error)
    failures[failure]++
    throw new UnavailableError(`${SENTENCES[failure]}: send the request again.`, { cause: error })
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

/** An error with which Redis replied to a command. The client adds the command, with its arguments. */
export interface ErrorReply extends Error {
  command?: { readonly name?: unknown }
  /** What a node of a cluster replied, if none could be used. */
  readonly lastNodeError?: ErrorReply | null
}

/**
 * Removes the arguments of the command from an error of the client, because whoever prints the error prints them too. They are data of
 * users, and with AUTH a password.
 */
export function forgetArguments(error: ErrorReply): void {
  if (error.command) error.command = { name: error.command.name }
  if (error.lastNodeError) forgetArguments(error.lastNodeError)
}

/** Most characters of what Redis says to an operator. */
const MOST_SAID = 300

/** Returns the reply of Redis that an operation failed with; undefined if it failed otherwise. */
export function refusalIn(error: unknown): ErrorReply | undefined {
  const cause = error instanceof UnavailableError ? error.cause : error
  return cause instanceof Error && cause.name === 'ReplyError' ? cause : undefined
}

/** Returns what Redis says in an error reply, in one line, without arguments of commands: they may be data of users, or a password. */
export function wordsOf({ message }: Error): string {
  const [said] = message.split(/,? with args beginning with|\. ?script: |,? script: /)
  return said
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, MOST_SAID)
    .replace(/\.$/, '')
}
