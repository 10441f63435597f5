import { monitorEventLoopDelay } from 'node:perf_hooks'
import { z } from 'zod'
import { HttpClient } from './http-client.ts'

const EVERY_MS = 100
const READY_EVERY = 10
const PATIENCE_MS = 60_000

const ready = z.object({ foldLagMs: z.number() })

export interface Probed {
  /** ms; of what the answers of /health took, without what this process stood still. */
  readonly longest: number
  readonly longestFoldLag: number
}

/** Asks a service for its health ten times a second, and once for how far the fold is behind. */
export class HealthProbe {
  readonly #http = new HttpClient()
  readonly #own = monitorEventLoopDelay({ resolution: 5 })
  readonly #onStall: (tookMs: number) => void
  readonly #stallMs: number
  #timer: NodeJS.Timeout | undefined
  #longest = 0
  #longestFoldLag = 0
  #asked = 0

  /** @param onStall told as soon as an answer takes longer than `stallMs` */
  constructor(stallMs: number, onStall: (tookMs: number) => void) {
    this.#stallMs = stallMs
    this.#onStall = onStall
  }

  start(url: string): void {
    this.#longest = 0
    this.#longestFoldLag = 0
    this.#own.enable()
    this.#timer = setInterval(() => void this.#ask(new URL('/health', url).href, new URL('/ready', url).href), EVERY_MS)
  }

  stop(): Probed {
    clearInterval(this.#timer)
    this.#own.disable()
    return { longest: this.#longest, longestFoldLag: this.#longestFoldLag }
  }

  /** How far the fold is behind, in ms; undefined when the service is not ready. */
  async foldLag(url: string): Promise<number | undefined> {
    const came = await this.#http.get(new URL('/ready', url).href, PATIENCE_MS)
    if ('failure' in came || came.status !== 200) return undefined
    return ready.parse(JSON.parse(came.text)).foldLagMs
  }

  close(): void {
    this.#http.close()
  }

  async #ask(health: string, readiness: string): Promise<void> {
    this.#own.reset()
    const began = performance.now()
    const timer = setTimeout(() => this.#onStall(performance.now() - began), this.#stallMs)
    const came = await this.#http.get(health, PATIENCE_MS)
    clearTimeout(timer)
    if (!('failure' in came)) this.#longest = Math.max(this.#longest, performance.now() - began - this.#own.max / 1e6)
    if (this.#asked++ % READY_EVERY > 0) return
    this.#longestFoldLag = Math.max(this.#longestFoldLag, (await this.foldLag(readiness)) ?? 0)
  }
}
