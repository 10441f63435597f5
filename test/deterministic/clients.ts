import { InvalidInputError } from '../../src/errors.ts'
import type { EventOutcome } from '../../src/events/arriving-event.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { pause } from '../../src/timers.ts'
import type { Chance } from './chance.ts'
import { ITEMS, ItemUploads } from './item-uploads.ts'
import { KEYS } from './keys.ts'
import type { Parts, SimulatedService } from './simulated-process.ts'
import type { Situation } from './situations.ts'
import type { World } from './world.ts'

export const USERS = ['ann', 'bob', 'ça va?', 'dee', 'eve', 'f:f', 'gil', 'h{a}l']
/** Most runs have few users, so that they meet. */
const FEW = 4
const TYPES = ['view', 'view', 'view', 'click', 'impression', 'add_to_cart', 'remove_from_cart', 'purchase', 'search']
/** ms that a client waits for its answer. */
const PATIENCE = 4000
const POLL_MS = 50
/** Most ms in which a service makes a slate. */
const RANKING_MS = 1000
/** How often something is sent before its user is erased again, where users are erased. */
const MANY_TRIES = 40
/** ms after the end of a process in which what it had sent may still arrive. */
const LAST_MESSAGES_MS = 6000

type ClientEvent = EventInput & { readonly eventId: string }

/** What clients were told, as they were told it. */
export interface Answer {
  readonly outcome: EventOutcome
  readonly userId: string
  readonly eventId: string
  /** How many times the event had been sent when the answer came. */
  readonly sent: number
  /** The highest version of the user that anyone had been told when this was sent. */
  readonly versionBefore: number
  readonly sentAt: number
  readonly answeredAt: number
}

/** What became of the erasures of one user. */
export interface Erasures {
  /** When the latest one that is over had begun; `complete` when this id alone was the person. */
  begun: number
  complete: boolean
  /** When the latest one was over; infinite while one goes on. */
  until: number
}

/** Apps that send events until they are answered, to one service and then another, some of them twice. */
export class Clients {
  readonly answers: Answer[] = []
  readonly #world: World
  readonly #services: () => readonly SimulatedService[]
  readonly #events: readonly ClientEvent[]
  readonly #sent = new Map<string, number>()
  readonly #versions = new Map<string, number>()
  /** When something of a user was lost. */
  readonly #losses = new Map<string, number>()
  readonly #answeredEvents = new Set<string>()
  /** How likely two users are merged after a batch. */
  readonly #merging: number
  readonly #situations: ReadonlySet<Situation>
  readonly #users: readonly string[]
  readonly items: ItemUploads
  /** Whose state, by id, may be gone: all that they were ever merged with. */
  readonly #persons = new Map<string, Set<string>>()
  readonly erasures = new Map<string, Erasures>()
  readonly #erasuresUnderWay = new Map<string, number>()
  /** Erasures and merges that go on. */
  #asked = 0
  #next = 0
  #lanes = 0

