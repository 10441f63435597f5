import type { IncomingMessage } from 'node:http'
import type { PerMessageDeflateOptions, WebSocket } from 'ws'
import { STREAM_DEFLATE } from './compression-budget.ts'

const { windowBits, memLevel, level } = STREAM_DEFLATE

/**
 * Options of the compression of messages (permessage-deflate). The messages of the service share one context, so that a slate
 * costs only its difference from the previous slate. The messages of a client share none. Otherwise, the size of later messages
 * would reveal the token in `connection_init` to an eavesdropper who controls part of their content, such as a search text.
 */
export const SOCKET_DEFLATE: PerMessageDeflateOptions = {
  serverMaxWindowBits: windowBits,
  clientNoContextTakeover: true,
  zlibDeflateOptions: { memLevel, level },
  concurrencyLimit: 10,
}

/**
 * Tells whether the client offers a compression that the service supports. Offers of a smaller window do not count: accepting one
 * would end the upgrade with 400 instead of leaving the socket uncompressed.
 */
export function offersCompression({ headers }: IncomingMessage): boolean {
  const offer = headers['sec-websocket-extensions'] ?? ''
  const [, bits = windowBits] = /\bserver_max_window_bits\s*=\s*"?(\d+)/.exec(offer) ?? []
  return offer.includes('permessage-deflate') && Number(bits) >= windowBits
}

/** Tells whether client and service agreed on compression for the socket. */
export function isCompressed(socket: WebSocket): boolean {
  return socket.extensions.includes('permessage-deflate')
}
