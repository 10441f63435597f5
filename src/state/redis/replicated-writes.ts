import { z } from 'zod'
import { LiverankError } from '../../errors.ts'
import { pause, systemTimers } from '../../timers.ts'
import type { NodeAddress } from './any-node-connector.ts'
import type { RedisConnection } from './connection.ts'
import { answered } from './redis-errors.ts'
import type { RedisCommands } from './scripts.ts'

/**
 * Replication state of a write. `replicated`: a replica confirmed it. `alone`: the master has no replica that could replace it.
 * `unconfirmed`: there is such a replica, and it did not confirm in time.
 */
export type Replication = 'replicated' | 'alone' | 'unconfirmed'

/** The reply to a write, and whether a replica has this write. */
export interface Replicated<T> {
  readonly reply: T
  readonly replication: Replication
}

/** For how long the master is asked again whether a replica has a write, in ms by the answer so far; not at all if absent. */
export type Patience = Partial<Record<Replication, number>>

interface Write {
  readonly send: (master: RedisCommands) => Promise<unknown>
  readonly resolve: (replicated: Replicated<unknown>) => void
  readonly reject: (error: unknown) => void
}

/** Time limit for a replica to confirm an event that was recorded with DURABILITY=replica, in ms. */
export const CONFIRMS_EVENT_MS = 1000
/** Time limit for a replica to confirm log entries before they are folded, in ms. */
export const CONFIRMS_FOLD_MS = 200
/** How long an import asks for a confirmation that it did not get in time, in ms: nobody waits for its answers. */
export const IMPORT_PATIENCE_MS = 60_000
/** How long it waits before it asks again, in ms. */
const ASK_AGAIN_MS = 200

/** A slot may be on its way from node to node to node, and who just ended may still be named as a master. */
const DETOURS = 5
/**
 * Redis promotes no replica whose link was down for longer than this (cluster-node-timeout · cluster-replica-validity-factor +
 * repl-ping-replica-period, by their defaults), in ms: so long a master waits for one that lives and has lost its link.
 */
const PROMOTABLE_MS = 160_000

const role = z.tuple([z.string(), z.unknown(), z.array(z.unknown())]).rest(z.unknown())

/**
 * Sends writes that a replica must have before the caller continues. WAIT covers only the writes of its own connection, names no
 * key, and blocks later commands. So these writes use separate connections, one per master, and all writes that arrive during one
 * WAIT share the next.
 */
export class ReplicatedWrites {
  readonly #connection: RedisConnection
  readonly #timeoutMs: number
  readonly #patience: Patience
  /** By address; undefined is the only server. */
  readonly #masters = new Map<string | undefined, Master>()
  /** Which master serves a route, as its last answer said. */
  readonly #routes = new Map<string, string>()
  #turn = 0
  #isClosed = false

  /**
   * @param timeoutMs time to wait for a replica
   * @param patience time for which the question is repeated, by its answer
   */
  constructor(connection: RedisConnection, timeoutMs: number, patience: Patience = {}) {
    this.#connection = connection
    this.#timeoutMs = timeoutMs
    this.#patience = patience
  }

  /**
   * Sends a write.
   * @param route a key in the slot of all keys of this write
   * @throws Error of the server or the connection; a replica may have the write, or no server may have it
   */
  async write<T>(route: string, send: (master: RedisCommands) => Promise<T>): Promise<Replicated<T>> {
    for (let tries = 1; ; tries++) {
      const address = this.#connection.isCluster ? (this.#routes.get(route) ?? this.#anyMaster()) : undefined
      const master = this.#master(address)
      try {
        return await master.write(send)
      } catch (error) {
        const moved = /^MOVED \d+ (.*):(\d+)$/.exec((error as Error).message)
        // A node that knows itself by no name says only its port.
        if (moved) this.#routes.set(route, `${moved[1] || (address && parseAddress(address).host)}:${moved[2]}`)
        else this.#routes.delete(route)
        // Who could not be connected to has taken nothing, and any other can say who serves the slot.
        const isElsewhere = moved !== null || (address !== undefined && master.refusesConnections)
        if (!isElsewhere || tries > DETOURS) throw error
      }
    }
  }

