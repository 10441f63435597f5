import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Makes a function that says whether a request is the first of its connection, and cuts the connection at the second. Whoever asks for
 * figures needs one request: thousands in one packet would hold up the service.
 */
export function onePerConnection(): (request: IncomingMessage) => boolean {
  const asked = new WeakSet<Socket>()
  return ({ socket }) => {
    const isFirst = !asked.has(socket)
    if (isFirst) asked.add(socket)
    else socket.destroy()
    return isFirst
  }
}
