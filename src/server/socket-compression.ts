import type { IncomingMessage } from 'node:http'
import type { PerMessageDeflateOptions, WebSocket } from 'ws'
import { STREAM_DEFLATE } from './compression-budget.ts'

const { windowBits, memLevel, level } = STREAM_DEFLATE

/**
 * How messages are compressed (permessage-deflate). What the service sends shares one context, so that a slate costs what differs
 * from the one before. What a client sends does not: otherwise the size of later messages would tell an eavesdropper who may write
 * some of their content, such as a search text, about the token in `connection_init`.
 */
export const SOCKET_DEFLATE: PerMessageDeflateOptions = {
  serverMaxWindowBits: windowBits,
  clientNoContextTakeover: true,
  zlibDeflateOptions: { memLevel, level },
  concurrencyLimit: 10,
}

/**
 * Whether the client offers a compression that the service can do. An offer of a smaller window would end the upgrade with 400
 * instead of leaving the socket uncompressed.
 */
export function offersCompression({ headers }: IncomingMessage): boolean {
  const offer = headers['sec-websocket-extensions'] ?? ''
  const [, bits = windowBits] = /\bserver_max_window_bits\s*=\s*"?(\d+)/.exec(offer) ?? []
  return offer.includes('permessage-deflate') && Number(bits) >= windowBits
}

/** Whether compression was agreed for the socket. */
export function isCompressed(socket: WebSocket): boolean {
  return socket.extensions.includes('permessage-deflate')
}
