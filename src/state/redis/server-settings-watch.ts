import type { Redis } from 'ioredis'
import type { Clock } from '../../clock.ts'
import { LiverankError } from '../../errors.ts'
import { DAY } from '../../time-units.ts'
import type { StorePolicy } from '../opened-store.ts'
import type { NodeAddress } from './any-node-connector.ts'
import type { RedisConnection } from './connection.ts'
import { answered } from './redis-errors.ts'
import { serverTime } from './server-time.ts'

/** How often the servers are asked, in ms. */
const CHECK_MS = 30_000
const KEEPS_ALL = 'noeviction'

/** Settings of one master; undefined where it does not tell them. */
interface ServerPolicy {
  readonly server: string
  /** In ms since 1970, by its own clock. */
  readonly time: number
  readonly maxmemoryPolicy: string | undefined
  readonly appendOnly: boolean | undefined
}

export interface RedisPolicyOptions {
  readonly connection: RedisConnection
  /** Whether the operator accepts that Redis evicts keys. */
  readonly allowsEviction: boolean
  readonly warn: (message: string) => void
}

/**
 * Checks `maxmemory-policy`, the append-only file and the clock of every master, at start and every 30 s. The former are in INFO, which
 * managed services allow even if they forbid CONFIG.
 */
export class ServerSettingsWatch {
  readonly #options: RedisPolicyOptions
  #clock: Pick<Clock, 'wall'> | undefined
  #clockAheadMs = 0
  #policy: StorePolicy | undefined
  #warnings: readonly string[] = []
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()

  constructor(options: RedisPolicyOptions) {
    this.#options = options
  }

  get policy(): StorePolicy | undefined {
    return this.#policy
  }

  get warnings(): readonly string[] {
    return this.#warnings
  }

  /** By how many ms the clock of a master is ahead of the time of the service (below 0: behind), the worst one; 0 if at most a day. */
  get clockAheadMs(): number {
    return this.#clockAheadMs
  }

  /** Starts the watch. @throws LiverankError CONFIGURATION if a server evicts keys and the operator does not accept it */
  async start(): Promise<void> {
    const servers = await readPolicies(this.#options.connection)
    const evicting = servers.filter(evicts)
    if (evicting.length > 0 && !this.#options.allowsEviction) {
      throw new LiverankError(
        'CONFIGURATION',
        `${evictionOf(evicting)} Set maxmemory-policy noeviction in Redis, or ALLOW_EVICTION=1 to accept the loss.`,
      )
    }
    this.#take(servers)
    this.#timer = setInterval(() => {
      this.#looking = this.look().catch(() => {})
    }, CHECK_MS)
    this.#timer.unref()
  }

  /** Compares the clocks of the servers with this one, now and from now on. @throws UnavailableError if a server does not answer */
  async compare(clock: Pick<Clock, 'wall'>): Promise<void> {
    this.#clock = clock
    await this.look()
  }

  /** Reads the settings of the servers now, and warns about new problems. @throws UnavailableError if a server does not answer */
  async look(): Promise<void> {
    this.#take(await readPolicies(this.#options.connection))
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  #take(servers: readonly ServerPolicy[]): void {
    const before = this.#warnings
    const known = servers.flatMap(({ maxmemoryPolicy }) => maxmemoryPolicy ?? [])
    this.#policy =
      known.length === 0
        ? undefined
        : {
            maxmemoryPolicies: [...new Set(known)].sort(),
            evicts: servers.some(evicts),
            appendOnly: servers.every(({ appendOnly }) => appendOnly === true),
          }
    const ahead = this.#clock ? disagreementOf(servers, this.#clock.wall()) : undefined
    this.#clockAheadMs = ahead?.ms ?? 0
    this.#warnings = [...warningsOf(servers), ...(ahead ? [clockWarning(ahead)] : [])]
    for (const warning of this.#warnings) if (!before.includes(warning)) this.#options.warn(warning)
  }
}

interface Disagreement {
  readonly server: string
  readonly ms: number
}

function disagreementOf(servers: readonly ServerPolicy[], now: number): Disagreement | undefined {
  const wrong = servers.map(({ server, time }) => ({ server, ms: time - now })).filter(({ ms }) => Math.abs(ms) > DAY)
  return wrong.sort((a, b) => Math.abs(b.ms) - Math.abs(a.ms))[0]
}

/** Names whole days, so that the text stays the same. */
function clockWarning({ server, ms }: Disagreement): string {
  const side = ms > 0 ? 'ahead of' : 'behind'
  const loss =
    ms > 0
      ? ' Redis deletes keys too early by its clock: stop it, correct the clock, and restore a backup from before the jump.'
      : ''
  return `The clock of Redis at ${server} is ${Math.round(Math.abs(ms) / DAY)} days ${side} the time of the service. Check the time synchronisation of both machines.${loss}`
}

function evicts({ maxmemoryPolicy }: ServerPolicy): boolean {
  return maxmemoryPolicy !== undefined && maxmemoryPolicy !== KEEPS_ALL
}

function evictionOf(servers: readonly ServerPolicy[]): string {
  const named = servers.map(({ server, maxmemoryPolicy }) => `${server} (${maxmemoryPolicy})`).join(', ')
  return `Redis drops acknowledged events when its memory is full: maxmemory-policy evicts keys at ${named}.`
}

function warningsOf(servers: readonly ServerPolicy[]): string[] {
  const evicting = servers.filter(evicts)
  const names = (of: readonly ServerPolicy[]) => of.map(({ server }) => server).join(', ')
  const volatile = servers.filter(({ appendOnly }) => appendOnly === false)
  const silent = servers.filter(({ maxmemoryPolicy }) => maxmemoryPolicy === undefined)
  return [
    ...(evicting.length > 0 ? [`${evictionOf(evicting)} Set maxmemory-policy noeviction in Redis.`] : []),
    ...(volatile.length > 0
      ? [
          `Redis keeps no append-only file at ${names(volatile)}: when Redis stops, it loses everything acknowledged since its last snapshot. Set appendonly yes in Redis.`,
        ]
      : []),
    ...(silent.length > 0
      ? [`Redis does not report its maxmemory-policy at ${names(silent)}: allow INFO, or check that the policy is noeviction.`]
      : []),
  ]
}

async function readPolicies(connection: RedisConnection): Promise<ServerPolicy[]> {
  // Once a command is answered, the masters of a cluster are known.
  await answered(connection.commands.ping())
  const masters: (NodeAddress | undefined)[] = connection.isCluster ? connection.nodes('master') : [undefined]
  return Promise.all(
    masters.map(async (address) => {
      const server = address ? `${address.host}:${address.port}` : 'REDIS_URL'
      const client = connection.openMaster(address)
      try {
        const time = await answered(serverTime(client))
        const [memory, persistence] = await readInfo(client)
        const appendOnly = /^aof_enabled:(\d)/m.exec(persistence)?.[1]
        return {
          server,
          time,
          maxmemoryPolicy: /^maxmemory_policy:([\w-]+)/m.exec(memory)?.[1],
          appendOnly: appendOnly === undefined ? undefined : appendOnly === '1',
        }
      } finally {
        client.disconnect()
      }
    }),
  )
}

/** Reads two sections of INFO; both are empty if the user of the service may not read them. */
async function readInfo(client: Pick<Redis, 'info'>): Promise<readonly [string, string]> {
  try {
    return await Promise.all([client.info('memory'), client.info('persistence')])
  } catch (error) {
    if (!/^NOPERM|unknown command/.test((error as Error).message)) return await answered(Promise.reject(error))
    return ['', '']
  }
}
