import type { GraphQLError } from 'graphql'
import type { Principal } from '../auth/principal.ts'
import { tooManyValues } from './json-values.ts'
import { largestOperation, messageTooLarge } from './message-size.ts'
import { tooEarly } from './rate-limits.ts'

const TEXT = '"(?:[^"\\\\]|\\\\.){0,1000}"'
const TYPE = `"type"\\s*:\\s*${TEXT}`
/** Most characters of an id with its neighbours. */
const AROUND = 2500
const AT_START = new RegExp(`^\\s*\\{\\s*(?:${TYPE}\\s*,\\s*)?"id"\\s*:\\s*(${TEXT})\\s*,`)
const AT_END = new RegExp(`,\\s*"id"\\s*:\\s*(${TEXT})\\s*(?:,\\s*${TYPE}\\s*)?\\}\\s*$`)

/**
 * Finds the id of an operation in a message of graphql-transport-ws that is not parsed. The fields `id`, `type` and `payload` may have any
 * order. A client that hides its id among other fields gets an answer to another id, or none.
 */
export function unparsedId(message: string): string | undefined {
  const found = AT_START.exec(message.slice(0, AROUND)) ?? AT_END.exec(message.slice(-AROUND))
  try {
    const id: unknown = found?.[1] === undefined ? undefined : JSON.parse(found[1])
    return typeof id === 'string' && id !== '' ? id : undefined
  } catch {
    return undefined
  }
}

/**
 * Returns the error of an operation whose message is not parsed.
 * @param bytes size of the message
 * @param waitMs time until its sender may send as large a message, in ms; 0 for now
 * @returns undefined if the message may be parsed
 */
export function refusalOfUnparsed(
  message: string,
  bytes: number,
  principal: Principal | undefined,
  waitMs: number,
): GraphQLError | undefined {
  if (waitMs > 0) return tooEarly(waitMs, false)
  const problem = tooManyValues(message)
  const most = largestOperation(principal)
  return problem && bytes > most ? messageTooLarge(bytes, most, undefined) : problem
}