  close(): void {
    this.#isClosed = true
    for (const master of this.#masters.values()) master.close()
  }

  #anyMaster(): string | undefined {
    const masters = this.#connection.nodes('master')
    const master = masters[this.#turn++ % masters.length]
    return master && `${master.host}:${master.port}`
  }

  #master(address: string | undefined): Master {
    if (this.#isClosed) throw new Error('closed')
    let master = this.#masters.get(address)
    if (!master) {
      const client = this.#connection.openMaster(address === undefined ? undefined : parseAddress(address))
      master = new Master(client, this.#connection, this.#timeoutMs, this.#patience)
      this.#masters.set(address, master)
      client.once('end', () => this.#masters.delete(address))
    }
    return master
  }
}

/**
 * Checks that masters have replicas, for a setting that needs them. Only warns about a single master without replicas, because it
 * may be in the middle of a failover.
 * @throws LiverankError CONFIGURATION if no master has a replica
 */
export async function expectReplicas(connection: RedisConnection, warn: (message: string) => void): Promise<void> {
  // Whichever answers, the masters are known then.
  await answered(connection.commands.ping())
  const masters: (NodeAddress | undefined)[] = connection.isCluster ? connection.nodes('master') : [undefined]
  const without: string[] = []
  for (const address of masters) {
    const client = connection.openMaster(address)
    try {
      const [, , replicas] = role.parse(await answered(client.role()))
      if (replicas.length === 0) without.push(address ? `${address.host}:${address.port}` : 'REDIS_URL')
    } finally {
      client.disconnect()
    }
  }
  if (without.length === 0) return
  const problem = `DURABILITY=replica: ${without.join(', ')} has no replica linked, so nothing can be acknowledged there`
  if (without.length < masters.length) warn(`${problem} until one is.`)
  else throw new LiverankError('CONFIGURATION', `${problem}. Add one, or set DURABILITY=memory.`)
}

/** One connection to one master. When it breaks it is not made anew: another server may be the master by then. */
class Master {
  readonly #client: RedisCommands
  readonly #connection: Pick<RedisConnection, 'isCluster' | 'hasSentinels'>
  readonly #timeoutMs: number
  readonly #patience: Patience
  #queue: Write[] = []
  #isBusy = false
  /** Whether a replica was linked when last looked. */
  #isLinked = false
  /** Since when one that lives is not. */
  #lostSince: number | undefined
  #wasConnected = false

  constructor(
    client: RedisCommands,
    connection: Pick<RedisConnection, 'isCluster' | 'hasSentinels'>,
    timeoutMs: number,
    patience: Patience,
  ) {
    this.#client = client
    this.#connection = connection
    this.#timeoutMs = timeoutMs
    this.#patience = patience
    client.once('connect', () => {
      this.#wasConnected = true
    })
  }

  /** Whether its connection has ended before it stood, so that nothing was ever sent on it. */
  get refusesConnections(): boolean {
    return this.#client.status === 'end' && !this.#wasConnected
  }

  write<T>(send: (master: RedisCommands) => Promise<T>): Promise<Replicated<T>> {
    return new Promise<Replicated<T>>((resolve, reject) => {
      this.#queue.push({ send, resolve: (replicated) => resolve(replicated as Replicated<T>), reject })
      if (!this.#isBusy) void this.#work()
    })
  }

  close(): void {
    this.#client.disconnect()
  }

  async #work(): Promise<void> {
    this.#isBusy = true
    // Writes of one turn of the event loop go together.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#round(this.#queue.splice(0))
    this.#isBusy = false
  }

  async #round(writes: readonly Write[]): Promise<void> {
    const replies = await Promise.allSettled(writes.map(({ send }) => send(this.#client)))
    // Only now: a script that the server had forgotten was sent twice.
    const [confirmed] = replies.some(({ status }) => status === 'fulfilled') ? await Promise.allSettled([this.#confirm()]) : []
    writes.forEach(({ resolve, reject }, i) => {
      const one = replies[i]
      if (one.status === 'rejected') reject(one.reason)
      else if (confirmed?.status === 'fulfilled') resolve({ reply: one.value, replication: confirmed.value })
      else reject(confirmed?.reason)
    })
  }

  /** Asks whether a replica has all that was written on this connection, again and again while its patience lasts. */
  async #confirm(): Promise<Replication> {
    const began = performance.now()
    for (;;) {
      const replication = await this.#ask()
      if (performance.now() >= began + (this.#patience[replication] ?? 0)) return replication
      await pause(systemTimers, ASK_AGAIN_MS)
    }
  }

  async #ask(): Promise<Replication> {
    // Without a replica a WAIT takes all its time: it goes along only where one was there a moment ago.
    if (this.#isLinked) {
      const [acknowledged] = await Promise.all([this.#wait(), this.#look()])
      if (acknowledged > 0) return 'replicated'
      if (this.#isLinked) return 'unconfirmed'
    } else {
      await this.#look()
      if (this.#isLinked && (await this.#wait()) > 0) return 'replicated'
      if (this.#isLinked) return 'unconfirmed'
    }
    if (!(await this.#hasLostReplica())) return 'alone'
    this.#lostSince ??= performance.now()
    return performance.now() < this.#lostSince + PROMOTABLE_MS ? 'unconfirmed' : 'alone'
  }

  #wait(): Promise<number> {
    return this.#client.wait(1, this.#timeoutMs)
  }

  async #look(): Promise<void> {
    const [, , replicas] = role.parse(await this.#client.role())
    this.#isLinked = replicas.length > 0
    if (this.#isLinked) this.#lostSince = undefined
  }

  /** Whether a replica lives, by what the cluster knows, that is not linked and not being sent a whole copy either. */
  async #hasLostReplica(): Promise<boolean> {
    // Sentinels may promote any replica that they have seen lately; the master cannot tell which those are.
    if (!this.#connection.isCluster) return this.#connection.hasSentinels
    const [replication, id, nodes] = await Promise.all([
      this.#client.info('replication'),
      this.#client.cluster('MYID'),
      this.#client.cluster('NODES'),
    ])
    if (/^slave\d+:/m.test(replication)) return false
    return String(nodes)
      .split('\n')
      .map((line) => line.split(' '))
      .some(([, , flags = '', masterId]) => masterId === String(id) && !flags.split(',').includes('fail'))
  }
}

function parseAddress(address: string): NodeAddress {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) }
}
