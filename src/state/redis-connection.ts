import type { EventEmitter } from 'node:events'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { LiverankError } from '../errors.ts'
import { type RedisCommands, withScripts } from './redis-scripts.ts'

/** How long a command may take before its caller is told that the store does not answer, in ms. */
const COMMAND_TIMEOUT_MS = 2000

/** The connections of one process. */
export interface RedisConnection {
  readonly commands: RedisCommands
  /** For subscriptions alone: it waits for ever, and subscribes again by itself. */
  readonly subscriber: Redis | Cluster
  readonly isCluster: boolean
  close(): Promise<void>
}

/**
 * Connects to one server, or to a cluster by the scheme `redis+cluster://host:port,host:port`.
 * @throws LiverankError CONFIGURATION when the address cannot be used
 */
export function connectRedis(url: string, warn: (message: string) => void): RedisConnection {
  const commandOptions: RedisOptions = {
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableAutoPipelining: false,
    retryStrategy: (times) => Math.min(50 * times, 1000),
  }
  const subscriberOptions: RedisOptions = {
    maxRetriesPerRequest: null,
    enableReadyCheck: false,
    retryStrategy: (times) => Math.min(50 * times, 1000),
  }
  const { isCluster, nodes, single } = parseUrl(url)
  const make = (options: RedisOptions): Redis | Cluster =>
    isCluster
      ? new Cluster(nodes, {
          redisOptions: options,
          clusterRetryStrategy: (times) => Math.min(50 * times, 1000),
          retryDelayOnFailover: 100,
        })
      : new Redis(single, options)
  const commands = withScripts(make(commandOptions))
  const subscriber = make(subscriberOptions)
  const clients: [string, EventEmitter][] = [
    ['commands', commands],
    ['subscriber', subscriber],
  ]
  for (const [name, client] of clients) client.on('error', (error: Error) => warn(`redis (${name}): ${error.message}`))
  return {
    commands,
    subscriber,
    isCluster,
    close: async () => {
      // It has nothing to finish, and would wait for ever for a server that is away.
      subscriber.disconnect()
      await commands.quit().catch(() => {})
      commands.disconnect()
    },
  }
}

function parseUrl(url: string): { isCluster: boolean; nodes: { host: string; port: number }[]; single: string } {
  const cluster = /^redis\+cluster:\/\/(.+)$/.exec(url)
  if (!cluster) {
    if (!/^rediss?:\/\//.test(url)) {
      throw new LiverankError('CONFIGURATION', `REDIS_URL is ${url}: it begins with redis://, rediss:// or redis+cluster://.`)
    }
    return { isCluster: false, nodes: [], single: url }
  }
  const nodes = cluster[1].split(',').map((node) => {
    const { hostname, port } = new URL(`redis://${node}`)
    return { host: hostname, port: Number(port || 6379) }
  })
  return { isCluster: true, nodes, single: '' }
}
