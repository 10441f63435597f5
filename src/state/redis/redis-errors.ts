import { UnavailableError } from '../../errors.ts'

/**
 * Awaits a reply of Redis. Turns an error of Redis or of the connection into an UnavailableError, after which the caller may try
 * again.
 */
export async function answered<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    throw new UnavailableError(`${reasonOf(error as Error)}: send it again.`, { cause: error })
  }
}

/** In words of our own: those of Redis and of its client name keys, and advise whoever operates them. */
function reasonOf({ name, message }: Error): string {
  if (message.startsWith('OOM')) return 'The store is out of memory, and accepts no writes until some is free'
  if (/^(LOADING|MASTERDOWN|CLUSTERDOWN|READONLY|TRYAGAIN|MOVED|ASK|UNBLOCKED)\b/.test(message)) {
    return 'The store is starting, or moving to another server'
  }
  if (message === 'Command timed out') return 'The store did not answer in time'
  if (name === 'ReplyError') return 'The store refused the command'
  return 'The store did not answer'
}
