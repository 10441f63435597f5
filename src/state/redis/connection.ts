import type { EventEmitter } from 'node:events'
import { Cluster, type Command, Redis, type RedisOptions } from 'ioredis'
import type { RedisClient } from '../store-figures.ts'
import { placeOf, type RedisAccess, type RedisPlace } from './access.ts'
import { anyNodeConnector, type NodeAddress } from './any-node-connector.ts'
import { beginOf, forgetArguments } from './redis-errors.ts'
import { type RedisCommands, withScripts } from './scripts.ts'

/** How long a command may take before its caller is told that the store does not answer, in ms. */
const COMMAND_TIMEOUT_MS = 2000
/** How long a connection that could not be made is left alone, in ms. */
const REVIVE_MS = 1000
/** How often a cluster is asked who serves what, without a reason to. */
const SLOTS_REFRESH_MS = 5000

/** Connections of one process to Redis. */
export interface RedisConnection {
  readonly commands: RedisCommands
  /**
   * Connection for subscriptions only. It retries forever; in a cluster, at another node if necessary. Whoever subscribes does so again
   * whenever it is ready.
   */
  readonly subscriber: Redis
  readonly isCluster: boolean
  /** Whether sentinels replace a master that fails. */
  readonly hasSentinels: boolean
  /** Returns how many commands were sent and are not answered yet. */
  inFlight(): number
  /** Returns the nodes of a cluster that are known now. */
  nodes(role: 'all' | 'master'): NodeAddress[]
  /**
   * Opens a separate connection to one master, or to the only master if `address` is undefined. It does not reconnect after it
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

const retryStrategy = (times: number) => Math.min(50 * times, 200)
/** A master that has become a replica refuses writes: its successor is looked up. */
const reconnectOnError = (error: Error) => error.message.startsWith('READONLY')

// What is asked for in one turn goes in one write, and what is large does not keep the rest waiting for its answer. (A Cluster
// does not look at this, and must not have its own: there, a slot that has moved would fail all that goes with it.)
const BOUNDED: RedisOptions = {
  commandTimeout: COMMAND_TIMEOUT_MS,
  enableAutoPipelining: true,
  // ASKING counts for the command that is sent right after it.
  autoPipeliningIgnoredCommands: ['liverankFold', 'xrange', 'asking'],
}
const COMMANDS: RedisOptions = { ...BOUNDED, maxRetriesPerRequest: 1, retryStrategy, reconnectOnError }
// ioredis does not look at whether its own subscribing again is refused: an error that nobody handles ends the process.
const SUBSCRIBER: RedisOptions = { maxRetriesPerRequest: null, autoResubscribe: false, retryStrategy }
const ONE_MASTER: RedisOptions = { ...BOUNDED, retryStrategy: () => null, sentinelRetryStrategy: () => null }

/**
 * Connects to one server, to a cluster, or to the master that sentinels name.
 * @param counts counts the errors of the connections
 * @throws LiverankError CONFIGURATION if the address is invalid
 */
export function connectRedis(access: RedisAccess, warn: (message: string) => void, counts = newCounts()): RedisConnection {
  const place = placeOf(access)
  const pulse = new Pulse()
  let isClosed = false
  const watched: Watched = (name, client) => {
    const told: EventEmitter = client
    told.on('error', (error: Error) => {
      forgetArguments(error)
      counts.errors[name]++
      warn(`redis (${name}): ${beginOf(error)}`)
    })
    told.on('reconnecting', () => counts.reconnects[name]++)
    if (client instanceof Redis) pulse.watch(client)
    else
      told.on('+node', (node: Redis) => {
        node.on('error', forgetArguments)
        asksQuietly(node)
        pulse.watch(node)
      })
    return client
  }
  const { commands, subscriber, nodes, inFlight } = clientsOf(place, watched)
  // An address that no connection can have, such as one with the port 0 from a sentinel, is the end of it for ioredis.
  for (const client of [commands, subscriber])
    client.on('end', () => {
      if (!isClosed) setTimeout(() => !isClosed && client.connect().catch(() => {}), REVIVE_MS).unref()
    })
  return {
    commands,
    subscriber,
    nodes,
    inFlight,
    isCluster: place.kind === 'cluster',
    hasSentinels: place.kind === 'sentinel',
    openMaster: (address) => {
      const at = address ?? masterOptionsOf(place)
      return withScripts(watched('master', new Redis({ ...place.options, ...at, ...ONE_MASTER })))
    },
    close: async () => {
      isClosed = true
      pulse.stop()
      // It has nothing to finish, and would wait for ever for a server that is away.
      subscriber.disconnect()
      await commands.quit().catch(() => {})
      commands.disconnect()
    },
  }
}

/** ioredis looks at no failure of the ASKING that it sends before a command that a node redirects: it would end the process. */
function asksQuietly(node: Redis): void {
  const ask = node.asking.bind(node)
  node.asking = () => {
    const asked = ask()
    asked.catch(() => {})
    return asked
  }
}

/** Counts of the connections of one process. */
export type RedisCounts = Record<'errors' | 'reconnects', Record<RedisClient, number>>

/** Makes counts that are all 0. */
export function newCounts(): RedisCounts {
  return { errors: { commands: 0, subscriber: 0, master: 0 }, reconnects: { commands: 0, subscriber: 0, master: 0 } }
}

type Watched = <C extends Redis | Cluster>(name: RedisClient, client: C) => C

type Clients = Pick<RedisConnection, 'commands' | 'subscriber' | 'nodes' | 'inFlight'>

function clientsOf(place: RedisPlace, watched: Watched): Clients {
  if (place.kind !== 'cluster') {
    const at = { ...place.options, ...masterOptionsOf(place) }
    const client = watched('commands', new Redis({ ...at, ...COMMANDS }))
    const subscriber = watched('subscriber', new Redis({ ...at, ...SUBSCRIBER }))
    return { commands: withScripts(client), subscriber, nodes: () => [], inFlight: () => client.commandQueue.length }
  }
  const cluster = new PromptCluster([...place.nodes], {
    redisOptions: { ...place.options, ...COMMANDS },
    clusterRetryStrategy: retryStrategy,
    retryDelayOnFailover: 100,
    // A master that hangs sends nobody on to its successor.
    slotsRefreshInterval: SLOTS_REFRESH_MS,
  })
  const nodes: RedisConnection['nodes'] = (role) =>
    cluster.nodes(role).map(({ options: { host = '', port = 0 } }) => ({ host, port }))
  const known = () => {
    const found = nodes('all')
    return found.length > 0 ? found : place.nodes
  }
  const Connector = anyNodeConnector(known, place.options.tls)
  const subscriber = watched('subscriber', new Redis({ ...place.options, ...SUBSCRIBER, Connector }))
  const inFlight = () => cluster.nodes('all').reduce((sum, { commandQueue }) => sum + commandQueue.length, 0)
  return { commands: withScripts(watched('commands', cluster)), subscriber, nodes, inFlight }
}

/** Options that find the only master: its address, or the sentinels that know it. */
function masterOptionsOf(place: RedisPlace): RedisOptions {
  if (place.kind === 'server') return place.node
  if (place.kind === 'cluster') return { ...place.nodes[0] }
  const { username, password, tls } = place.sentinelOptions
  return {
    sentinels: [...place.nodes],
    name: place.masterName,
    // A sentinel that hangs sends nobody on to the next one.
    sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
    ...(username !== undefined && { sentinelUsername: username }),
    ...(password !== undefined && { sentinelPassword: password }),
    ...(tls !== undefined && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    // A master that hangs keeps its connections open while its successor serves.
    failoverDetector: true,
  }
}

/** How often each connection is asked for a sign of life, in ms. */
const BEAT_MS = 5000
/** Number of beats without an answer after which the connection is made again. */
const MOST_MISSED = 2

/** The last question on a connection, and the beats that went by without an answer. */
interface Question {
  isAnswered: boolean
  missed: number
}

/**
 * Reconnects connections on which the server no longer answers although nothing has closed them. The server may hang, the network
 * may have lost the connection, or the end of a reply may be missing.
 */
class Pulse {
  readonly #questions = new Map<Redis, Question>()
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setInterval(() => this.#beat(), BEAT_MS)
    this.#timer.unref()
  }

  watch(client: Redis): void {
    client.on('ready', () => this.#questions.set(client, { isAnswered: true, missed: 0 }))
    client.on('close', () => this.#questions.delete(client))
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #beat(): void {
    for (const [client, question] of this.#questions) {
      question.missed = question.isAnswered ? 0 : question.missed + 1
      if (question.missed >= MOST_MISSED) {
        client.disconnect(true)
        continue
      }
      question.isAnswered = false
      client.ping().then(
        () => {
          question.isAnswered = true
        },
        () => {},
      )
    }
  }
}
