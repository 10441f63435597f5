import type { WebSocket } from 'ws'

const sent = new WeakMap<WebSocket, number>()

/** Closes a socket, as `WebSocket.close` does, and notes the code: a client that does not read never confirms it. */
export function close(socket: WebSocket, code?: number, reason?: string | Buffer): void {
  if (code !== undefined && !sent.has(socket) && socket.readyState === socket.OPEN) sent.set(socket, code)
  socket.close(code, reason)
}

/** Returns the code with which a socket was closed: that of the service, or else the one that came. */
export function closingCode(socket: WebSocket, received: number): number {
  return sent.get(socket) ?? received
}
