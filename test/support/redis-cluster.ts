import { Redis } from 'ioredis'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { RedisServer, type RedisSettings } from './redis-server.ts'

const MASTERS = 3
const SLOTS = 16384

/** A node with a connection for whoever tests. */
export interface ClusterNode {
  readonly server: RedisServer
  readonly admin: Redis
  readonly id: string
}

/** A real cluster on loopback: three masters, then their three replicas. It ends with the process that started it. */
export class RedisCluster {
  /** The masters of the beginning, then in the same order the replicas of the beginning. */
  readonly nodes: readonly ClusterNode[]

  private constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes
  }

  /** Resolves when all slots are served and every replica has what its master has. */
  static async start(settings: RedisSettings = {}): Promise<RedisCluster> {
    const started = await Promise.allSettled(Array.from({ length: 2 * MASTERS }, () => startNode(settings)))
    const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const cluster = new RedisCluster(nodes)
    try {
      for (const one of started) if (one.status === 'rejected') throw one.reason
      await cluster.#form()
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map(({ server }) => `127.0.0.1:${server.port}`).join(',')}`
  }

  /** The master that serves the slot of a key now, by what the others say. */
  async masterOf(key: string): Promise<ClusterNode> {
    const { admin } = this.#anyAlive()
    const slot = await admin.cluster('KEYSLOT', key)
    for (const line of await this.#table(admin)) {
      if (line.isMaster && line.slots.some(([first, last]) => slot >= first && slot <= last)) return this.byId(line.id)
    }
    throw new Error(`nobody serves ${key}`)
  }

  /** Those that serve slots now. */
  async masters(): Promise<ClusterNode[]> {
    const table = await this.#table(this.#anyAlive().admin)
    return table.filter(({ slots }) => slots.length > 0).map(({ id }) => this.byId(id))
  }

  /** A replica of the master that can be promoted. */
  async replicaOf(master: ClusterNode): Promise<ClusterNode> {
    const found = (await this.#table(this.#anyAlive().admin)).find(({ masterId, failed }) => masterId === master.id && !failed)
    if (!found) throw new Error(`${master.id} has no replica`)
    return this.byId(found.id)
  }

  /** Ends the link of a replica to its master, and keeps it from being made again, while both live. */
  async unlink(replica: ClusterNode): Promise<void> {
    // Its next attempt fails at the password that nobody asks for.
    await replica.admin.config('SET', 'masterauth', 'not the password')
    const [, host, port] = (await replica.admin.role()) as [string, string, number]
    const master = this.nodes.find(({ server }) => host === '127.0.0.1' && server.port === port)!
    await master.admin.client('KILL', 'TYPE', 'replica')
    await untilTrue(async () => ((await master.admin.role()) as [string, number, unknown[]])[2].length === 0)
  }

  /** Ends what `unlink` did. */
  async link(replica: ClusterNode): Promise<void> {
    await replica.admin.config('SET', 'masterauth', '')
  }

  byId(id: string): ClusterNode {
    const found = this.nodes.find((node) => node.id === id)
    if (!found) throw new Error(`no node ${id}`)
    return found
  }

  /** Resolves when all slots are served again, by what every node that lives says, or those that are asked, and another node than `lost` serves its slots. */
  async untilServedWithout(lost: ClusterNode, asked?: readonly ClusterNode[]): Promise<void> {
    await untilTrue(async () => {
      for (const { admin } of asked ?? this.#alive()) {
        if (!(await isServed(admin))) return false
        if ((await this.#table(admin)).some(({ id, slots }) => id === lost.id && slots.length > 0)) return false
      }
      return true
    })
  }

  /** Resolves when all slots are served, by what every node says, and every replica has what its master has. */
  async untilWhole(): Promise<void> {
    await untilTrue(async () => {
      const states = await Promise.all(
        this.nodes.map(async ({ admin }) => {
          if (!(await isServed(admin))) return undefined
          const replicas = (await this.#table(admin)).filter(({ masterId, failed }) => masterId !== undefined && !failed)
          return replicas.length === MASTERS ? admin.info('replication') : undefined
        }),
      )
      return states.every((state) => state?.includes('role:master') || state?.includes('master_link_status:up'))
    })
  }

  /** Has clients and nodes sent to these ports instead of those of the nodes, in their order; `undefined` ends it. */
  async announce(ports: readonly number[] | undefined): Promise<void> {
    await Promise.all(this.nodes.map(({ admin }, i) => admin.config('SET', 'cluster-announce-port', ports?.[i] ?? 0)))
    const wanted = this.nodes.map(({ server }, i) => ports?.[i] ?? server.port).sort()
    await untilTrue(async () => {
      for (const { admin } of this.nodes) {
        const told = (await this.#table(admin)).map(({ port }) => port).sort()
        if (told.join() !== wanted.join()) return false
      }
      return true
    })
    await this.untilWhole()
  }

  /** Moves a slot with its keys to another master, in the way that redis-cli does. */
  async moveSlot(key: string, target: ClusterNode): Promise<void> {
    const source = await this.masterOf(key)
    const slot = await source.admin.cluster('KEYSLOT', key)
    await target.admin.cluster('SETSLOT', slot, 'IMPORTING', source.id)
    await source.admin.cluster('SETSLOT', slot, 'MIGRATING', target.id)
    for (;;) {
      const keys = (await source.admin.cluster('GETKEYSINSLOT', slot, 100)).map(String)
      if (keys.length === 0) break
      await source.admin.migrate('127.0.0.1', target.server.port, '', 0, 5000, 'KEYS', ...keys)
    }
    for (const { admin } of [target, source]) await admin.cluster('SETSLOT', slot, 'NODE', target.id)
  }

  /** Ends all nodes, with their data. */
  async stop(): Promise<void> {
    for (const { admin } of this.nodes) admin.disconnect()
    await Promise.all(this.nodes.map(({ server }) => server.stop()))
  }

  async #form(): Promise<void> {
    const { nodes } = this
    const masters = nodes.slice(0, MASTERS)
    await Promise.all(
      masters.map(async ({ admin }, i) => {
        const first = Math.floor((i * SLOTS) / MASTERS)
        await admin.cluster('ADDSLOTSRANGE', first, Math.floor(((i + 1) * SLOTS) / MASTERS) - 1)
        await admin.cluster('SET-CONFIG-EPOCH', i + 1)
      }),
    )
    for (const { admin } of nodes) {
      for (const { server } of nodes)
        await admin.call('CLUSTER', 'MEET', '127.0.0.1', server.port, server.settings['cluster-port'])
    }
    const everyNode = (holds: (admin: Redis) => Promise<boolean>) =>
      untilTrue(async () => (await Promise.all(nodes.map(({ admin }) => holds(admin)))).every(Boolean))
    await everyNode(async (admin) => (await this.#table(admin)).filter(({ known }) => known).length === nodes.length)
    await Promise.all(nodes.slice(MASTERS).map(({ admin }, i) => admin.cluster('REPLICATE', masters[i].id)))
    await this.untilWhole()
  }

  #alive(): ClusterNode[] {
    return this.nodes.filter(({ server }) => server.isRunning)
  }

  #anyAlive(): ClusterNode {
    return this.#alive()[0]
  }

  async #table(admin: Redis) {
    const lines = String(await admin.cluster('NODES'))
      .trim()
      .split('\n')
    return lines.map((line) => {
      const [id, address, flags, masterId, , , , , ...slots] = line.split(' ')
      const of = flags.split(',')
      return {
        id,
        port: Number(/:(\d+)@/.exec(address)?.[1]),
        isMaster: of.includes('master'),
        known: !of.includes('handshake') && !of.includes('noaddr'),
        failed: of.includes('fail'),
        masterId: masterId === '-' ? undefined : masterId,
        // What is on its way from or to another node stands in brackets.
        slots: slots
          .filter((range) => !range.startsWith('['))
          .map((range) => {
            const [first, last = first] = range.split('-').map(Number)
            return [first, last] as const
          }),
      }
    })
  }
}

async function startNode(settings: RedisSettings): Promise<ClusterNode> {
  const ofNode = { 'cluster-enabled': 'yes', 'cluster-node-timeout': '1000', 'repl-diskless-sync-delay': '0', ...settings }
  // Beside the port of the node, since 10,000 above it there may be none.
  const server = await RedisServer.start(ofNode, async () => ({ 'cluster-port': String(await freePort()) }))
  const admin = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 100, maxRetriesPerRequest: null })
  admin.on('error', () => {})
  return { server, admin, id: String(await admin.cluster('MYID')) }
}

async function isServed(admin: Redis): Promise<boolean> {
  const info = String(await admin.cluster('INFO'))
  return info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`)
}

function untilTrue(holds: () => Promise<boolean>): Promise<void> {
  // A replica that takes all of its master's data anew cannot be asked meanwhile.
  const unlessLoading = (error: Error) => {
    if (!error.message.startsWith('LOADING')) throw error
    return false
  }
  const check = async () => {
    if (!(await holds().catch(unlessLoading))) throw new Error('the cluster is not what it should be')
  }
  return eventually(check)
}
