import { InvalidInputError, UnavailableError } from '../../src/errors.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { MARK_MS } from '../../src/state/user-links.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import type { Timers } from '../../src/timers.ts'
import { withoutPastLives } from '../deterministic/item-oracle.ts'
import { Violation } from '../deterministic/oracle.ts'
import { World } from '../deterministic/world.ts'
import { expectSameState, snapshotOf } from '../support/state-snapshot.ts'
import { expectErased, expectLogged } from './disk-oracle.ts'
import { ItemChanges } from './item-changes.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { ARCHIVE, type Opened, openStore, type StoreSettings } from './simulated-store.ts'

export interface Run {
  /** The same for the same seed. */
  readonly trace: number
  readonly events: number
  /** What did not hold; undefined when all did. */
  readonly failure: Error | undefined
}

const KEPT = ['ann', 'bob', 'ça va?']
const ERASED = ['erased-2718281828', 'erased-3141592653', 'erased-1414213562']
const ITEMS = ['i1', 'i2', 'i3', 'an item 🎩']
const TYPES = ['view', 'view', 'click', 'impression', 'add_to_cart', 'remove_from_cart', 'purchase', 'search']
/** After so many ms, everything acknowledged is on the disk with `everysec`, if no sync fails. */
const SYNCED_MS = 2500
/** Most ms in which a slate is made. */
const RANKING_MS = 1000
/** Slates of each user that are under way when all are erased at the end. */
const SLATES_UNDER_WAY = 3
/** Longer than the mark of an erasure that nobody sends again holds events back. */
const ALL_DONE_MS = 2 * MARK_MS

/** One run: one store on one disk, some clients, and what goes wrong, all of it from the seed. */
export async function simulate(
  seed: number,
  mount: (disk: SimulatedDisk) => void,
  narrate?: (line: string) => void,
): Promise<Run> {
  const world = new World(seed, narrate)
  const simulation = new Simulation(world)
  mount(simulation.disk)
  let failure: Error | undefined
  try {
    await simulation.run()
  } catch (error) {
    failure = error as Error
  }
  return { trace: world.trace, events: simulation.events, failure }
}

interface Sent {
  readonly userId: string
  /** When it was acknowledged. */
  readonly at: number
}

class Simulation {
  readonly disk: SimulatedDisk
  readonly events: number
  readonly #world: World
  readonly #settings: StoreSettings
  /** Acknowledged events of users who are never erased. */
  readonly #acknowledged = new Map<string, Sent>()
  readonly #items: ItemChanges
  /** Tells the clients that wait for an answer that their store has died. */
  readonly #asked = new Set<() => void>()
  #store: Opened | undefined
  #life = 0
  #lanes = 0
  #sent = 0
  #lastSyncFailure = 0
  #isHealing = false