  /** @param services those that run now */
  constructor(world: World, services: () => readonly SimulatedService[], count: number, situations: ReadonlySet<Situation>) {
    this.#world = world
    this.#services = services
    this.#situations = situations
    this.items = new ItemUploads(world, services)
    this.#users = situations.has('chains') ? USERS : USERS.slice(0, FEW)
    this.#merging = situations.has('chains') ? 0.4 : world.chance.pick([0, 0, 0.1])
    const events = Array.from({ length: count }, (_, n) => randomEvent(world, n, this.#users, situations))
    this.#events = situations.has('offlineQueues') ? events.reverse() : events
  }

  /** Everything was sent, and answered. */
  get areDone(): boolean {
    return this.#lanes === 0 && this.#asked === 0
  }

  start(lanes: number, gap: number): void {
    for (let lane = 0; lane < lanes; lane++) {
      this.#lanes++
      void this.#lane(gap).then(() => this.#lanes--)
    }
  }

  /** A replica lacked something of these users: versions that were told before, or are on their way, bind no longer. */
  forgetVersions(userIds: Iterable<string>): void {
    for (const userId of userIds) {
      this.#versions.delete(userId)
      this.#losses.set(userId, this.#world.now)
    }
  }

  async #lane(gap: number): Promise<void> {
    const { chance } = this.#world
    while (this.#next < this.#events.length) {
      await this.#world.pause(chance.number() * 2 * gap)
      const size = chance.between(1, 5)
      const batch = this.#events.slice(this.#next, this.#next + size)
      this.#next += size
      // Now and then a client sends something again although it was answered, or while it is being answered.
      if (chance.happens(0.2) && this.#next > 0) batch.push(chance.pick(this.#events.slice(0, this.#next)))
      if (chance.happens(0.1)) await Promise.all([this.#untilAnswered(batch), this.#untilAnswered(batch)])
      else await this.#untilAnswered(batch)
      if (chance.happens(0.1)) this.#uploadUser()
      if (chance.happens(this.#situations.has('extremeNumbers') ? 0.5 : 0.1)) this.#serveSlate()
      if (chance.happens(this.#merging)) void this.#mergeUsers()
      if (this.#situations.has('uploads') && chance.happens(0.1)) this.items.upload()
      if (this.#situations.has('lives') && chance.happens(0.5)) this.items.change()
      if (this.#situations.has('erasures') && chance.happens(0.15)) {
        for (let n = chance.between(1, 4); n > 0; n--) void this.#eraseUser(chance.pick(this.#users))
      }
    }
  }

  async #untilAnswered(batch: readonly ClientEvent[]): Promise<void> {
    let waiting = batch
    for (let tries = 1; waiting.length > 0; tries++) {
      await this.#send(waiting)
      // A mark may be left of an erasure, of which a failover lost the rest: whoever waits long asks for it again.
      if (tries % MANY_TRIES === 0 && this.#situations.has('erasures')) {
        for (const { userId } of waiting) await this.#eraseUser(userId)
      }
      waiting = waiting.filter(({ userId, eventId }) => !this.#answeredEvents.has(`${userId} ${eventId}`))
      if (waiting.length > 0) await this.#world.pause(50 + this.#world.chance.number() * 500)
    }
  }

  /** Resolves with the answer, or when the client has had enough. */
  #send(batch: readonly ClientEvent[]): Promise<void> {
    const world = this.#world
    return new Promise((resolve) => {
      world.after(PATIENCE, resolve)
      const service = world.chance.pick(this.#services())
      const before = batch.map(({ userId }) => this.#versions.get(userId) ?? 0)
      const sentAt = world.now
      for (const { eventId } of batch) this.#sent.set(eventId, (this.#sent.get(eventId) ?? 0) + 1)
      world.note(
        `client → ${service.process.name}`,
        batch.map(({ eventId }) => eventId),
      )
      world.after(world.chance.number() * 10, () =>
        service.ask(
          ({ ingest }) => ingest.record(batch),
          (outcomes) =>
            world.after(world.chance.number() * 10, () => {
              outcomes.forEach((outcome, i) => {
                this.#answered(batch[i], outcome, before[i], sentAt)
              })
              resolve()
            }),
        ),
      )
    })
  }

  #answered({ userId, eventId }: ClientEvent, outcome: EventOutcome, versionBefore: number, sentAt: number): void {
    const version = 'userVersion' in outcome ? outcome.userVersion : 0
    this.#world.note(`answer ${eventId} ${outcome.status}`, [String(version)])
    // While an erasure goes on, the user may begin anew after any answer.
    const isErasing = [...this.#personOf(userId)].some((id) => (this.#erasuresUnderWay.get(id) ?? 0) > 0)
    const isBinding = sentAt > (this.#losses.get(userId) ?? 0) && !isErasing
    this.answers.push({
      outcome,
      userId,
      eventId,
      sent: this.#sent.get(eventId)!,
      versionBefore: isBinding ? versionBefore : 0,
      sentAt,
      answeredAt: this.#world.now,
    })
    if (outcome.status !== 'UNAVAILABLE') this.#answeredEvents.add(`${userId} ${eventId}`)
    if (isBinding) this.#versions.set(userId, Math.max(version, this.#versions.get(userId) ?? 0))
  }

  #uploadUser(): void {
    const { chance } = this.#world
    const attributes = { segment: chance.pick(['vip', 'new', null]), age: chance.between(18, 99) }
    const userId = chance.pick(this.#users)
    chance.pick(this.#services()).ask(({ uploads }) => uploads.upsertUsers([{ userId, attributes }]), noAnswer)
  }

  /** Sent again until it is answered, to one service and then another. */
  async #eraseUser(userId: string): Promise<void> {
    const world = this.#world
    this.#asked++
    const begun = world.now
    const before = this.#erasing(userId)
    this.forgetVersions(this.#personOf(userId))
    for (let isErased = false; !isErased; ) {
      world.note(`erase ${userId}`)
      const service = world.chance.pick(this.#services())
      let isOver = false
      const erase = ({ erasures }: Parts) => erasures.erase(userId)
      service.ask(
        erase,
        () => {
          isErased = true
          isOver = true
        },
        () => {
          isOver = true
        },
      )
      // An attempt that still goes on would erase what comes later: the next one waits for its end.
      while (!isOver && service.process.isAlive) await world.pause(POLL_MS)
      if (!isOver) await world.pause(LAST_MESSAGES_MS)
    }
    world.note(`erased ${userId}`)
    this.forgetVersions(this.#personOf(userId))
    this.#erased(userId, begun, before)
    this.#asked--
  }

  /** @returns the ids of the person, as far as they are known when the erasure begins */
  #erasing(userId: string): ReadonlySet<string> {
    const person = this.#personOf(userId)
    for (const id of person) {
      const { begun, complete } = this.erasures.get(id) ?? { begun: 0, complete: true }
      this.erasures.set(id, { begun, complete, until: Number.POSITIVE_INFINITY })
      this.#erasuresUnderWay.set(id, (this.#erasuresUnderWay.get(id) ?? 0) + 1)
    }
    return person
  }

  /** @param before the ids when the erasure began: others may have become theirs since */
  #erased(userId: string, begun: number, before: ReadonlySet<string>): void {
    for (const id of before) this.#erasuresUnderWay.set(id, this.#erasuresUnderWay.get(id)! - 1)
    const person = this.#personOf(userId)
    for (const id of person) {
      const left = this.#erasuresUnderWay.get(id) ?? 0
      const complete = person.size === 1 && before.size === 1
      this.erasures.set(id, { begun, complete, until: left > 0 ? Number.POSITIVE_INFINITY : this.#world.now })
    }
  }

  /** From now on what befalls one of them may befall the other, and befell it. */
  #join(from: string, into: string): void {
    const person = new Set([...this.#personOf(from), ...this.#personOf(into)])
    const isErased = [...person].some((id) => this.erasures.has(id))
    for (const id of person) {
      this.#persons.set(id, person)
      // Whether a merge that is under way brings back what is being erased, nobody can say.
      if (isErased) this.erasures.set(id, { begun: 0, complete: false, until: Number.POSITIVE_INFINITY })
    }
  }

  #personOf(userId: string): ReadonlySet<string> {
    return this.#persons.get(userId) ?? new Set([userId])
  }

  /** Two ids turn out to be one person's. Until the merge is over, or its process has ended, the clients are not done. */
  async #mergeUsers(): Promise<void> {
    const { chance } = this.#world
    this.#asked++
    let isOver = false
    const end = () => {
      isOver = true
    }
    const [from, into] = [chance.pick(this.#users), chance.pick(this.#users)]
    this.#join(from, into)
    const merge = async ({ people }: Parts) => {
      try {
        await people.merge(from, into)
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error
      }
    }
    this.#world.note(`merge ${from} into ${into}`)
    const service = chance.pick(this.#services())
    service.ask(merge, end, end)
    while (!isOver && service.process.isAlive) await this.#world.pause(POLL_MS)
    this.#asked--
  }

  #serveSlate(): void {
    this.serveSlate(this.#world.chance.pick(this.#users), noAnswer, noAnswer)
  }

  /**
   * Asks a service for a slate.
   * @param asked called when it begins to be made
   * @param over called when it is made, or failed
   */
  serveSlate(userId: string, asked: () => void, over: () => void): void {
    const { chance, now } = this.#world
    const slate = { userId, surface: 'home', policy: 'control', items: ITEMS.map((itemId) => ({ itemId })) }
    const entry = { kind: 'slate' as const, recommendationId: slateOf(userId), userId, at: Math.floor(now), slate }
    const service = chance.pick(this.#services())
    const takesMs = chance.number() * RANKING_MS
    service.ask(
      async ({ store }) => {
        const life = await store.readLife(userId)
        asked()
        await pause(service.process, takesMs)
        return store.putSlate(entry, life)
      },
      over,
      over,
    )
  }
}

/** The id of a slate carries the partition of its user. */
export function slateOf(userId: string): string {
  return `0${KEYS.partition(userId)}-${userId}`
}

function noAnswer(): void {}

const EXTREMES = [1e160, 1e200, 1e308, -1e308, 5e-324, -0, 1e12, 1e13, 2 ** 53]

function extremeEvent(chance: Chance): Pick<EventInput, 'eventType' | 'eventAttributes'> {
  const eventAttributes = {
    price: chance.pick(EXTREMES),
    quantity: chance.pick([1, 2, ...EXTREMES]),
    value: chance.pick(EXTREMES),
  }
  return { eventType: 'purchase', eventAttributes }
}

function randomEvent(world: World, n: number, users: readonly string[], situations: ReadonlySet<Situation>): ClientEvent {
  const { chance, now } = world
  const eventType = chance.pick(TYPES)
  const isQueued = situations.has('offlineQueues')
  const age = isQueued ? 6 * DAY : chance.pick([undefined, undefined, 2 * HOUR, 6 * DAY, 9 * DAY])
  const ofSlate = chance.happens(situations.has('extremeNumbers') ? 0.6 : 0.2)
  // Most of what happens is one user's, so that they meet.
  const userId = chance.happens(0.5) && !situations.has('chains') ? users[0] : chance.pick(users)
  return {
    eventId: `e${n}`,
    userId,
    eventType,
    ...(age !== undefined && {
      timestamp: isQueued ? Math.floor(now - DAY + n * 60_000) : Math.floor(now - chance.number() * age),
    }),
    ...(ofSlate && { recommendationId: slateOf(userId) }),
    ...(ofSlate && eventType === 'impression' ? { positions: [1, 2] } : { itemId: chance.pick(ITEMS) }),
    ...(chance.happens(0.3) && { eventAttributes: { position: chance.between(1, 4), surface: 'home' } }),
    ...(situations.has('extremeNumbers') && chance.happens(0.3) && extremeEvent(chance)),
  }
}
