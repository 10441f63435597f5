import { type Client, createClient } from 'graphql-ws/client'
import type { Clock } from './clock.ts'

const PING_MS = 20_000
const LONGEST_PONG_MS = 10_000
/** A page that goes from one screen to the next keeps its socket. */
const UNUSED_MS = 2_000

export interface SocketOptions {
  /** Endpoint of the service, as for HTTP. */
  readonly url: string
  readonly clock: Clock
  /** A class for WebSockets, where there is no global one: `WebSocket` of the package `ws`, in Node 20. */
  readonly webSocket: unknown
  /** Returns the token to show; none if undefined. */
  readonly token: () => Promise<string | undefined>
}

/**
 * Makes the WebSocket of a device: one for all its subscriptions, open while there are any. It does not connect again by itself: each
 * subscription decides that. If the service does not answer a ping, or the first message, the connection is dead,
 * and is closed.
 */
export function openSocket({ url, clock, webSocket, token }: SocketOptions): Client {
  let cancelWait = () => {}
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    ...(webSocket !== undefined && { webSocketImpl: webSocket }),
    connectionParams: async () => {
      const shown = await token()
      return shown === undefined ? {} : { Authorization: `Bearer ${shown}` }
    },
    retryAttempts: 0,
    lazyCloseTimeout: UNUSED_MS,
    connectionAckWaitTimeout: LONGEST_PONG_MS,
    keepAlive: PING_MS,
    on: {
      ping: (isReceived) => {
        if (!isReceived) cancelWait = clock.after(LONGEST_PONG_MS, () => client.terminate())
      },
      pong: (isReceived) => {
        if (isReceived) cancelWait()
      },
      closed: () => cancelWait(),
    },
  })
  return client
}
