import { createHash } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { type Encoding, preferredEncoding } from './http-compression.ts'

/** A file in memory that is answered again and again: as it is, and compressed if the service compresses answers. */
export interface KeptFile {
  readonly bodies: ReadonlyMap<Encoding | 'identity', Buffer>
  /** Hash of the content. */
  readonly etag: string
}

/** Makes a file of its content and its compressed forms. */
export function keepFile(bodies: KeptFile['bodies']): KeptFile {
  return { bodies, etag: createHash('sha256').update(bodies.get('identity')!).digest('base64url') }
}

/**
 * Answers with a file, in the encoding that the client prefers, or with 304 if the client has it already.
 * @param more further headers; `vary` among them names `Accept-Encoding`
 */
export function sendKept(
  { bodies, etag }: KeptFile,
  { headers: asked, method }: IncomingMessage,
  response: ServerResponse,
  more: OutgoingHttpHeaders & { readonly vary: string },
): void {
  const preferred = preferredEncoding(asked['accept-encoding'])
  const encoding = preferred && bodies.has(preferred) ? preferred : 'identity'
  const tag = `"${etag}-${encoding}"`
  const headers = { ...more, etag: tag }
  if (asked['if-none-match'] === tag) {
    response.writeHead(304, headers).end()
    return
  }
  const body = bodies.get(encoding)!
  const coding = encoding === 'identity' ? {} : { 'content-encoding': encoding }
  response.writeHead(200, { ...headers, ...coding, 'content-length': body.length })
  response.end(method === 'HEAD' ? undefined : body)
}
