import type { EventEmitter } from 'node:events'
import { Cluster, type Command, Redis, type RedisOptions } from 'ioredis'
import { LiverankError } from '../../errors.ts'
import { anyNodeConnector, type NodeAddress } from './any-node-connector.ts'
import { type RedisCommands, withScripts } from './scripts.ts'

/** How long a command may take before its caller is told that the store does not answer, in ms. */
const COMMAND_TIMEOUT_MS = 2000
/** How often a cluster is asked who serves what, without a reason to. */
const SLOTS_REFRESH_MS = 5000

/** Connections of one process to Redis. */
export interface RedisConnection {
  readonly commands: RedisCommands
  /**
   * Connection for subscriptions only. It retries forever, and subscribes again by itself; in a cluster, at another node if
   * necessary.
   */
  readonly subscriber: Redis
  readonly isCluster: boolean
  /** Returns the nodes of a cluster that are known now. */
  nodes(role: 'all' | 'master'): NodeAddress[]
  /**
   * Opens a separate connection to one master, or to the only server if `address` is undefined. It does not reconnect after it
   * breaks.
   */
  openMaster(address: NodeAddress | undefined): RedisCommands
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
 * Connects to one server, or to a cluster with the scheme `redis+cluster://host:port,host:port`.
 * @throws LiverankError CONFIGURATION if the address is invalid
 */
export function connectRedis(url: string, warn: (message: string) => void): RedisConnection {
  const retryStrategy = (times: number) => Math.min(50 * times, 1000)
  // What is asked for in one turn goes in one write, and what is large does not keep the rest waiting for its answer. (A Cluster
  // does not look at this, and must not have its own: there, a slot that has moved would fail all that goes with it.)
  const bounded: RedisOptions = {
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableAutoPipelining: true,
    autoPipeliningIgnoredCommands: ['liverankFold', 'xrange'],
  }
  const commandOptions: RedisOptions = { ...bounded, maxRetriesPerRequest: 1, retryStrategy }
  const subscriberOptions: RedisOptions = { maxRetriesPerRequest: null, enableReadyCheck: false, retryStrategy }
  const address = parseUrl(url)
  const masterOptions: RedisOptions = { ...bounded, retryStrategy: () => null }
  const watched = <C extends Redis | Cluster>(name: string, client: C): C => {
    const told: EventEmitter = client
    told.on('error', (error: Error) => warn(`redis (${name}): ${error.message}`))
    return client
  }
  let commands: RedisCommands
  let subscriber: Redis
  let nodes: RedisConnection['nodes'] = () => []
  if (address.isCluster) {
    const cluster = new PromptCluster([...address.nodes], {
      redisOptions: commandOptions,
      clusterRetryStrategy: retryStrategy,
      retryDelayOnFailover: 100,
      // A master that hangs sends nobody on to its successor.
      slotsRefreshInterval: SLOTS_REFRESH_MS,
    })
    commands = withScripts(watched('commands', cluster))
    nodes = (role) => cluster.nodes(role).map(({ options: { host = '', port = 0 } }) => ({ host, port }))
    const known = () => {
      const found = nodes('all')
      return found.length > 0 ? found : address.nodes
    }
    subscriber = watched('subscriber', new Redis({ ...subscriberOptions, Connector: anyNodeConnector(known) }))
  } else {
    commands = withScripts(watched('commands', new Redis(url, commandOptions)))
    subscriber = watched('subscriber', new Redis(url, subscriberOptions))
  }
  return {
    commands,
    subscriber,
    isCluster: address.isCluster,
    nodes,
    openMaster: (address) => {
      const client = address ? new Redis({ ...address, ...masterOptions }) : new Redis(url, masterOptions)
      return withScripts(watched('master', client))
    },
    close: async () => {
      // It has nothing to finish, and would wait for ever for a server that is away.
      subscriber.disconnect()
      await commands.quit().catch(() => {})
      commands.disconnect()
    },
  }
}

/** Parses a REDIS_URL. @throws LiverankError CONFIGURATION if it names no server */
export function parseUrl(url: string): { isCluster: true; nodes: readonly NodeAddress[] } | { isCluster: false } {
  const nodes = clusterNodesOf(url)
  if (nodes) return { isCluster: true, nodes }
  const parsed = /^rediss?:\/\//.test(url) ? URL.parse(url) : null
  if (!parsed?.hostname) {
    throw unusable(url, 'write redis://host:port, rediss://host:port or redis+cluster://host:port,host:port')
  }
  return { isCluster: false }
}

function clusterNodesOf(url: string): readonly NodeAddress[] | undefined {
  const cluster = /^redis\+cluster:\/\/(.*)$/.exec(url)
  if (!cluster) return undefined
  return cluster[1].split(',').map((node) => {
    const parsed = URL.parse(`redis://${node}`)
    if (!parsed?.hostname) throw unusable(url, `"${withoutPassword(node)}" is not host:port`)
    if (parsed.username !== '' || parsed.password !== '' || !['', '/'].includes(parsed.pathname)) {
      throw unusable(url, 'redis+cluster:// takes hosts and ports only, without a user, a password or a database')
    }
    return { host: parsed.hostname, port: Number(parsed.port || 6379) }
  })
}

function unusable(url: string, advice: string): LiverankError {
  return new LiverankError('CONFIGURATION', `REDIS_URL is ${withoutPassword(url)}: ${advice}.`)
}

/** Returns an address without its password, for logs. */
export function withoutPassword(url: string): string {
  return url.replace(/(^|\/\/|,)([^@/,]*):[^@,]*@/g, '$1$2:***@')
}
