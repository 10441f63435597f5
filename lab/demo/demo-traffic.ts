import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import { UnavailableError } from '../../src/errors.ts'
import type { Companion } from '../../src/serve/stop-on-signal.ts'
import type { Service } from '../../src/service/service.ts'
import { drive } from '../simulation/drive.ts'
import { ServiceTransport } from '../simulation/service-transport.ts'
import { createDemoShop, DEMO_SEED, startOfHistory } from './demo-shop.ts'

/** Events a second, at most. */
const RATE = 1
/** Shoppers in the shop at once. */
const SHOPPERS_AT_ONCE = 3
/** So many seconds of a visit go by in one second. */
const SPEED = 10
/** Pause after the service could not record for a while, in ms. */
const PAUSE_MS = 60_000

/** Brings simulated shoppers into the demo shop, but no items: those that a user of the demo has changed or deleted stay so. */
class TrafficTransport extends ServiceTransport {
  override async upsertItems(): Promise<void> {}
}

/** Simulated shoppers who visit the demo shop while it is open. */
export class DemoTraffic implements Companion {
  readonly #service: Service
  readonly #logger: Logger
  readonly #closing = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(service: Service, logger: Logger) {
    this.#service = service
    this.#logger = logger
    // Every shopper who waits listens to it.
    setMaxListeners(0, this.#closing.signal)
  }

  begin(): void {
    this.#ended = this.#go().catch((error: unknown) => this.#logger.error({ error }, 'the simulated shoppers have left'))
    this.#logger.info({ eventsPerSecond: RATE }, 'simulated shoppers visit the demo shop; --no-traffic: none')
  }

  end(): Promise<void> {
    this.#closing.abort()
    return this.#ended
  }

  async #go(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await this.#drive(signal)
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error
        this.#logger.warn({ error, pauseMs: PAUSE_MS }, 'the simulated shoppers pause')
        await wait(PAUSE_MS, signal)
      }
    }
  }

  async #drive(signal: AbortSignal): Promise<void> {
    const now = () => this.#service.clock.wall()
    await drive({
      ...createDemoShop(startOfHistory(now())),
      transport: new TrafficTransport(this.#service),
      seed: DEMO_SEED,
      until: Number.POSITIVE_INFINITY,
      ...{ concurrency: SHOPPERS_AT_ONCE, rate: RATE, speed: SPEED },
      ...{ now, wait, signal },
    })
  }
}

async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => {})
}
