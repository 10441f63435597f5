import { type ErrorCode, LiverankError } from '../../errors.ts'
import { withoutCredentials } from './access.ts'
import { type ErrorReply, refusalIn, wordsOf } from './redis-errors.ts'

/** What to do, by how an error of Redis begins. The first that fits counts. */
const REMEDIES: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/^OOM/, 'UNAVAILABLE', 'Its memory is full: raise maxmemory of Redis, or free memory there. Then start again.'],
  [
    /^READONLY/,
    'UNAVAILABLE',
    'It is a replica: set REDIS_URL to its master, or to its sentinels. If it is about to become the master, start again.',
  ],
  [
    /^MISCONF/,
    'UNAVAILABLE',
    'It cannot write its data to disk: look into its log, make room on its disk or repair the disk, and start again.',
  ],
  [
    /^NOREPLICAS/,
    'UNAVAILABLE',
    'Too few replicas follow it: start them, or lower min-replicas-to-write of Redis. Then start again.',
  ],
  [
    /^MASTERDOWN/,
    'UNAVAILABLE',
    'It is a replica that has lost its master: set REDIS_URL to the master, or to its sentinels. Then start again.',
  ],
  [
    /^WRONGTYPE/,
    'CONFIGURATION',
    'Another program uses keys with the prefix of the service: set REDIS_PREFIX to a prefix that no other program uses.',
  ],
  [/^CLUSTERDOWN/, 'UNAVAILABLE', 'A part of its cluster is down: repair the cluster, and start again.'],
  [/^(LOADING|TRYAGAIN)/, 'UNAVAILABLE', 'It is not ready yet: start again once it is.'],
  [
    /^BUSY /,
    'UNAVAILABLE',
    'It is running a long script: wait until the script ends, or end it with SCRIPT KILL. Then start again.',
  ],
]

/**
 * Returns what the operator needs to know if Redis refused a command: the server, the command, what Redis said, and what to do.
 * @param where the setting and the address, without a password
 */
export function refusalError(reply: ErrorReply, where: string): LiverankError {
  const { command, message } = reply
  if (message.startsWith('NOPERM')) return new LiverankError('CONFIGURATION', `Redis at ${where}: ${missingPermission(message)}`)
  const name = command?.name
  const refused = typeof name !== 'string' || /^eval/i.test(name) ? 'a script of the service' : `the command ${name}`
  const [, code, remedy] = REMEDIES.find(([pattern]) => pattern.test(message)) ?? OTHER
  return new LiverankError(code, `Redis at ${where} refuses ${refused}, and says "${wordsOf(reply)}". ${remedy}`)
}

/**
 * Returns the `refusalError` of an operation that failed because Redis refused a command. Other errors are returned as they are.
 * @param url that of Redis
 */
export function refusedCommand(error: unknown, url: string): unknown {
  const reply = refusalIn(error)
  return reply ? refusalError(reply, `REDIS_URL ${withoutCredentials(url)}`) : error
}

const OTHER = [/^/, 'UNAVAILABLE', 'Look into the log of Redis, and check that its version is 7.0 or later.'] as const

/** Returns which permission the user of the service lacks in Redis, as the rest of a sentence, and what to do. */
export function missingPermission(message: string): string {
  const command = /'([\w|-]+)' command/.exec(message)?.[1]
  const what = command === undefined ? 'use the keys or channels of REDIS_PREFIX' : `run the command ${command}`
  return `its user may not ${what}. Grant it with ACL SETUSER.`
}
