import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

type Decompress = (data: Buffer, isLast: boolean, done: (error: Error | null, message?: Buffer) => void) => void

/** The part of a socket that decompresses its messages. */
interface Decompressing {
  readonly _receiver: { readonly _extensions: Readonly<Record<string, { decompress: Decompress } | undefined>> }
}

/**
 * Lets the socket decompress a message only when its sender is not held. A message of 2 MiB may take 2 KB when compressed, so that senders
 * without points could have as many decompressed as the process can. What comes after it on the socket waits too. ws itself decompresses each
 * message at once.
 * @param connection what the socket uses
 * @param holdOf returns how long the sender is held, in ms, or resolves when that can be asked again
 */
export function holdDecompression(socket: WebSocket, connection: Socket, holdOf: () => number | Promise<unknown>): void {
  const compression = (socket as unknown as Decompressing)._receiver._extensions['permessage-deflate']
  if (!compression) return
  const decompress = compression.decompress.bind(compression)
  compression.decompress = (data, isLast, done) => {
    const hold = holdOf()
    if (hold === 0) return decompress(data, isLast, done)
    if (typeof hold !== 'number') return void hold.then(() => compression.decompress(data, isLast, done))
    const goOn = () => {
      clearTimeout(timer)
      connection.off('close', goOn)
      if (connection.destroyed) done(new Error('The connection was closed while a message waited for points of its sender.'))
      else decompress(data, isLast, done)
    }
    const timer = setTimeout(goOn, hold)
    connection.once('close', goOn)
    if (connection.destroyed) goOn()
  }
}
