import type { Exploration, SurfaceExploration } from '../../src/domain/experiment.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import type { Service } from '../../src/service/service.ts'
import { FILLED_UP } from '../../src/slate/arrange.ts'
import type { Slate } from '../../src/slate/slate.ts'
import { ArrivingItems } from './arriving-items.ts'
import { runSession } from './behaviour.ts'
import { type Guest, Guests } from './guests.ts'
import { openOwnService } from './own-service.ts'
import { openSession } from './session.ts'
import { createShop, DAY_MS, type ItemTruth, type Shop } from './shop.ts'
import { createShoppers, type Shopper } from './shopper.ts'
import type { ExploringDomain } from './simulated-domain.ts'
import { type SlateRequest, toServiceRequest } from './slate-request.ts'
import { expectAccepted } from './transport.ts'

export interface DiscoveryOptions {
  readonly domain: ExploringDomain
  readonly seed: number
  readonly items: number
  readonly shoppers: number
  readonly days: number
  /** Factor on the shop's shares of slates with an exploration slot, for every surface; 0 for no slots. */
  readonly times: number
  /** Share, 0 to 1, of their searches and listings that shoppers make. */
  readonly listings: number
  /** Name of the model that ranks; empty leaves it to a rule. */
  readonly model: string
  /** Folder with the models; the shipped ones are found without it. */
  readonly modelDir?: string
  readonly onDay?: (day: number) => void
}

/**
 * Stages of an item: its first click in a slate, then its first, fifth and FOUND-th impression on merit. The last one makes it
 * found.
 */
export const STAGES = ['clicked', 'first', 'fifth', 'found'] as const
export type Stage = (typeof STAGES)[number]

/** The history of an item that arrived while the shop was open. */
export interface Arrival {
  readonly item: ItemTruth
  /** Hours from its arrival to each stage; absent for stages that it did not reach. */
  readonly after: Readonly<Partial<Record<Stage, number>>>
  /** Hours from its arrival to the end. */
  readonly watched: number
}

/** The impressions on merit of an item that was there from the start, counted once the shop has opened. */
export interface Standing {
  readonly item: ItemTruth
  /** Impressions on merit. */
  readonly impressions: number
  /** Hours in which they were counted. */
  readonly watched: number
}

/** Result of a simulation that measures how soon shoppers find new items. */
export interface Discovery {
  readonly arrivals: readonly Arrival[]
  readonly standings: readonly Standing[]
  readonly impressions: number
  /** Number of impressions in exploration slots. */
  readonly explored: number
  readonly clicks: number
  /** Counts of exploration slots, by surface. */
  readonly slots: ReadonlyMap<string, SlotFigures>
}

/** How often shoppers saw and clicked items in the exploration slots of a surface. */
export interface SlotFigures {
  readonly impressions: number
  readonly clicks: number
}

/** Impressions on merit after which an item counts as found. */
export const FOUND = 20
const BY_IMPRESSIONS: ReadonlyMap<number, Stage> = new Map([
  [1, 'first'],
  [5, 'fifth'],
  [FOUND, 'found'],
])
const HOUR_MS = 3_600_000
const STARTS_AT = Date.UTC(2026, 0, 5)
/** A shop without a past shows anything: what it is at after some days is what it has learned. */
const OPENING_DAYS = 3

/** Runs a shop of simulated shoppers on the service itself. Visits are played whole, in the order in which they begin. */
export async function discover(options: DiscoveryOptions): Promise<Discovery> {
  const { seed, times, listings, days, model, modelDir } = options
  const domain = { ...options.domain, exploration: moreOften(options.domain.exploration, times) }
  const shop = createShop({ seed, startsAt: STARTS_AT, items: options.items, days })
  const shoppers = createShoppers(shop, { seed, count: options.shoppers, days })
  const service = await openOwnService({ domain, seed, startsAt: STARTS_AT, model, modelDir })
  const simulation = new OpenShop(shop, service, seed, listings)
  await simulation.run(shoppers, STARTS_AT + days * DAY_MS, options.onDay)
  await service.close()
  return simulation.result(STARTS_AT + days * DAY_MS)
}

function moreOften({ surfaces, elsewhere, ...others }: Exploration, times: number): Exploration {
  const more = (of: SurfaceExploration) => ({ ...of, share: Math.min(1, of.share * times) })
  const onSurfaces = Object.entries(surfaces).map(([surface, of]) => [surface, more(of)])
  return { ...others, surfaces: Object.fromEntries(onSurfaces), ...(elsewhere && { elsewhere: more(elsewhere) }) }
}

class OpenShop {
  readonly #shop: Shop
  readonly #service: Service
  readonly #seed: number
  readonly #listings: number
  readonly #items: ArrivingItems
  readonly #onMerit = new Map<string, number>()
  /** Of `#onMerit`, those behind the opening days. */
  readonly #sinceOpening = new Map<string, number>()
  /** By item, the time at which it came so far. */
  readonly #reached = new Map<string, Partial<Record<Stage, number>>>()
  readonly #slots = new Map<string, SlotFigures>()
  #impressions = 0
  #clicks = 0

