import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { Catalogue } from '../../src/catalogue/catalogue.ts'
import type { Clock } from '../../src/clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { UnavailableError } from '../../src/errors.ts'
import { Enrichment } from '../../src/events/enrichment.ts'
import { Ingest } from '../../src/events/ingest.ts'
import { People } from '../../src/events/people.ts'
import { Uploads } from '../../src/events/uploads.ts'
import { UserErasures } from '../../src/events/user-erasures.ts'
import { followCatalogue } from '../../src/live/follow-copies.ts'
import type { Randomness } from '../../src/random.ts'
import { ServiceClock } from '../../src/service-clock.ts'
import { NONCES } from '../../src/state/log/not-counted.ts'
import { FoldWorker } from '../../src/state/redis/fold-worker.ts'
import { openLayout } from '../../src/state/redis/layout.ts'
import { RedisStore, type RedisStoreOptions } from '../../src/state/redis/store.ts'
import { StoreWatch } from '../../src/state/redis/store-watch.ts'
import type { SlotNames } from '../../src/state/slots.ts'
import { pause, type Timers } from '../../src/timers.ts'
import { KEYS } from './keys.ts'
import { SimulatedConnection, type Weather } from './simulated-connection.ts'
import type { SimulatedRedis } from './simulated-redis.ts'
import { SimulatedSignals } from './simulated-signals.ts'
import type { World } from './world.ts'

/** Few enough that values are also let go. */
const HELD = 3

/** What runs until it is killed: messages and timers reach it in order, unless it is stopped for a while, and none when it is dead. */
export class SimulatedProcess implements Timers {
  readonly name: string
  readonly #world: World
  #skew: number
  #isAlive = true
  #stopped = false
  #timersMissed: (() => void)[] = []
  #messagesMissed: (() => void)[] = []

