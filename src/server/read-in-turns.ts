import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

/** As many bytes as Node reads at once. After a full read, libuv reads the same connection again, up to 32 times, before it turns to others. */
const FULL_READ_BYTES = 64 * 1024

/**
 * Lets other connections have their turn after each full read of a socket. A message in fragments of one byte takes about 1 s of CPU time for
 * 2 MB, and with 20 such sockets, others waited 12 s for an answer.
 * @param connection what the socket uses
 */
export function readInTurns(socket: WebSocket, connection: Socket): void {
  const { _receiver: receiver } = socket as unknown as { readonly _receiver: { readonly writableNeedDrain: boolean } }
  connection.on('data', ({ length }: Buffer) => {
    if (length < FULL_READ_BYTES) return
    connection.pause()
    // Not while the socket is paused, or while its receiver has enough: they resume the connection themselves.
    setImmediate(() => void (socket.isPaused || receiver.writableNeedDrain || connection.resume()))
  })
}
