import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'

/** What is run as Redis. */
export const redisProgram = process.env.REDIS_SERVER ?? 'redis-server'
const BINARY = redisProgram
const PORTS_TO_TRY = 5

/** Whether a redis-server can be started here. Suites that need one are skipped, visibly, where it cannot. */
export const redisAvailable = spawnSync(BINARY, ['--version']).status === 0

if (!redisAvailable) {
  console.warn(
    `Tests against Redis are skipped, since ${BINARY} does not run here: install redis-server 7.0 or later, or name one in REDIS_SERVER.`,
  )
}

/** Settings by their names in redis.conf, such as `{ appendonly: 'yes', appendfsync: 'always' }`. Snapshots are off unless asked for. */
export type RedisSettings = Readonly<Record<string, string>>

/** A real server on a loopback port of its own, with a data folder of its own. It ends with the process that started it. */
export class RedisServer {
  readonly port: number
  /** Its data folder. */
  readonly directory: string
  readonly settings: RedisSettings
  #process: ChildProcess | undefined
  #endGuard: (() => void) | undefined

  private constructor(port: number, directory: string, settings: RedisSettings) {
    this.port = port
    this.directory = directory
    this.settings = settings
  }

  /**
   * Resolves when the server answers.
   * @param drawSettings settings that hold a free port, which somebody else may take first: drawn anew for each try
   * @throws when it does not start, with what it wrote
   */
  static async start(
    settings: RedisSettings = {},
    drawSettings: () => Promise<RedisSettings> = async () => ({}),
  ): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), 'liverank-redis-'))
    for (let tries = 1; ; tries++) {
      const server = new RedisServer(await freePort(), directory, { ...settings, ...(await drawSettings()) })
      try {
        await server.#run()
        return server
      } catch (error) {
        if (tries < PORTS_TO_TRY && String(error).includes('Address already in use')) continue
        await rm(directory, { recursive: true, force: true })
        throw error
      }
    }
  }

  get isRunning(): boolean {
    return this.#process !== undefined
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** SIGKILL, as a crash or the OOM killer would. What is in the data folder stays for `restart`. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** SIGTERM: an orderly end, with everything on the disk. */
  shutDown(): Promise<void> {
    return this.#end('SIGTERM')
  }

  /** SIGSTOP: it hangs, with its connections open, until it is ended or goes on. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  /** SIGCONT: it goes on where it was paused. */
  goOn(): void {
    this.#process?.kill('SIGCONT')
  }

  /** Starts it again on the same port and data, ending it in an orderly way first if it runs. */
  async restart(): Promise<void> {
    await this.#end('SIGTERM')
    await this.#run()
  }

  /** Ends it for good, with its data. */
  async stop(): Promise<void> {
    await this.#end('SIGKILL')
    await rm(this.directory, { recursive: true, force: true })
  }

  async #run(): Promise<void> {
    const settings = { port: String(this.port), bind: '127.0.0.1', dir: this.directory, save: '', ...this.settings }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
    const server = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#process = server
    await once(server, 'spawn')
    this.#endGuard = endWithThisProcess(server.pid!)
    const written: string[] = []
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: server.stdout! }).on('line', (line) => {
        written.push(line)
        if (line.includes('Ready to accept connections')) resolve()
      })
      server.once('exit', (code, signal) => reject(new Error(`${BINARY} ended (${signal ?? code}):\n${written.join('\n')}`)))
    })
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.#process
    this.#process = undefined
    if (server && server.exitCode === null && server.signalCode === null) {
      const ended = once(server, 'exit')
      server.kill(signal)
      await ended
    }
    this.#endGuard?.()
    this.#endGuard = undefined
  }
}

/**
 * Ends a process when this one has ended, however that came: the end of standard input cannot be missed, an exit handler can.
 * @returns what ends the watch
 */
export function endWithThisProcess(pid: number): () => void {
  const watcher = spawn('sh', ['-c', `read -r _; kill -9 ${pid}`], { stdio: ['pipe', 'ignore', 'ignore'] })
  watcher.unref()
  return () => void watcher.kill('SIGKILL')
}
