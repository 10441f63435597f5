import { Cluster, type Command, Redis, type RedisOptions } from 'ioredis'
import { LiverankError } from '../errors.ts'
import { anyNodeConnector, type NodeAddress } from './any-node-connector.ts'
import { type RedisCommands, withScripts } from './redis-scripts.ts'

/** How long a command may take before its caller is told that the store does not answer, in ms. */
const COMMAND_TIMEOUT_MS = 2000
/** How often a cluster is asked who serves what, without a reason to. */
const SLOTS_REFRESH_MS = 5000

/** The connections of one process. */
export interface RedisConnection {
  readonly commands: RedisCommands
  /** For subscriptions alone: it waits for ever, and subscribes again by itself, in a cluster at another node if need be. */
  readonly subscriber: Redis
  readonly isCluster: boolean
  close(): Promise<void>
}

/** A cluster in which a command's time also runs while no node can be found for it, or while it is sent on to others. */
class PromptCluster extends Cluster {
  override sendCommand(command: Command, ...rest: [stream?: Parameters<Cluster['sendCommand']>[1], node?: unknown]): unknown {
    command.setTimeout(COMMAND_TIMEOUT_MS)
    return super.sendCommand(command, ...rest)
  }
}

/**
 * Connects to one server, or to a cluster by the scheme `redis+cluster://host:port,host:port`.
 * @throws LiverankError CONFIGURATION when the address cannot be used
 */
export function connectRedis(url: string, warn: (message: string) => void): RedisConnection {
  const retryStrategy = (times: number) => Math.min(50 * times, 1000)
  const commandOptions: RedisOptions = {
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableAutoPipelining: false,
    retryStrategy,
  }
  const subscriberOptions: RedisOptions = { maxRetriesPerRequest: null, enableReadyCheck: false, retryStrategy }
  const address = parseUrl(url)
  let commands: RedisCommands
  let subscriber: Redis
  if (address.isCluster) {
    const { nodes } = address
    const cluster = new PromptCluster([...nodes], {
      redisOptions: commandOptions,
      clusterRetryStrategy: retryStrategy,
      retryDelayOnFailover: 100,
      // A master that hangs sends nobody on to its successor.
      slotsRefreshInterval: SLOTS_REFRESH_MS,
    })
    commands = withScripts(cluster)
    const known = () => {
      const found = cluster.nodes().map(({ options: { host = '', port = 0 } }) => ({ host, port }))
      return found.length > 0 ? found : nodes
    }
    subscriber = new Redis({ ...subscriberOptions, Connector: anyNodeConnector(known) })
  } else {
    commands = withScripts(new Redis(url, commandOptions))
    subscriber = new Redis(url, subscriberOptions)
  }
  commands.on('error', (error: Error) => warn(`redis (commands): ${error.message}`))
  subscriber.on('error', (error: Error) => warn(`redis (subscriber): ${error.message}`))
  return {
    commands,
    subscriber,
    isCluster: address.isCluster,
    close: async () => {
      // It has nothing to finish, and would wait for ever for a server that is away.
      subscriber.disconnect()
      await commands.quit().catch(() => {})
      commands.disconnect()
    },
  }
}

function parseUrl(url: string): { isCluster: true; nodes: NodeAddress[] } | { isCluster: false } {
  const cluster = /^redis\+cluster:\/\/(.+)$/.exec(url)
  if (!cluster) {
    if (!/^rediss?:\/\//.test(url)) {
      throw new LiverankError('CONFIGURATION', `REDIS_URL is ${url}: it begins with redis://, rediss:// or redis+cluster://.`)
    }
    return { isCluster: false }
  }
  const nodes = cluster[1].split(',').map((node) => {
    const { hostname, port } = new URL(`redis://${node}`)
    return { host: hostname, port: Number(port || 6379) }
  })
  return { isCluster: true, nodes }
}
