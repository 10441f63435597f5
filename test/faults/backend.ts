import { Redis } from 'ioredis'
import { RedisCluster } from '../support/redis-cluster.ts'
import { RedisServer } from '../support/redis-server.ts'

/** A server with a connection for whoever tests. */
export interface Node {
  readonly server: RedisServer
  readonly admin: Redis
}

/** One Redis server that writes to disk. */
export interface Standalone {
  readonly kind: 'standalone'
  readonly url: string
  readonly nodes: readonly [Node]
  /** Starts again what was killed; resolves when all is as it was at first. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Three masters and three replicas that write to disk. */
export interface Clustered {
  readonly kind: 'cluster'
  readonly url: string
  readonly nodes: readonly Node[]
  readonly cluster: RedisCluster
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A folder of one process. */
export interface Embedded {
  readonly kind: 'embedded'
}

export type Backend = Standalone | Clustered | Embedded

const ON_DISK = { appendonly: 'yes', appendfsync: 'everysec' }

export async function startStandalone(): Promise<Standalone> {
  const server = await RedisServer.start(ON_DISK)
  const admin = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  admin.on('error', () => {})
  return {
    kind: 'standalone',
    url: server.url,
    nodes: [{ server, admin }],
    restart: async () => {
      await server.restart()
      await admin.ping()
    },
    stop: () => {
      admin.disconnect()
      return server.stop()
    },
  }
}

export async function startCluster(): Promise<Clustered> {
  const cluster = await RedisCluster.start(ON_DISK)
  let masters = await cluster.masters()
  return {
    kind: 'cluster',
    url: cluster.url,
    nodes: cluster.nodes,
    cluster,
    restart: async () => {
      // Masters first: what a replica has may be less.
      const killed = cluster.nodes.filter(({ server }) => !server.isRunning)
      if (killed.length < cluster.nodes.length) masters = await cluster.masters()
      const [first, then] = [true, false].map((isMaster) => killed.filter((node) => masters.includes(node) === isMaster))
      for (const nodes of [first, then]) await Promise.all(nodes.map(({ server }) => server.restart()))
      await cluster.untilWhole()
      masters = await cluster.masters()
    },
    stop: () => cluster.stop(),
  }
}