  constructor(world: World) {
    const { chance } = world
    this.#world = world
    this.#items = new ItemChanges(world, ITEMS)
    this.disk = new SimulatedDisk(world, chance.pick([0.5, 5, 50]))
    this.events = chance.between(10, 60)
    this.#settings = {
      fsync: chance.pick(['always', 'always', 'everysec', 'no']),
      everyBytes: chance.pick([0, 4000, 30_000]),
      archive: chance.happens(0.7) ? ARCHIVE : undefined,
    }
  }

  async run(): Promise<void> {
    const world = this.#world
    const { chance } = world
    this.#start()
    this.#planFaults(chance.pick([300, 3000, 20_000]))
    const lanes = chance.between(1, 5)
    this.#lanes = lanes
    for (let lane = 0; lane < lanes; lane++) void this.#lane(chance.pick([1, 20, 300])).then(() => this.#lanes--)
    if (!(await world.run(() => this.#lanes === 0, world.now + ALL_DONE_MS))) throw this.#defect('clients wait for an answer')
    await this.#finally(async () => {
      await this.#untilDone(({ store }) => store.ping())
      await this.#items.expectSeen(this.#store!)
    })
    this.#heal()
    await this.#finally(async () => {
      await this.#untilDone(({ store }) => store.ping())
      const slates = ERASED.flatMap((userId) => Array.from({ length: SLATES_UNDER_WAY }, () => this.#slate(userId)))
      for (const userId of ERASED) await this.#untilDone(({ erasures }) => erasures.erase(userId))
      await Promise.all(slates)
    })
    await this.#finally(() => this.#judge())
  }

  #defect(message: string): Error {
    return this.#world.defects[0] ?? new Violation(message)
  }

  async #finally(task: () => Promise<void>): Promise<void> {
    let outcome: { error?: unknown } | undefined
    task().then(
      () => {
        outcome = {}
      },
      (error: unknown) => {
        outcome = { error }
      },
    )
    const ended = await this.#world.run(() => outcome !== undefined, this.#world.now + ALL_DONE_MS)
    if (outcome && 'error' in outcome) throw outcome.error
    if (!ended) throw this.#defect('what is asked at the end is not done')
    if (this.#world.defects.length > 0) throw this.#world.defects[0]
  }

  #start(): void {
    const life = ++this.#life
    const timers: Timers = {
      monotonic: () => this.#world.now,
      after: (ms, callback) => this.#world.after(ms, () => life === this.#life && callback()),
      atEndOfTurn: (callback) => this.#world.after(0, () => life === this.#life && callback()),
    }
    this.#world.note('starts')
    openStore(this.#world, timers, this.#settings).then(
      (store) => {
        if (life === this.#life) this.#store = store
      },
      (error: Error & { code?: string }) => {
        if (life !== this.#life) return
        const isDisk = ['ENOSPC', 'EIO', 'UNAVAILABLE'].includes(error.code ?? '')
        if (isDisk && !this.#isHealing) this.#restart(false)
        else this.#world.defects.push(new Violation(`it does not start: ${error.message}`, { cause: error }))
      },
    )
  }

  #restart(losesPower: boolean): void {
    const world = this.#world
    const life = ++this.#life
    this.#store = undefined
    for (const lose of this.#asked) lose()
    this.#asked.clear()
    world.note(losesPower ? 'fault: the power is lost' : 'fault: the process is killed')
    if (losesPower) {
      this.disk.losePower()
      this.#forgetLost()
    } else this.disk.kill()
    world.after(50 + world.chance.number() * 500, () => life === this.#life && this.#start())
  }

  /** What a loss of power may take with it. */
  #forgetLost(): void {
    const { fsync } = this.#settings
    if (fsync === 'always') return
    for (const [eventId, { at }] of this.#acknowledged) {
      const wasSynced = at < this.#world.now - SYNCED_MS && this.#lastSyncFailure < at
      if (fsync === 'no' || !wasSynced) this.#acknowledged.delete(eventId)
    }
  }

  #planFaults(within: number): void {
    const world = this.#world
    const { chance } = world
    const some = (most: number, fault: () => void) => {
      for (let n = chance.between(0, most + 1); n > 0; n--)
        world.after(chance.number() * within, () => !this.#isHealing && fault())
    }
    some(chance.pick([0, 2, 5]), () => this.#restart(false))
    some(chance.pick([0, 0, 3]), () => this.#restart(true))
    some(chance.pick([0, 0, 2]), () => {
      world.note('fault: the disk is full')
      this.disk.isFull = true
      world.after(chance.number() * 3000, () => {
        this.disk.isFull = false
      })
    })
    some(chance.pick([0, 0, 2]), () => {
      world.note('fault: syncs fail')
      this.disk.failingSyncs = chance.pick([0.2, 1])
      world.after(chance.number() * 3000, () => {
        this.disk.failingSyncs = 0
        this.#lastSyncFailure = world.now + SYNCED_MS
      })
      this.#lastSyncFailure = Number.POSITIVE_INFINITY
    })
  }

  #heal(): void {
    this.#isHealing = true
    this.disk.isFull = false
    this.disk.failingSyncs = 0
    this.#restart(this.#world.chance.happens(0.3))
  }

  /** Asks the store until it does it: while it is away, or refuses, again a little later. */
  async #untilDone<T>(request: (store: Opened) => Promise<T>): Promise<T> {
    for (;;) {
      const done = await this.#ask(request)
      if (done) return done.result
      await this.#world.pause(20 + this.#world.chance.number() * 300)
    }
  }

  /** @returns undefined when the store is away, refuses, or dies meanwhile */
  #ask<T>(request: (store: Opened) => Promise<T>): Promise<{ result: T } | undefined> {
    const store = this.#store
    const life = this.#life
    if (!store) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const lose = () => this.#world.after(this.#world.chance.number() * 100, () => resolve(undefined))
      this.#asked.add(lose)
      request(store).then(
        (result) => {
          if (life !== this.#life) return
          this.#asked.delete(lose)
          resolve({ result })
        },
        (error: Error) => {
          if (life !== this.#life) return
          this.#asked.delete(lose)
          if (!(error instanceof UnavailableError)) this.#world.defects.push(error)
          resolve(undefined)
        },
      )
    })
  }

  async #lane(gap: number): Promise<void> {
    const { chance } = this.#world
    while (this.#sent < this.events) {
      await this.#world.pause(chance.number() * 2 * gap)
      const batch = Array.from({ length: chance.between(1, 5) }, () => this.#event(this.#sent++))
      // Offline queues come newest first.
      if (chance.happens(0.3)) batch.reverse()
      await this.#record(batch)
      if (chance.happens(0.15)) await this.#upload()
      if (chance.happens(0.3)) await this.#items.change((request) => this.#untilDone(request))
      if (chance.happens(0.2)) void this.#slate(chance.pick([...KEPT, ...ERASED]))
      if (chance.happens(0.15)) await this.#merge(chance.pick([KEPT, ERASED]))
      if (chance.happens(0.25)) await this.#erase()
    }
  }

  async #record(batch: readonly (EventInput & { eventId: string })[]): Promise<void> {
    for (let waiting = batch; waiting.length > 0; ) {
      const outcomes = await this.#untilDone(({ ingest }) => ingest.record(waiting))
      outcomes.forEach((outcome, i) => {
        const { eventId, userId } = waiting[i]
        this.#world.note(`answer ${eventId} ${outcome.status}`)
        if (outcome.status === 'REJECTED') this.#world.defects.push(new Violation(`${eventId}: ${outcome.error.message}`))
        if (outcome.status !== 'UNAVAILABLE' && KEPT.includes(userId)) {
          this.#acknowledged.set(eventId, { userId, at: this.#world.now })
        }
      })
      waiting = waiting.filter((_, i) => outcomes[i].status === 'UNAVAILABLE')
      if (waiting.length > 0) await this.#world.pause(100)
    }
  }

  async #upload(): Promise<void> {
    const { chance } = this.#world
    const userId = chance.pick([...KEPT, ...ERASED])
    await this.#ask(({ uploads }) => uploads.upsertUsers([{ userId, attributes: { age: chance.between(18, 99) } }]))
    const items = ITEMS.map((itemId, i) => ({ itemId, score: 1 / (i + 1) }))
    await this.#ask(({ uploads }) => uploads.uploadOfflineRecommendations([{ userId, items }]))
  }

  /** Resolves when the slate is kept, refused, or lost with its process. */
  async #slate(userId: string): Promise<void> {
    const life = this.#life
    const takesMs = this.#world.chance.number() * RANKING_MS
    const slate = { userId, surface: 'home', items: ITEMS.map((itemId) => ({ itemId })) }
    const entry = {
      kind: 'slate' as const,
      recommendationId: `00-${userId.length}`,
      userId,
      at: Math.floor(this.#world.now),
      slate,
    }
    await this.#ask(async ({ store }) => {
      const askedIn = await store.readLife(userId)
      await this.#world.pause(takesMs)
      if (life === this.#life) await store.putSlate(entry, askedIn)
    })
  }

  async #merge(users: readonly string[]): Promise<void> {
    const { chance } = this.#world
    const [from, into] = [chance.pick(users), chance.pick(users)]
    await this.#ask(async ({ people }) => {
      try {
        await people.merge(from, into)
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error
      }
    })
  }

  /** Several at once, some of them of unknown ids. */
  async #erase(): Promise<void> {
    const { chance } = this.#world
    const users = Array.from({ length: chance.between(1, 4) }, () => chance.pick([...ERASED, 'nobody']))
    this.#world.note('erase', users)
    const erasures = users.map((userId) => this.#ask(({ erasures }) => erasures.erase(userId)))
    if (chance.happens(0.5)) await Promise.all(erasures)
  }

  #event(n: number): EventInput & { eventId: string } {
    const { chance, now } = this.#world
    const userId = chance.pick([...KEPT, ...ERASED])
    const age = chance.pick([undefined, undefined, 2 * HOUR, 6 * DAY])
    return {
      eventId: `e${n}`,
      userId,
      itemId: chance.pick(ITEMS),
      eventType: chance.pick(TYPES),
      ...(age !== undefined && { timestamp: Math.floor(now - chance.number() * age) }),
      ...(chance.happens(0.2) && { eventAttributes: { price: chance.pick([0, 0.01, 1e12]), quantity: chance.between(1, 4) } }),
    }
  }

  async #judge(): Promise<void> {
    await this.#untilDone(({ store }) => store.ping())
    expectErased(this.disk, ERASED)
    await this.#items.expectCounted(this.#store!)
    const { store, accumulators } = this.#store!
    const entities = [...store.sums.keys()].sort()
    const stateOf = async (opened: Pick<Opened, 'store' | 'accumulators'>) =>
      withoutPastLives(await snapshotOf(opened, entities, KEPT), false)
    const before = await stateOf({ store, accumulators })
    this.#restart(this.#settings.fsync === 'always')
    await this.#untilDone(({ store }) => store.ping())
    expectSameState(await stateOf(this.#store!), before)
    await this.#items.expectSeen(this.#store!)
    this.#life++
    this.disk.kill()
    expectErased(this.disk, ERASED)
    if (this.#settings.archive !== undefined) {
      const folded = await expectLogged(this.disk, this.#acknowledged.keys(), this.#items.sent, KEPT.length)
      expectSameState(await stateOf(folded), before)
    }
  }
}
