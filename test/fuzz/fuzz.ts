import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SerialQueue } from '../../src/state/serial-queue.ts'
import { RedisServer } from '../support/redis-server.ts'
import { type Finding, Findings } from './findings.ts'
import { FuzzedService } from './fuzzed-service.ts'
import { HealthProbe } from './health-probe.ts'
import { HttpClient } from './http-client.ts'
import { KnownLoad } from './known-load.ts'
import { OperationLanes } from './operation-lanes.ts'
import { examine } from './store-state.ts'

export interface FuzzOptions {
  readonly store: 'embedded' | 'redis'
  readonly seed: number
  /** How long operations are sent, in ms, all rounds together. */
  readonly forMs: number
  /** After so many ms the store is checked, and the service started anew. */
  readonly roundMs: number
  /** Longest time that the service may not answer /health, in ms. */
  readonly stallMs: number
  /** File to which findings are appended. */
  readonly findingsPath: string
  readonly tell: (line: string) => void
}

export interface FuzzReport {
  readonly findings: readonly Finding[]
  readonly operations: number
  readonly acknowledged: number
}

const FOLD_MS = 15_000
const FOLD_LAG_MS = 10_000
const START_MS = 20_000
const STOP_MS = 15_000
const MEMORY_MB = 1500
const POLL_MS = 100

/** Sends whatever the schema allows, and what no schema does, to a service on a store of its own, and checks both after each round. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const directory = await mkdtemp(join(tmpdir(), 'liverank-fuzz-'))
  const redis = options.store === 'redis' ? await RedisServer.start({ appendonly: 'yes' }) : undefined
  await mkdir(join(directory, 'archive'))
  const run = new FuzzRun(options, settingsFor(directory, redis))
  try {
    return await run.run()
  } finally {
    await run.end()
    await redis?.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

function settingsFor(directory: string, redis: RedisServer | undefined): Record<string, string> {
  // Small logs and early snapshots, so that all that happens to a log happens within a minute.
  const shared = { VECTOR_SHARE: '0.2', PARTITIONS: '4', SHARDS: '2', ARCHIVE_DIR: join(directory, 'archive') }
  if (!redis) return { ...shared, DATA_DIR: directory, SNAPSHOT_EVERY_MB: '0.5' }
  return { ...shared, DATA_DIR: directory, REDIS_URL: redis.url, REDIS_PREFIX: 'fuzz', LOG_MARGIN: '1' }
}

/** One at a time: each keeps this process busy for seconds, and another one that reads from Redis would wait too long for the answers. */
const examinations = new SerialQueue()

class FuzzRun {
  readonly #options: FuzzOptions
  readonly #settings: Record<string, string>
  readonly #service: FuzzedService
  readonly #findings: Findings
  readonly #http = new HttpClient()
  readonly #probe: HealthProbe
  readonly #lanes: OperationLanes
  readonly #load: KnownLoad