  constructor(shop: Shop, service: Service, seed: number, listings: number) {
    this.#shop = shop
    this.#service = service
    this.#seed = seed
    this.#listings = listings
    this.#items = new ArrivingItems(shop)
  }

  async run(shoppers: readonly Shopper[], endsAt: number, onDay: (day: number) => void = () => {}): Promise<void> {
    const guests = new Guests(shoppers, STARTS_AT, this.#seed)
    let day = 0
    for (let guest = guests.call(); guest && guest.nextAt < endsAt; guest = guests.call()) {
      for (; guest.nextAt >= STARTS_AT + (day + 1) * DAY_MS; day++) onDay(day + 1)
      guests.leave(guest, await this.#receive(guest))
    }
  }

  /** Plays a visit. @returns its end, in ms since 1970 */
  async #receive({ shopper, memory, nextAt, visits }: Guest): Promise<number> {
    const { clock, ingest, recommender, uploads } = this.#service
    clock.arrive(nextAt)
    await this.#items.upload(nextAt, async (items) => expectAccepted('an item', items.length, await uploads.upsertItems(items)))
    const visit = { seed: this.#seed, visit: visits, at: nextAt, listings: this.#listings }
    const session = openSession({ shop: this.#shop, shopper, memory, ...visit })
    const slates = new Map<string, Slate>()
    const ask = async (request: SlateRequest) => {
      clock.arrive(session.at)
      const slate = await recommender.recommend(toServiceRequest(request), 'INITIAL')
      slates.set(slate.recommendationId, slate)
      return { recommendationId: slate.recommendationId, itemIds: slate.items.map(({ itemId }) => itemId) }
    }
    for await (const event of runSession(shopper, session, ask)) {
      await ingest.record([event as EventInput])
      if (event.eventType === 'impression')
        this.#see(slates.get(event.recommendationId ?? ''), event.positions ?? [], event.timestamp)
      if (event.eventType !== 'click' || event.itemId === undefined) continue
      this.#clicks++
      this.#reach(event.itemId, 'clicked', event.timestamp)
      const slate = slates.get(event.recommendationId ?? '')
      if (slate?.explored?.itemId === event.itemId) this.#countSlot(slate, 0, 1)
    }
    return session.at
  }

  #see(slate: Slate | undefined, positions: readonly number[], at: number): void {
    for (const position of positions) {
      const item = slate?.items[position - 1]
      if (!slate || !item) continue
      this.#impressions++
      if (item.exploration) {
        this.#countSlot(slate, 1, 0)
        continue
      }
      // What fills up a slate that is too short was chosen by nothing.
      if (item.sources.every(({ name }) => name === FILLED_UP)) continue
      if (at >= STARTS_AT + OPENING_DAYS * DAY_MS) countOne(this.#sinceOpening, item.itemId)
      const stage = BY_IMPRESSIONS.get(countOne(this.#onMerit, item.itemId))
      if (stage) this.#reach(item.itemId, stage, at)
    }
  }

  #countSlot({ surface = '' }: Slate, impressions: number, clicks: number): void {
    const so = this.#slots.get(surface) ?? { impressions: 0, clicks: 0 }
    this.#slots.set(surface, { impressions: so.impressions + impressions, clicks: so.clicks + clicks })
  }

  #reach(itemId: string, stage: Stage, at: number): void {
    const reached = this.#reached.get(itemId) ?? {}
    reached[stage] ??= at
    this.#reached.set(itemId, reached)
  }

  result(endsAt: number): Discovery {
    const arrivals = this.#shop.truth
      .filter(({ arrivesAt }) => arrivesAt > STARTS_AT)
      .map((item) => {
        const reached = Object.entries(this.#reached.get(item.itemId) ?? {})
        const after = Object.fromEntries(reached.map(([stage, at]) => [stage, (at - item.arrivesAt) / HOUR_MS]))
        return { item, after, watched: (endsAt - item.arrivesAt) / HOUR_MS }
      })
    const watched = (endsAt - STARTS_AT) / HOUR_MS - 24 * OPENING_DAYS
    const standings = this.#shop.truth
      .filter(({ arrivesAt }) => arrivesAt <= STARTS_AT)
      .map((item) => ({ item, impressions: this.#sinceOpening.get(item.itemId) ?? 0, watched }))
    const explored = [...this.#slots.values()].reduce((sum, { impressions }) => sum + impressions, 0)
    return { arrivals, standings, impressions: this.#impressions, explored, clicks: this.#clicks, slots: this.#slots }
  }
}

function countOne(counts: Map<string, number>, itemId: string): number {
  const count = (counts.get(itemId) ?? 0) + 1
  counts.set(itemId, count)
  return count
}