  constructor(name: string, world: World) {
    this.name = name
    this.#world = world
    this.#skew = world.chance.between(-500, 500)
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  now(): number {
    return Math.floor(this.#world.now) + this.#skew
  }

  monotonic(): number {
    return this.#world.now
  }

  after(ms: number, callback: () => void): () => void {
    return this.#world.after(ms, () => this.#receive(this.#timersMissed, callback))
  }

  atEndOfTurn(callback: () => void): void {
    this.after(0, callback)
  }

  deliver(message: () => void): void {
    this.#receive(this.#messagesMissed, message)
  }

  kill(): void {
    this.#isAlive = false
  }

  /** Its wall clock is set, by this many ms. */
  stepClock(ms: number): void {
    this.#skew += ms
  }

  /** SIGSTOP. */
  stop(): void {
    this.#stopped = true
  }

  /** SIGCONT: what came meanwhile is there at once, timers before messages or after. */
  continue(): void {
    this.#stopped = false
    const missed = [...this.#timersMissed, ...this.#messagesMissed]
    if (this.#world.chance.happens(0.5)) missed.splice(0, missed.length, ...this.#messagesMissed, ...this.#timersMissed)
    this.#timersMissed = []
    this.#messagesMissed = []
    for (const receive of missed) this.#world.after(0, () => this.#receive(this.#messagesMissed, receive))
  }

  #receive(missed: (() => void)[], callback: () => void): void {
    if (!this.#isAlive) return
    if (this.#stopped) missed.push(callback)
    else callback()
  }
}

/** What a service does for whoever asks. */
export interface Parts {
  readonly ingest: Ingest
  readonly uploads: Uploads
  readonly people: People
  readonly erasures: UserErasures
  readonly store: RedisStore
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
}

/** What the services of one run share. */
export interface Surroundings {
  readonly world: World
  readonly redis: SimulatedRedis
  readonly weather: Weather
  /** Of items that do not change; undefined where each service has its own, and follows the store. */
  readonly catalogue: Catalogue | undefined
  readonly durability: RedisStoreOptions['durability']
}

/** What a service of this repository is made of, with the timers, chance and connection of a simulated process. */
export class SimulatedService {
  readonly process: SimulatedProcess
  readonly link: SimulatedConnection
  readonly #world: World
  readonly #ready: Promise<Parts>
  /** Its view of the items; undefined until it serves. */
  catalogue: Catalogue | undefined

  constructor(name: string, surroundings: Surroundings) {
    const { world, redis, weather } = surroundings
    const process = new SimulatedProcess(name, world)
    this.process = process
    this.#world = world
    this.link = new SimulatedConnection({ process, redis, world, weather })
    this.#ready = open(process, this.link, surroundings)
    this.#ready.then(
      ({ catalogue }) => {
        this.catalogue = catalogue
      },
      // A service that cannot open its store ends; whoever watches over it starts another.
      () => process.kill(),
    )
  }

  /** What the service does when asked; never settles when it is dead. */
  ask<T>(request: (parts: Parts) => Promise<T>, answer: (result: T) => void, failed: () => void = () => {}): void {
    this.process.deliver(() => {
      this.#ready.then(request).then(
        (result) => this.process.deliver(() => answer(result)),
        (error) => {
          if (!(error instanceof UnavailableError)) this.#world.defects.push(error as Error)
          this.process.deliver(failed)
        },
      )
    })
  }

  kill(): void {
    this.process.kill()
    this.link.abandon()
  }
}

async function open(
  process: SimulatedProcess,
  link: SimulatedConnection,
  { world, redis, weather, catalogue: shared, durability }: Surroundings,
): Promise<Parts> {
  const { connection } = link
  const domain = eCommerce
  let accumulators = new AccumulatorSet(domain.accumulators)
  const newId = () => `store-${world.unique()}`
  const grow = (recorded: SlotNames | undefined) => {
    if (recorded) accumulators = new AccumulatorSet(domain.accumulators, recorded)
    return accumulators.layout.names
  }
  const id = await openLayout(connection, KEYS, grow, newId)
  const identity = new StoreWatch({
    connection,
    keys: KEYS,
    id,
    columns: accumulators.layout.names,
    grow: (recorded) => new AccumulatorSet(domain.accumulators, recorded).layout.names,
    newId,
    onError: (message) => world.note(`${process.name} lost the store`, [message]),
  })
  const now = () => process.now()
  const machine: Clock = { now, wall: now, monotonic: () => process.monotonic(), at: now, arrive: () => {}, ofClient: (at) => at }
  const clock = new ServiceClock(machine)
  clock.begin()
  const random = randomnessOf(world)
  const worker = new FoldWorker({
    connection,
    keys: KEYS,
    layout: accumulators.layout,
    identity,
    expiresIn: domain.expiry.item,
    warn: (message) => world.note(`${process.name} warns`, [message]),
    id: process.name,
    timers: process,
  })
  const { layout } = accumulators
  // Some wait until what they recorded is folded: then all workers fold at once, lease or not.
  const settles = world.chance.happens(0.2)
  const store = new RedisStore({
    connection,
    keys: KEYS,
    layout,
    identity,
    lateness: domain.lateness,
    durability,
    worker,
    settles,
    archive: undefined,
    timers: process,
    newId,
  })
  const signals = new SimulatedSignals({ process, redis, world, weather })
  identity.onReplaced(() => {
    store.forget()
    worker.forget()
    signals.resync()
  })
  const catalogue = shared ?? new Catalogue(domain.attributes)
  if (!shared) {
    link.onCut = () => signals.cut()
    const onError = (error: unknown) => world.note(`${process.name} reads items again`, [(error as Error).message])
    await followCatalogue(catalogue, store, signals, onError, (ms) => pause(process, ms))
  }
  const parts = { store, domain, accumulators, catalogue, clock, random, timers: process, held: HELD }
  const people = new People(parts)
  worker.start()
  const enrichment = new Enrichment(parts)
  return {
    ingest: new Ingest({ ...parts, people, enrichment }),
    uploads: new Uploads({ ...parts, people }),
    people,
    erasures: new UserErasures({ ...parts, people }),
    store,
    accumulators,
    catalogue,
  }
}

/** Stamps are unlike any others, as 8 random bytes are; so are nonces, where 22 bits would meet once in a million times. */
function randomnessOf(world: World): Randomness {
  return {
    stamp: () => Buffer.from(String(world.unique()).padStart(8, '0')),
    integer: (limit) => (limit === NONCES ? world.unique() : world.chance.between(0, limit)),
    id: () => `made-${world.unique()}`,
  }
}
