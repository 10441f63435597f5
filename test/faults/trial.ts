import { onTestFinished } from 'vitest'
import { Chance } from '../deterministic/chance.ts'
import { EventLoad, type EventLoadOptions, type Target, targetOf } from '../support/event-load.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { type OpenedService, openOn, type ServiceOptions } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import type { Backend } from './backend.ts'
import { ServiceProcess } from './service-process.ts'

export const USERS = Array.from({ length: 40 }, (_, n) => `u${n}`)
const ITEMS = 25
/** What adds to other columns each. */
const TYPES = ['view', 'view', 'view', 'click', 'add_to_cart', 'purchase', 'like']

/** Of a fault: when it was complete, and since when what was acknowledged may be lost by it. Both by `performance.now()`. */
export interface Losable {
  readonly from: number
  readonly fault: number
}

export interface TrialOptions<B extends Backend> {
  readonly backend: B
  readonly seed: number
  /** By how many times events and rounds are multiplied, of which the short form has fewer. */
  readonly factor: number
  /** Of services on Redis. */
  readonly durability?: 'memory' | 'replica'
}

let trials = 0

/** One store under one fault, with the services on it and the load that goes on meanwhile. */
export class Trial<B extends Backend = Backend> {
  readonly backend: B
  readonly chance: Chance
  readonly factor: number
  readonly clock = new SettableClock(Date.now())
  readonly losable: Losable[] = []
  /** Who takes events now. */
  readonly targets: Target[] = []
  readonly #seed: number
  readonly #options: TrialOptions<B>
  readonly #prefix = `f${process.pid}-${++trials}`
  #opened = 0
  #dataDir: string | undefined
  #load: EventLoad | undefined

  constructor(options: TrialOptions<B>) {
    this.backend = options.backend
    this.factor = options.factor
    this.chance = new Chance(options.seed)
    this.#seed = options.seed
    this.#options = options
  }

  get load(): EventLoad {
    if (!this.#load) throw new Error('the trial has no load yet')
    return this.#load
  }

  /** Folder of an embedded store. */
  async dataDir(): Promise<string> {
    this.#dataDir ??= await temporaryDirectory()
    return this.#dataDir
  }

  /** A service in this process that takes events. @param url where it finds the store, if not where everyone does */
  async open(url?: string): Promise<OpenedService> {
    const { backend, clock } = this
    const options: ServiceOptions = {
      clock,
      // Two with the same nonces would each take the other's work for their own.
      random: seededRandomness(this.#seed + ++this.#opened),
      prefix: this.#prefix,
      ...this.#spread,
      durability: this.#options.durability ?? 'memory',
    }
    const service =
      backend.kind === 'embedded'
        ? await openOn(undefined, { ...options, dataDir: await this.dataDir() })
        : await openOn(url ?? backend.url, options)
    this.targets.push(targetOf(service))
    return service
  }

  /** A service in a process of its own that takes events. */
  async fork(settings: Record<string, string> = {}): Promise<ServiceProcess> {
    const { backend } = this
    const { partitions, shards } = this.#spread
    const store: Record<string, string> =
      backend.kind === 'embedded'
        ? { DATA_DIR: await this.dataDir(), JOURNAL_FSYNC: 'no', SNAPSHOT_EVERY_MB: '0' }
        : { REDIS_URL: backend.url, REDIS_PREFIX: this.#prefix, PARTITIONS: `${partitions}`, SHARDS: `${shards}` }
    const service = await ServiceProcess.start({ ...store, ...settings })
    this.targets.push(service)
    return service
  }

  /** It is not asked any more. */
  leave(target: Target): void {
    this.targets.splice(this.targets.indexOf(target), 1)
  }

  /** Begins to send events of many users, one of them hot, to all targets. */
  start(options: Partial<EventLoadOptions> = {}): EventLoad {
    this.#load = new EventLoad({
      targets: this.targets,
      event: (n) => {
        const chance = new Chance(this.#seed ^ Math.imul(n, 0x85ebca6b))
        const userId = chance.happens(0.15) ? USERS[0] : chance.pick(USERS)
        const [itemId, eventType] = [`i${chance.between(0, ITEMS)}`, chance.pick(TYPES)]
        return { eventId: `e${n}`, userId, itemId, eventType, sessionId: `s${chance.between(0, 2)}` }
      },
      chance: new Chance(~this.#seed),
      ...options,
    })
    const load = this.#load
    onTestFinished(() => load.abandon())
    return load
  }

  /** Resolves after so many events, more or less, that are acknowledged. */
  some(count: number): Promise<void> {
    return this.load.another(Math.ceil(count * this.factor * (0.5 + this.chance.number())))
  }

  /** So many rounds in the short form, more in the long one. */
  async rounds(count: number, round: () => Promise<void>): Promise<void> {
    for (let n = 0; n < count * Math.min(2, this.factor); n++) await round()
  }

  get #spread() {
    return this.backend.kind === 'cluster' ? { partitions: 16, shards: 8 } : { partitions: 4, shards: 2 }
  }
}