  constructor(options: FuzzOptions, settings: Record<string, string>) {
    const { seed, stallMs, findingsPath, store } = options
    this.#options = options
    this.#settings = settings
    this.#service = new FuzzedService(settings)
    this.#findings = new Findings(findingsPath, seed, store)
    this.#lanes = new OperationLanes({ seed, http: this.#http, findings: this.#findings, service: this.#service })
    this.#load = new KnownLoad(this.#http, seed)
    this.#probe = new HealthProbe(stallMs, (tookMs) => {
      const detail = `/health had no answer for ${stallMs} ms`
      this.#findings.add({
        kind: 'the service stood still',
        detail: `${detail} (${Math.round(tookMs)})`,
        sent: this.#lanes.underWay(),
      })
    })
  }

  async run(): Promise<FuzzReport> {
    const { forMs, roundMs, tell } = this.#options
    await this.#start()
    const began = performance.now()
    for (let round = 0; performance.now() - began < forMs; round++) {
      const length = Math.min(roundMs, forMs - (performance.now() - began))
      if (!(await this.#round(round, length))) break
    }
    await this.#findings.written()
    const { sent } = this.#lanes
    tell(
      `${sent} operations, ${this.#load.acknowledged.size} events of the load acknowledged, ${this.#findings.all.length} findings`,
    )
    return { findings: this.#findings.all, operations: sent, acknowledged: this.#load.acknowledged.size }
  }

  async end(): Promise<void> {
    await this.#service.stop('SIGKILL', STOP_MS)
    this.#probe.close()
    this.#http.close()
  }

  /** @returns whether another one can follow */
  async #round(round: number, lengthMs: number): Promise<boolean> {
    const service = this.#service
    this.#probe.start(service.url)
    this.#load.start(service.url)
    this.#lanes.start()
    await new Promise((resolve) => setTimeout(resolve, lengthMs))
    await this.#lanes.stop()
    const isKilled = round % 2 === 1
    if (!isKilled) await this.#load.stop()
    const { longest, longestFoldLag } = this.#probe.stop()
    const memory = service.memory() ?? 0
    const isUp = service.isRunning && (await this.#isFolded())
    this.#check(longestFoldLag <= FOLD_LAG_MS, 'the fold fell behind', `${longestFoldLag} ms`)
    this.#check(memory <= MEMORY_MB, 'memory', `${Math.round(memory)} MB resident`)
    if (isUp && !isKilled) await this.#lanes.compareReads(() => this.#restart('SIGTERM', round))
    else await this.#restart('SIGKILL', round)
    await this.#load.stop()
    const facts = `/health at most ${Math.round(longest)} ms, fold lag at most ${longestFoldLag} ms, ${Math.round(memory)} MB`
    this.#options.tell(`round ${round + 1}: ${this.#lanes.sent} operations so far, ${facts}`)
    return service.isRunning
  }

  async #isFolded(): Promise<boolean> {
    const until = performance.now() + FOLD_MS
    for (;;) {
      const lag = await this.#probe.foldLag(this.#service.url)
      // Under load there is always something to fold.
      if (lag !== undefined && lag < FOLD_LAG_MS / 10) return true
      if (performance.now() > until) {
        this.#check(false, lag === undefined ? '/ready is not 200' : 'the fold does not end', `${lag} ms behind`)
        return lag !== undefined
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  async #restart(signal: 'SIGTERM' | 'SIGKILL', round: number): Promise<void> {
    const service = this.#service
    const wasRunning = service.isRunning
    const { end, tookMs } = await service.stop(signal, STOP_MS)
    this.#check(
      wasRunning,
      'the service ended by itself',
      `${end}: ${service.complaints.slice(-5).join('\n')}\n${this.#lanes.latest()}`,
    )
    if (wasRunning && signal === 'SIGTERM')
      this.#check(end === 0, 'SIGTERM', `it ended with ${end} after ${Math.round(tookMs)} ms`)
    await this.#load.stop()
    this.#lanes.disconnect()
    this.#complain()
    await this.#examine(round)
    await this.#start()
  }

  async #start(): Promise<void> {
    try {
      const tookMs = await this.#service.start()
      this.#check(tookMs <= START_MS, 'a slow start', `${Math.round(tookMs)} ms`)
    } catch (error) {
      this.#check(false, 'it does not start', (error as Error).message)
    }
    this.#complain()
  }

  async #examine(round: number): Promise<void> {
    try {
      const { entries, difference } = await examinations.run(() => examine(this.#settings))
      this.#check(difference === undefined, 'the state is not the fold of the log', `round ${round + 1}: ${difference}`)
      const ids = entries.flatMap((entry) =>
        entry.kind === 'events' ? entry.events.map(({ event }) => `${event.userId} ${event.eventId}`) : [],
      )
      const seen = new Set<string>()
      const twice = ids.filter((id) => seen.size === seen.add(id).size && id.startsWith('load-'))
      this.#check(twice.length === 0, 'recorded twice', twice.slice(0, 5).join(', '))
      const held = new Set(ids.map((id) => id.slice(id.indexOf(' ') + 1)))
      const lost = [...this.#load.acknowledged].filter((id) => !held.has(id))
      this.#check(lost.length === 0, 'acknowledged and lost', `${lost.length} events, such as ${lost.slice(0, 5).join(', ')}`)
      this.#check(this.#load.refused.length === 0, 'ordinary events refused', this.#load.refused.slice(0, 3).join('\n'))
      this.#load.refused.length = 0
    } catch (error) {
      this.#check(false, 'the store cannot be read', (error as Error).stack ?? String(error))
    }
  }

  /** What the service has logged as an error is a finding. */
  #complain(): void {
    for (const line of this.#service.complaints.splice(0)) this.#check(false, 'logged as an error', line)
  }

  #check(holds: boolean, kind: string, detail: string): void {
    if (!holds) this.#findings.add({ kind, detail })
  }
}
