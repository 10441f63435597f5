import { Catalogue, readItem } from '../../src/catalogue/catalogue.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { START } from '../support/settable-clock.ts'
import { Clients, USERS } from './clients.ts'
import { planFaults } from './faults.ts'
import { whyInAnotherLife, whyOutdated } from './item-oracle.ts'
import { ITEMS } from './item-uploads.ts'
import { KEYS, logs } from './keys.ts'
import { eventsOf, judge, loggedEntries, losersOf, Violation } from './oracle.ts'
import type { Bytes } from './redis-model.ts'
import { ALL_GUARDS, type Guards } from './script-models.ts'
import { type Parts, SimulatedService, type Surroundings } from './simulated-process.ts'
import { type SimulatedNode, SimulatedRedis } from './simulated-redis.ts'
import { chooseSituations, SITUATIONS, type Situation } from './situations.ts'
import { isLater } from './stream-ids.ts'
import { planUpheavals } from './upheavals.ts'
import { World } from './world.ts'

export interface Run {
  /** The same for the same seed. */
  readonly trace: number
  readonly events: number
  readonly steps: number
  /** What did not hold; undefined when all did. */
  readonly failure: Error | undefined
}

export interface SimulationOptions {
  readonly guards?: Guards
  readonly narrate?: (line: string) => void
  /** Of which a run brings some. */
  readonly situations?: readonly Situation[]
}

/** ms until what was recorded must be in the shared sums, when nothing is in the way any more: a lease, and some. */
const CATCH_UP_MS = 15_000
/** ms in which everything is answered, whatever went wrong: clients are patient, and each fault ends. */
const ALL_ANSWERED_MS = 600_000
const WATCH_MS = 300
const ASKING_MS = 5000
/** Slates of each id of a person that are under way when the person is erased at the end. */
const SLATES_UNDER_WAY = 3
/** Who records the last events of a run with lives. */
const VIEWER = 'viewer'

/** One run: a few services, some clients, one Redis or a cluster, and what goes wrong, all of it from the seed. */
export async function simulate(
  seed: number,
  { guards = ALL_GUARDS, narrate, situations = SITUATIONS }: SimulationOptions = {},
): Promise<Run> {
  const world = new World(seed, narrate)
  const simulation = new Simulation(world, guards, chooseSituations(world.chance, situations))
  let failure: Error | undefined
  try {
    await simulation.run()
  } catch (error) {
    failure = error as Error
  }
  return { trace: world.trace, events: simulation.events, steps: world.steps, failure }
}

class Simulation {
  readonly events: number
  readonly #world: World
  readonly #redis: SimulatedRedis
  readonly #clients: Clients
  readonly #surroundings: Surroundings
  readonly #services: SimulatedService[]
  readonly #lost = new Set<string>()
  readonly #situations: ReadonlySet<Situation>
  /** Something that was recorded is gone, as a failover or a store that lost its data may have it. */
  #hasLost = false
  readonly #halfErased = new Set<string>()

