import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { endWithThisProcess, RedisServer, redisProgram } from './redis-server.ts'

const SENTINELS = 3
const NAME = 'shop'

interface Sentinel {
  readonly port: number
  readonly process: ChildProcess
  readonly endGuard: () => void
}

/** A real master with a replica, and three sentinels that watch them, on loopback. */
export class RedisSentinels {
  readonly master: RedisServer
  readonly replica: RedisServer
  readonly #sentinels: readonly Sentinel[]
  readonly #folder: string

  private constructor(master: RedisServer, replica: RedisServer, sentinels: readonly Sentinel[], folder: string) {
    this.master = master
    this.replica = replica
    this.#sentinels = sentinels
    this.#folder = folder
  }

  /** Resolves when the replica follows the master, and the sentinels know each other and both. */
  static async start(): Promise<RedisSentinels> {
    const [master, replica] = await Promise.all([RedisServer.start(SETTINGS), RedisServer.start(SETTINGS)])
    await ask(replica.port, (admin) => admin.replicaof('127.0.0.1', master.port))
    await eventually(async () => {
      const info = await ask(replica.port, (admin) => admin.info('replication'))
      if (!info.includes('master_link_status:up')) throw new Error('the replica has no link to its master')
    }, 50)
    const folder = await mkdtemp(join(tmpdir(), 'liverank-sentinels-'))
    const sentinels = await Promise.all(Array.from({ length: SENTINELS }, (_, n) => startSentinel(folder, n, master.port)))
    const all = new RedisSentinels(master, replica, sentinels, folder)
    await all.#untilAllKnown()
    return all
  }

  get url(): string {
    return `redis+sentinel://${this.#sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`
  }

  /** Resolves when all sentinels name a server as the master: the replica of the beginning, if absent. */
  async untilFailedOver(to = this.replica): Promise<void> {
    await eventually(async () => {
      for (const { port } of this.#sentinels) {
        const [, master] = await ask(port, (one) => one.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME) as Promise<string[]>)
        if (Number(master) !== to.port) throw new Error('no failover yet')
      }
    }, 50)
  }

  async stop(): Promise<void> {
    for (const { process, endGuard } of this.#sentinels) {
      process.kill('SIGKILL')
      endGuard()
    }
    await Promise.all([this.master.stop(), this.replica.stop(), rm(this.#folder, { recursive: true, force: true })])
  }

  async #untilAllKnown(): Promise<void> {
    await eventually(async () => {
      for (const { port } of this.#sentinels) {
        const reply = await ask(port, (one) => one.call('SENTINEL', 'MASTER', NAME) as Promise<string[]>)
        const told = new Map(reply.flatMap((name, i) => (i % 2 === 0 ? [[name, reply[i + 1]] as const] : [])))
        if (told.get('num-slaves') !== '1' || told.get('num-other-sentinels') !== String(SENTINELS - 1))
          throw new Error(`sentinel ${port} does not know all others`)
      }
    }, 50)
  }
}

// Who started without its data could become the master before it copied the other one, and that one would copy it.
const SETTINGS = { 'repl-diskless-sync-delay': '0', appendonly: 'yes' }

async function ask<T>(port: number, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => null })
  client.on('error', () => {})
  try {
    return await question(client)
  } finally {
    client.disconnect()
  }
}

async function startSentinel(folder: string, n: number, master: number): Promise<Sentinel> {
  const port = await freePort()
  const file = join(folder, `sentinel-${n}.conf`)
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${master} 2`,
    `sentinel down-after-milliseconds ${NAME} 1000`,
    `sentinel failover-timeout ${NAME} 5000`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const process = spawn(redisProgram, [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(process, 'spawn')
  const endGuard = endWithThisProcess(process.pid!)
  for await (const line of createInterface({ input: process.stdout! })) if (line.includes('+monitor')) break
  process.stdout!.resume()
  return { port, process, endGuard }
}
