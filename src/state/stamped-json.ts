import { STAMP_BYTES } from './user-value.ts'

/** A value that is kept as its stamp, then JSON. */
export function encodeStamped(value: object, stamp: Uint8Array): Buffer {
  return Buffer.concat([stamp, Buffer.from(JSON.stringify(value))])
}

/** What stands behind the stamp. @throws SyntaxError when it is no JSON */
export function decodeStamped(value: Uint8Array): unknown {
  return JSON.parse(Buffer.from(value).toString('utf8', STAMP_BYTES))
}
