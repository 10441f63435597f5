import { createConnection, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectOverTls } from 'node:tls'
import { AbstractConnector } from 'ioredis'

/** Where a node of a Redis Cluster can be reached from this process. */
export interface NodeAddress {
  readonly host: string
  readonly port: number
}

const DISCONNECT_TIMEOUT_MS = 2000

/**
 * Makes a connector that lets an ordinary connection work with a cluster: each time, it connects to the next of the nodes known
 * then. A signal published on any node reaches all nodes.
 * @param known returns the known nodes
 * @param tls absent: without TLS
 */
export function anyNodeConnector(
  known: () => readonly NodeAddress[],
  tls: ConnectionOptions | undefined,
): new () => AbstractConnector {
  let next = 0
  return class extends AbstractConnector {
    constructor() {
      super(DISCONNECT_TIMEOUT_MS)
    }

    override async connect(): Promise<Socket> {
      this.connecting = true
      const nodes = known()
      const node = nodes[next++ % nodes.length]
      const socket = tls ? connectOverTls({ ...node, ...tls }) : createConnection({ ...node })
      socket.once('error', (error) => {
        this.firstError = error
      })
      this.stream = socket
      return socket
    }
  }
}
