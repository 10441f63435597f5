import type { WebSocket } from 'ws'

/** The parts of a socket that bound its messages, as they arrive and after decompression. */
interface Bounded {
  readonly _receiver: { _maxPayload: number; readonly _extensions: Readonly<Record<string, { _maxPayload: number } | undefined>> }
}

/** Sets the largest message that a socket reads, in bytes. ws itself takes it from its server, once for all. */
export function setLargestMessage(socket: WebSocket, bytes: number): void {
  const { _receiver: receiver } = socket as unknown as Bounded
  receiver._maxPayload = bytes
  const compression = receiver._extensions['permessage-deflate']
  if (compression) compression._maxPayload = bytes
}
