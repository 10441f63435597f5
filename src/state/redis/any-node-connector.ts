import { createConnection, type Socket } from 'node:net'
import { AbstractConnector } from 'ioredis'

export interface NodeAddress {
  readonly host: string
  readonly port: number
}

const DISCONNECT_TIMEOUT_MS = 2000

/**
 * Lets one ordinary connection live on a cluster: each time that it connects, to the next of the nodes that are known then. A
 * signal published at any node reaches all of them.
 */
export function anyNodeConnector(known: () => readonly NodeAddress[]): new () => AbstractConnector {
  let next = 0
  return class extends AbstractConnector {
    constructor() {
      super(DISCONNECT_TIMEOUT_MS)
    }

    override async connect(): Promise<Socket> {
      this.connecting = true
      const nodes = known()
      const socket = createConnection({ ...nodes[next++ % nodes.length] })
      socket.once('error', (error) => {
        this.firstError = error
      })
      this.stream = socket
      return socket
    }
  }
}