  constructor(world: World, guards: Guards, situations: ReadonlySet<Situation>) {
    this.#situations = situations
    world.note('situations', [...situations])
    const { chance } = world
    this.#world = world
    this.#redis = new SimulatedRedis(chance.pick([1, 1, 2, 3]), world, guards)
    this.#surroundings = {
      world,
      redis: this.#redis,
      weather: { latency: chance.pick([0.2, 1, 5]), stalls: chance.pick([0, 0, 0.002, 0.01]) },
      catalogue: situations.has('lives') ? undefined : catalogue(),
      durability: chance.happens(0.3) ? 'replica' : 'memory',
    }
    this.#services = Array.from({ length: chance.between(2, 4) }, () => this.#startService())
    this.events = chance.between(20, 61)
    this.#clients = new Clients(world, () => this.#services, this.events, situations)
  }

  async run(): Promise<void> {
    const world = this.#world
    const { chance } = world
    const gap = chance.pick([1, 20, 200])
    const until = Math.max(200, this.events * gap * 0.3)
    const targets = {
      world,
      nodes: this.#redis.nodes,
      services: () => this.#services,
      failOver: (node: SimulatedNode) => this.#failOver(node),
    }
    planFaults(targets, until)
    planUpheavals(this.#situations, { ...targets, comeBack: () => this.#comeBack() }, until)
    this.#watch()
    this.#clients.start(chance.between(2, 7), gap)
    if (!(await world.run(() => this.#clients.areDone, world.now + ALL_ANSWERED_MS))) {
      throw new Violation('clients are still waiting for an answer')
    }
    // A store that loses data would bring back who is erased at the end.
    if (this.#situations.has('lostStores')) await world.run(() => false, START + until)
    this.#heal()
    if (this.#situations.has('chains')) await this.#settleMerges()
    const gone = this.#situations.has('chains') && this.#situations.has('erasures') ? await this.#eraseOne() : undefined
    if (!(await world.run(() => this.#isFolded(), world.now + CATCH_UP_MS))) {
      throw new Violation('the fold workers have not folded every log entry')
    }
    if (this.#situations.has('lives') && !(await world.run(() => this.#whyOutdated() === undefined, world.now + CATCH_UP_MS)))
      throw new Violation(this.#whyOutdated()!)
    if (this.#situations.has('lives')) await this.#expectPresentLives()
    for (const service of this.#services) service.kill()
    if (world.defects.length > 0) throw world.defects[0]
    const { answers, erasures } = this.#clients
    await judge(this.#redis, {
      answers,
      erasures,
      lost: this.#lost,
      hasLost: this.#hasLost,
      mayReject: this.#situations.has('clockSteps') || this.#situations.has('extremeNumbers'),
      gone: gone ?? new Set(),
      halfErased: this.#halfErased,
      isSettled: this.#situations.has('chains'),
      itemUploads: this.#clients.items.sent,
    })
  }

  #startService(): SimulatedService {
    const name = `service${this.#world.unique()}`
    this.#world.note(`${name} starts`)
    return new SimulatedService(name, this.#surroundings)
  }

  /** Starts another service in the place of one that has died. */
  #watch(): void {
    this.#services.forEach((service, i) => {
      if (!service.process.isAlive) this.#services[i] = this.#startService()
    })
    this.#world.after(WATCH_MS, () => this.#watch())
  }

  /** Faults end by themselves; memory may stay full, since what is recorded must get folded nevertheless. */
  #heal(): void {
    const staysFull = this.#world.chance.happens(0.3) && !this.#situations.has('chains')
    this.#surroundings.weather.stalls = 0
    for (const node of this.#redis.nodes) {
      node.isUp = true
      node.isFull = staysFull
    }
  }

  async #settleMerges(): Promise<void> {
    for (const user of USERS) await this.#done(({ people }) => people.settledOwnerOf(user))
  }

  /** Erases one person, for whom slates are being made, and names all of their ids. */
  async #eraseOne(): Promise<ReadonlySet<string>> {
    const erased = this.#world.chance.pick(USERS)
    const owner = await this.#done(({ people }) => people.ownerOf(erased))
    const ids = new Set<string>()
    for (const user of USERS) if ((await this.#done(({ people }) => people.ownerOf(user))) === owner) ids.add(user)
    this.#world.note(`erase at the end ${erased}`, [...ids])
    const slates = [...ids].flatMap((id) => Array<string>(SLATES_UNDER_WAY).fill(id))
    let asked = 0
    let over = 0
    const begin = () => void asked++
    const end = () => void over++
    for (const id of slates) this.#clients.serveSlate(id, begin, end)
    await this.#world.run(() => asked + over >= slates.length, this.#world.now + ASKING_MS)
    await this.#done(({ erasures }) => erasures.erase(erased))
    await this.#world.run(() => over === slates.length, this.#world.now + ASKING_MS)
    return ids
  }

  /** Asks until a service answers. */
  async #done<T>(request: (parts: Parts) => Promise<T>): Promise<T> {
    const answers: T[] = []
    const until = this.#world.now + ALL_ANSWERED_MS
    while (answers.length === 0 && this.#world.now < until) {
      this.#world.chance.pick(this.#services).ask(request, (answer) => answers.push(answer))
      await this.#world.run(() => answers.length > 0, this.#world.now + ASKING_MS)
    }
    if (answers.length === 0) throw new Violation('a request at the end has no answer')
    return answers[0]
  }

  /** All servers lost what they held, or the only one lost the latest of it. */
  #comeBack(): void {
    const before = loggedEntries(this.#redis)
    const { nodes } = this.#redis
    const share = nodes.length === 1 ? this.#world.chance.pick([0, this.#world.chance.number()]) : 0
    for (const node of nodes) {
      node.comeBack(share)
      for (const { link } of this.#services) link.cut(node, 0)
    }
    this.#hasLost = true
    for (const { eventId } of eventsOf(before)) this.#lost.add(eventId)
    // What was erased from the log is known no more either.
    for (const { eventId } of this.#clients.answers) this.#lost.add(eventId)
    this.#clients.forgetVersions(USERS)
  }

  #failOver(node: SimulatedNode): void {
    this.#hasLost = true
    const before = loggedEntries(this.#redis)
    const lag = this.#world.chance.number() * 3000
    node.failOver(lag)
    const left = new Set(loggedEntries(this.#redis).map((entry) => JSON.stringify(entry)))
    const lostEntries = before.filter((entry) => !left.has(JSON.stringify(entry)))
    const lost = eventsOf(lostEntries)
    // With the durability "replica" nothing of it had been acknowledged.
    if (this.#surroundings.durability === 'memory') {
      for (const { eventId } of lost) this.#lost.add(eventId)
      this.#clients.forgetVersions(losersOf(lostEntries, before))
      // So is the end of an erasure: the person is marked then, and some of what they did is there.
      for (const [userId, { until }] of this.#clients.erasures) if (until >= this.#world.now - lag) this.#halfErased.add(userId)
    }
    this.#world.note(
      `${node.name} fails over`,
      lost.map(({ eventId }) => eventId),
    )
  }

  /** What all services record now counts in the present lives of the items. */
  async #expectPresentLives(): Promise<void> {
    const before = this.#storedLives()
    const views = this.#services.flatMap(({ process }) =>
      ITEMS.map((itemId) => ({ itemId, eventId: `${process.name} ${itemId}` })),
    )
    const events = views.map((view) => ({ ...view, userId: VIEWER, eventType: 'view' }))
    for (const [i, service] of this.#services.entries()) {
      const own = events.slice(i * ITEMS.length, (i + 1) * ITEMS.length)
      let isOver = false
      const end = () => {
        isOver = true
      }
      service.ask(({ ingest }) => Promise.all(own.map((event) => ingest.record([event]))), end, end)
      await this.#world.run(() => isOver, this.#world.now + ASKING_MS)
    }
    const after = this.#storedLives()
    for (const entry of loggedEntries(this.#redis)) {
      if (entry.kind !== 'events' || entry.userId !== VIEWER) continue
      for (const { event } of entry.events) {
        const at = ITEMS.indexOf(event.itemId ?? '')
        // One that an upload changed meanwhile may be in either life.
        const problem = before[at] === after[at] ? whyInAnotherLife(entry, ITEMS[at], after[at]) : undefined
        if (problem !== undefined) throw new Violation(problem)
      }
    }
    if (!(await this.#world.run(() => this.#isFolded(), this.#world.now + CATCH_UP_MS)))
      throw new Violation('the fold workers have not folded the last events')
  }

  #storedLives(): number[] {
    return ITEMS.map((itemId) => {
      const stored = this.#storedItem(itemId)
      return (stored && readItem(itemId, stored, () => {})?.life) ?? 0
    })
  }

  #storedItem(id: string): Buffer | undefined {
    const key = Buffer.from(KEYS.value({ kind: 'item', id })).toString('latin1')
    const stored = this.#redis.nodeOfKey(key).model.call('get', key) as Bytes | null
    return stored === null ? undefined : Buffer.from(stored, 'latin1')
  }

  /** @returns how a service sees an item otherwise than it is stored; undefined if none does */
  #whyOutdated(): string | undefined {
    for (const { process, catalogue } of this.#services) {
      if (!catalogue) return `${process.name} has not started`
      for (const id of ITEMS) {
        const problem = whyOutdated(catalogue, id, this.#storedItem(id))
        if (problem !== undefined) return `${process.name} is not up to date with item ${id}: ${problem}`
      }
    }
    return undefined
  }

  #isFolded(): boolean {
    const { shards } = KEYS.partitioning
    for (const [partition, log] of logs().entries()) {
      const [last] = this.#redis.nodeOfKey(log).model.call('xrevrange', log, '+', '-', 'COUNT', '1') as [Bytes, Bytes[]][]
      if (!last) continue
      for (let shard = 0; shard < shards; shard++) {
        const marks = KEYS.marks(shard)
        const mark = this.#redis.nodeOfKey(marks).model.call('hget', marks, String(partition)) as Bytes | null
        // Beyond the last entry, where an erasure removed what came after it.
        if (mark === null || isLater(last[0], mark)) return false
      }
    }
    return true
  }
}

function catalogue(): Catalogue {
  const items = new Catalogue(eCommerce.attributes)
  ITEMS.forEach((itemId, i) => {
    const attributes = { category: i % 2 === 0 ? 'shoes' : ['hats', 'été'], brand: `b${i % 2}`, price: 10 + i }
    items.set(itemId, { attributes, available: true, updatedAt: 0, addedAt: 0, deleted: false })
  })
  return items
}
