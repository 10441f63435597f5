import { InvalidInputError } from '../../src/errors.ts'
import type { EventInput } from '../../src/events/event-input.ts'
import type { EventOutcome } from '../../src/events/ingest.ts'
import { DAY, HOUR } from '../../src/state/decay.ts'
import { KEYS } from './keys.ts'
import type { Parts, SimulatedService } from './simulated-process.ts'
import type { World } from './world.ts'

export const USERS = ['ann', 'bob', 'ça va?', 'dee']
export const ITEMS = ['i1', 'i2', 'i3', 'an item 🎩']
const TYPES = ['view', 'view', 'view', 'click', 'impression', 'add_to_cart', 'remove_from_cart', 'purchase', 'search']
/** ms that a client waits for its answer. */
const PATIENCE = 4000

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
  #next = 0
  #lanes = 0

  /** @param services those that run now */
  constructor(world: World, services: () => readonly SimulatedService[], count: number) {
    this.#world = world
    this.#services = services
    this.#merging = world.chance.pick([0, 0, 0.1])
    this.#events = Array.from({ length: count }, (_, n) => randomEvent(world, n))
  }

  /** Everything was sent, and answered. */
  get areDone(): boolean {
    return this.#lanes === 0
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
      if (chance.happens(0.1)) this.#serveSlate()
      if (chance.happens(this.#merging)) this.#mergeUsers()
    }
  }

  async #untilAnswered(batch: readonly ClientEvent[]): Promise<void> {
    let waiting = batch
    while (waiting.length > 0) {
      await this.#send(waiting)
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
    const isBinding = sentAt > (this.#losses.get(userId) ?? 0)
    this.answers.push({ outcome, userId, eventId, sent: this.#sent.get(eventId)!, versionBefore: isBinding ? versionBefore : 0 })
    if (outcome.status !== 'UNAVAILABLE') this.#answeredEvents.add(`${userId} ${eventId}`)
    if (isBinding) this.#versions.set(userId, Math.max(version, this.#versions.get(userId) ?? 0))
  }

  #uploadUser(): void {
    const { chance } = this.#world
    const attributes = { segment: chance.pick(['vip', 'new', null]), age: chance.between(18, 99) }
    const userId = chance.pick(USERS)
    chance.pick(this.#services()).ask(({ uploads }) => uploads.upsertUsers([{ userId, attributes }]), noAnswer)
  }

  /** Two ids turn out to be one person's. */
  #mergeUsers(): void {
    const { chance } = this.#world
    const [from, into] = [chance.pick(USERS), chance.pick(USERS)]
    const merge = async ({ merges }: Parts) => {
      try {
        await merges.merge(from, into)
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error
      }
    }
    this.#world.note(`merge ${from} into ${into}`)
    chance.pick(this.#services()).ask(merge, noAnswer)
  }

  #serveSlate(): void {
    const { chance, now } = this.#world
    const userId = chance.pick(USERS)
    const recommendationId = slateOf(userId)
    const slate = { userId, surface: 'home', items: ITEMS.map((itemId) => ({ itemId })) }
    const entry = { kind: 'slate' as const, recommendationId, userId, at: Math.floor(now), slate }
    chance.pick(this.#services()).ask(({ store }) => store.putSlate(entry), noAnswer)
  }
}

/** The id of a slate carries the partition of its user. */
function slateOf(userId: string): string {
  return `0${KEYS.partition(userId)}-${userId}`
}

function noAnswer(): void {}

function randomEvent(world: World, n: number): ClientEvent {
  const { chance, now } = world
  const eventType = chance.pick(TYPES)
  const age = chance.pick([undefined, undefined, 2 * HOUR, 6 * DAY, 9 * DAY])
  const ofSlate = chance.happens(0.2)
  // Most of what happens is one user's, so that they meet.
  const userId = chance.happens(0.5) ? USERS[0] : chance.pick(USERS)
  return {
    eventId: `e${n}`,
    userId,
    eventType,
    ...(age !== undefined && { timestamp: Math.floor(now - chance.number() * age) }),
    ...(ofSlate && { recommendationId: slateOf(userId) }),
    ...(ofSlate && eventType === 'impression' ? { positions: [1, 2] } : { itemId: chance.pick(ITEMS) }),
    ...(chance.happens(0.3) && { eventAttributes: { position: chance.between(1, 4), surface: 'home' } }),
  }
}
