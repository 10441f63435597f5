import { countFailure } from '../invariant.ts'
import { STAMP_BYTES } from './user-value-codec.ts'

/** Encodes a value as its stamp followed by JSON. */
export function encodeStamped(value: object, stamp: Uint8Array): Buffer {
  return Buffer.concat([stamp, Buffer.from(JSON.stringify(value))])
}

/** Decodes the JSON after the stamp. @throws SyntaxError if it is not JSON */
export function decodeStamped(value: Uint8Array): unknown {
  return JSON.parse(Buffer.from(value).toString('utf8', STAMP_BYTES))
}

/**
 * Decodes and parses the JSON after the stamp. Failures are counted and reported, and the value counts as absent: one unreadable
 * value must not stop the service.
 * @param problem message that says what cannot be read, and what to do
 * @returns undefined if the value cannot be read
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
