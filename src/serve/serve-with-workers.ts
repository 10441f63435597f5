import cluster, { type Worker } from 'node:cluster'
import { constants } from 'node:os'
import type { Logger } from 'pino'
import { z } from 'zod'
import { loadDomain } from '../domain/load-domain.ts'
import { LiverankError } from '../errors.ts'
import { makeLogger } from '../logging/logger.ts'
import { type Config, readConfig } from '../service/config.ts'
import { onParentEnd } from './stop-on-signal.ts'

/** What a worker tells its parent when it listens. */
const serving = z.object({ url: z.string() })
export type Serving = z.infer<typeof serving>

/** How soon a worker that ended is replaced, in ms. Doubles while its successors end before they serve. */
const REPLACE_AFTER_MS = 1000
const REPLACE_WITHIN_MS = 30_000
/** Settings of ports that workers do not share: each worker has the next one. */
const OWN_PORTS = ['HEALTH_PORT', 'METRICS_PORT'] as const

/**
 * Runs the service in several processes, its workers, which share a port and a store in Redis. Resolves when all of them serve. A
 * worker that ends is replaced. SIGTERM or SIGINT stops all workers in order, and ends this process when the last one has ended.
 * @param environment environment variables, such as `process.env`
 * @param count number of workers, at least 2
 * @throws LiverankError CONFIGURATION if a setting prevents the start
 */
export async function serveWithWorkers(environment: NodeJS.ProcessEnv, count: number): Promise<void> {
  const config = readConfig(environment)
  if (config.REDIS_URL === undefined) {
    throw new LiverankError(
      'CONFIGURATION',
      `--workers ${count}: several processes need a store in Redis, and REDIS_URL is unset. The embedded store belongs to one process: set REDIS_URL, or leave out --workers.`,
    )
  }
  const problems = portProblems(config, count)
  if (problems.length > 0)
    throw new LiverankError(
      'CONFIGURATION',
      `Invalid settings for ${count} workers:\n${problems.map((problem) => `  ${problem}\n`).join('')}`,
    )
  await loadDomain(config.DOMAIN)
  // Each worker accepts for itself. A connection that this process had passed to a worker that has just died would hang.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ args: ['serve'] })
  const logger = makeLogger(config.LOG_LEVEL)
  const workers = new Workers(config, logger)
  workers.stopOnSignal()
  // The first one lays out the store, and says what prevents a start once.
  const { url } = await workers.start(1)
  await Promise.all(Array.from({ length: count - 1 }, (_, n) => workers.start(n + 2)))
  logger.info({ url, workers: workers.pids }, 'all workers serve')
}

/** Ports that two workers, or a worker and the service, would need. */
function portProblems(config: Config, count: number): string[] {
  const owners = new Map([[config.PORT, 'PORT']])
  const problems: string[] = []
  for (const name of OWN_PORTS) {
    const first = config[name]
    if (first === undefined || first === 0) continue
    for (let worker = 1; worker <= count; worker++) {
      const port = first + worker - 1
      const owner = owners.get(port)
      if (port > 65_535) problems.push(`${name}: worker ${worker} would need port ${port}. Set a lower port.`)
      else if (owner !== undefined)
        problems.push(`${name}: worker ${worker} would need port ${port}, which is ${owner} too. Set another port.`)
      else owners.set(port, `${name} of worker ${worker}`)
    }
  }
  return problems
}

class Workers {
  readonly #config: Config
  readonly #logger: Logger
  readonly #running = new Map<number, Worker>()
  #isStopping = false
  /** Exit code of the service: the first of its workers, while it stops, that is not 0. */
  #code = 0

  constructor(config: Config, logger: Logger) {
    this.#config = config
    this.#logger = logger
  }

  /** Starts a worker, and replaces it whenever it ends later. Resolves when it serves. If it ends before, the service ends. */
  async start(number: number): Promise<Serving> {
    const { first, ended } = this.#fork(number)
    const started = await first
    if ('code' in started) return this.#end(started.code)
    void ended.then(() => this.#replace(number, REPLACE_AFTER_MS))
    return started
  }

  /** Process ids of the workers. */
  get pids(): number[] {
    return [...this.#running.values()].flatMap(({ process: { pid } }) => pid ?? [])
  }

  /** Passes SIGTERM and SIGINT on. Workers know what a second signal means, and that the terminal has sent them the first as well. */
  stopOnSignal(): void {
    process.on('SIGTERM', (signal) => this.#stop(signal))
    process.on('SIGINT', (signal) => this.#stop(signal))
    onParentEnd(() => this.#stop('SIGTERM'))
  }

  /** @returns what comes first: that the worker serves, or its end; and its end */
  #fork(number: number): { first: Promise<Serving | Ended>; ended: Promise<Ended> } {
    const own = OWN_PORTS.flatMap((name) => {
      const first = this.#config[name]
      return first === undefined ? [] : [[name, String(first === 0 ? 0 : first + number - 1)] as const]
    })
    const worker = cluster.fork(Object.fromEntries(own))
    this.#running.set(number, worker)
    const serves = new Promise<Serving>((resolve) => {
      worker.on('message', (message) => resolve(serving.parse(message)))
    })
    const ended = new Promise<Ended>((resolve) => {
      worker.once('exit', (exitCode: number | null, signal: NodeJS.Signals | null) => {
        this.#running.delete(number)
        const code = exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal])
        if (this.#isStopping) this.#code ||= code
        if (this.#isStopping && this.#running.size === 0) process.exit(this.#code)
        resolve({ code })
      })
    })
    return { first: Promise.race([serves, ended]), ended }
  }

  /** Replaces a worker that ended, after a while. */
  #replace(number: number, afterMs: number): void {
    if (this.#isStopping) return
    this.#logger.error({ worker: number, afterMs }, 'a worker ended by itself; another one replaces it')
    setTimeout(async () => {
      if (this.#isStopping) return
      const { first, ended } = this.#fork(number)
      const next = 'code' in (await first) ? Math.min(2 * afterMs, REPLACE_WITHIN_MS) : REPLACE_AFTER_MS
      void ended.then(() => this.#replace(number, next))
    }, afterMs)
  }

  /** Ends the service, because it could not start. */
  #end(code: number): Promise<never> {
    this.#code = code
    this.#stop('SIGTERM')
    // The exit of the last worker ends this process.
    return new Promise<never>(() => {})
  }

  #stop(signal: NodeJS.Signals): void {
    this.#isStopping = true
    if (this.#running.size === 0) process.exit(this.#code)
    for (const worker of this.#running.values()) worker.process.kill(signal)
  }
}

interface Ended {
  /** Exit code; 128 and the number of the signal that ended it. */
  readonly code: number
}
