import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** Most bytes of an ordinary body. A larger one costs points, and its values are counted before it is parsed. */
export const ORDINARY_BODY_BYTES = 16 * 1024
/** Largest body of a request, in bytes. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024

/** Whether the body comes in chunks, without a length. */
export function isChunked({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] !== undefined
}

/**
 * Reads a body that comes in chunks, and counts them. Leaves the body where Yoga looks for one that is read already, and its length in the headers.
 * @returns false if the body is larger than `MAX_BODY_BYTES`; the rest of it is then not read
 * @throws Error if the connection breaks
 */
export async function readChunks(request: IncomingMessage): Promise<boolean> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length
    if (bytes > MAX_BODY_BYTES) return false
    chunks.push(chunk as Buffer)
  }
  request.headers['content-length'] = String(bytes)
  Object.assign(request, { body: Readable.from([Buffer.concat(chunks, bytes)]) })
  return true
}
