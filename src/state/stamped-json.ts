import { countFailure } from '../invariant.ts'
import { STAMP_BYTES } from './user-value.ts'

/** A value that is kept as its stamp, then JSON. */
export function encodeStamped(value: object, stamp: Uint8Array): Buffer {
  return Buffer.concat([stamp, Buffer.from(JSON.stringify(value))])
}

/** What stands behind the stamp. @throws SyntaxError when it is no JSON */
export function decodeStamped(value: Uint8Array): unknown {
  return JSON.parse(Buffer.from(value).toString('utf8', STAMP_BYTES))
}

/**
 * What stands behind the stamp, if it can be read. What cannot is counted and reported: one such value must not stop a service, which
 * goes on as if it were absent.
 * @param problem says what cannot be read and what to do about it
 */
export function readStamped<T>(
  value: Uint8Array,
  parse: (json: unknown) => T,
  problem: string,
  onUnreadable: (error: Error) => void,
): T | undefined {
  try {
    return parse(decodeStamped(value))
  } catch (cause) {
    countFailure('STORED_VALUE_UNREADABLE')
    onUnreadable(new Error(problem, { cause }))
    return undefined
  }
}
