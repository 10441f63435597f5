import { ArrivingItems } from './arriving-items.ts'
import { runSession } from './behaviour.ts'
import { type Guest, Guests } from './guests.ts'
import { openSession } from './session.ts'
import type { ShopWithShoppers } from './shop-with-shoppers.ts'
import type { SimulatedUser } from './shopper.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import type { SlateRequest } from './slate-request.ts'
import type { SessionChannel, Transport } from './transport.ts'

/** The service in which visits are played. */
export interface VisitedService {
  readonly transport: Transport
  /** Moves the clock of the service forward to a moment of the simulation, in ms since 1970, unless it is there already. */
  arrive(at: number): void
}

/** Which visits are played, and what the service is told about the visitors. */
export interface PlayedVisitsOptions extends ShopWithShoppers {
  readonly service: VisitedService
  readonly seed: number
  /** Users to upload, each before the first visit. */
  readonly users: readonly SimulatedUser[]
}

/**
 * Plays visits of shoppers against a service, at the time of the simulation and so faster than they would happen. Each visit is
 * played whole, in the order in which they begin.
 */
export class PlayedVisits {
  readonly #options: PlayedVisitsOptions
  readonly #guests: Guests
  readonly #items: ArrivingItems
  readonly #unknown: Map<string, SimulatedUser>
  #events = 0
  #at: number

  constructor(options: PlayedVisitsOptions) {
    const { shop, shoppers, seed, users } = options
    this.#options = options
    this.#at = shop.startsAt
    this.#items = new ArrivingItems(shop)
    this.#unknown = new Map(users.map((user) => [user.userId, user]))
    this.#guests = new Guests(shoppers, shop.startsAt, seed)
  }

  /** The latest moment that was played, in ms since 1970. */
  get at(): number {
    return this.#at
  }

  /** Plays visits until the service has recorded at least so many events in all. @returns how many it has recorded */
  async playUntil(events: number): Promise<number> {
    while (this.#events < events) {
      const guest = this.#guests.call()
      if (guest === undefined) throw new TypeError('A shop without shoppers has no events.')
      await this.#receive(guest)
    }
    return this.#events
  }

  async #receive(guest: Guest): Promise<void> {
    const { shop, seed, service } = this.#options
    const { shopper, memory, nextAt } = guest
    this.#arrive(nextAt)
    await this.#upload(shopper.userId)
    const session = openSession({ shop, shopper, memory, seed, visit: guest.visits, at: nextAt })
    const channel = service.transport.openSession({ pushed: () => {}, late: () => {} })
    const outbox: SimulatedEvent[] = []
    try {
      const ask = async (request: SlateRequest) => {
        await this.#record(channel, outbox.splice(0))
        this.#arrive(session.at)
        return channel.ask(request)
      }
      for await (const event of runSession(shopper, session, ask)) outbox.push(event)
      await this.#record(channel, outbox)
    } finally {
      await channel.close()
    }
    this.#guests.leave(guest, session.at)
  }

  async #record(channel: SessionChannel, events: readonly SimulatedEvent[]): Promise<void> {
    const last = events.at(-1)
    if (last === undefined) return
    this.#arrive(last.timestamp)
    const { recorded, rejected } = await channel.record(events)
    this.#events += recorded
    if (recorded !== events.length) {
      throw new Error(`The service recorded ${recorded} of ${events.length} simulated events: ${rejected.join(' ')}`)
    }
  }

  #arrive(at: number): void {
    if (at <= this.#at) return
    this.#at = at
    this.#options.service.arrive(at)
  }

  /** Uploads the items that have arrived, and a user of whom the service has not been told. */
  async #upload(userId: string): Promise<void> {
    const { transport } = this.#options.service
    await this.#items.upload(this.#at, (items) => transport.upsertItems(items))
    const user = this.#unknown.get(userId)
    if (user && this.#unknown.delete(userId)) await transport.upsertUsers([user])
  }
}
