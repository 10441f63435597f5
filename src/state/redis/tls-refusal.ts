import { type ConnectionOptions, connect } from 'node:tls'
import type { NodeAddress } from './any-node-connector.ts'

/** How long a server is listened to, in ms. */
const LISTENS_MS = 1000

/**
 * Returns why a server ends TLS connections; undefined if it does not say. With TLS 1.3 it judges the certificate of a client after the
 * client counts as connected. If the client has sent a command by then, the end of the connection may overtake the reason, which is
 * lost. So this connection sends nothing, and listens.
 */
export function readTlsRefusal({ host, port }: NodeAddress, options: ConnectionOptions): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...options, host, port })
    const end = (error?: Error) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(error)
    }
    const timer = setTimeout(end, LISTENS_MS)
    // It may fail once more, when it is destroyed.
    socket.on('error', end)
    socket.once('close', () => end())
    // Without a reader, the end of the connection goes unnoticed.
    socket.resume()
  })
}
