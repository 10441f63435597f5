import { LRUCache } from 'lru-cache'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { clickRates } from '../accumulators/decayed-figures.ts'
import { meaningOf } from '../accumulators/event-meaning.ts'
import { AttributeRows, AttributeValues, SharedRows } from '../accumulators/feature-input.ts'
import { positionValue } from '../accumulators/item-click-rate.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { EventFacts, ItemFacts, RecordedEvent } from '../state/log-entry.ts'
import type { ServedSlate } from '../state/served-slate.ts'
import { decodeServed } from '../state/slate-codec.ts'
import type { NamedSlate, StateStore } from '../state/store.ts'
import { MINUTE } from '../time-units.ts'
import type { EventOrigin } from './arriving-event.ts'
import { isLate } from './validate-event.ts'
import { type EventWarning, EventWarnings } from './warnings.ts'

/** How long a decoded slate is used before the store is asked again: it may have expired, or have been erased by another process. */
const KEPT_MS = 10 * MINUTE

export interface EnrichmentParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
  readonly clock: Pick<Clock, 'monotonic'>
  /** Number of decoded slates to keep; 10,000 if absent. */
  readonly held?: number
}

/** The facts that the service looks up about an event before it records the event. */
export interface LookedUp {
  readonly facts: EventFacts
  readonly warnings: readonly EventWarning[]
  /** The kept slate that the event names; undefined if there is none. */
  readonly slate: NamedSlate | undefined
}

/** Looks up the facts that reducers need besides the user's state, such as item attributes and the slate of an event. */
export class Enrichment {
  readonly #store: StateStore
  readonly #domain: Domain
  readonly #accumulators: AccumulatorSet
  readonly #catalogue: Catalogue
  readonly #warnings: EventWarnings
  readonly #surfaces: ReadonlySet<string>
  readonly #slates: LRUCache<string, ServedSlate>

  constructor({ store, domain, accumulators, catalogue, clock, held = 10_000 }: EnrichmentParts) {
    this.#store = store
    this.#domain = domain
    this.#warnings = new EventWarnings(domain)
    this.#surfaces = new Set(domain.surfaces)
    this.#accumulators = accumulators
    this.#catalogue = catalogue
    this.#slates = new LRUCache({ max: held, ttl: KEPT_MS, ttlResolution: 0, perf: { now: () => clock.monotonic() } })
  }

  /** Clears the kept slates, because the store may not have them any more. */
  forget(): void {
    this.#slates.clear()
  }

  /**
   * Looks up the facts of an event, and finds likely mistakes in it.
   * @param userId user that the event counts for
   * @param now time of the clock of features, in ms
   * @param origin noted for devices, whose events have limits of their own; so are names in them that the service does not know
   */
  async look(event: RecordedEvent, userId: string, now: number, origin: EventOrigin): Promise<LookedUp> {
    const slate =
      event.recommendationId === undefined ? undefined : await this.#slate(event.recommendationId, [event.userId, userId])
    const surface = textOf(event, 'surface') ?? slate?.surface
    const device = textOf(event, 'device') ?? slate?.device
    const { role } = meaningOf(this.#domain, event.eventType)
    const items = this.#items(event, slate, origin)
    const isMarked = origin === 'device' && surface !== undefined && !this.#surfaces.has(surface)
    const facts: EventFacts = {
      items: role === 'impression' ? await this.#withPositionRates(items, surface, now) : items,
      ...(surface !== undefined && { surface }),
      ...(isMarked && { undeclaredSurface: true as const }),
      ...(origin === 'device' && { fromDevice: true as const }),
      ...(device !== undefined && { device }),
      ...(slate?.policy !== undefined && { policy: slate.policy }),
      ...exploredBy(items, slate),
      ...this.#ignored(event, now),
    }
    return { facts, warnings: this.#warnings.of(event, slate, items.length), slate: namedBy(event, slate) }
  }

  #ignored(event: RecordedEvent, now: number): { ignored?: 'late' | 'marked' } {
    const { lateness, limits } = this.#domain
    const { attribute, uncounted } = limits.traffic
    if (isLate(event.timestamp, now, lateness)) return { ignored: 'late' }
    return uncounted.includes(textOf(event, attribute) ?? '') ? { ignored: 'marked' } : {}
  }

  #items(event: RecordedEvent, slate: ServedSlate | undefined, origin: EventOrigin): ItemFacts[] {
    if (event.itemId !== undefined) {
      const served = slate?.items.indexOf(event.itemId) ?? -1
      const sent = event.eventAttributes?.position
      const position =
        served >= 0 ? served + 1 : typeof sent === 'number' && Number.isInteger(sent) && sent > 0 ? sent : undefined
      return [this.#item(event.itemId, position, origin)]
    }
    if (!slate || !event.positions) return []
    return event.positions
      .filter((position) => position <= slate.items.length)
      .map((position) => this.#item(slate.items[position - 1], position, origin))
  }

  #item(itemId: string, position: number | undefined, origin: EventOrigin): ItemFacts {
    const attributes = this.#catalogue.declared(itemId)
    return {
      itemId,
      attributes,
      ...(position !== undefined && { position }),
      ...(origin === 'device' && !this.#catalogue.knows(itemId) && { unknown: true as const }),
    }
  }

  async #withPositionRates(items: ItemFacts[], surface: string | undefined, now: number): Promise<ItemFacts[]> {
    const positions = items.flatMap(({ position }) => (position === undefined ? [] : [position]))
    if (positions.length === 0) return items
    const values = new AttributeValues()
    for (const position of positions) values.add('position', positionValue(surface, position))
    const { layout } = this.#accumulators
    const block = await this.#store.readRows('attribute', values.keys)
    const found = new AttributeRows(new SharedRows(layout, 'attribute', block, now, this.#domain.expiry.item), values)
    const rate = clickRates({ attributeRows: found })
    return items.map((item) => {
      if (item.position === undefined) return item
      const positionRate = rate(found.rowOf('position', positionValue(surface, item.position)))
      return Number.isNaN(positionRate) ? item : { ...item, positionRate }
    })
  }

  /** The slate, when it is known and was served under one of these ids. */
  async #slate(recommendationId: string, userIds: readonly string[]): Promise<ServedSlate | undefined> {
    let slate = this.#slates.get(recommendationId)
    if (!slate) {
      const bytes = await this.#store.getSlate(recommendationId)
      if (bytes === undefined) return undefined
      slate = decodeServed(bytes)
      this.#slates.set(recommendationId, slate)
    }
    return userIds.includes(slate.userId) ? slate : undefined
  }
}

/** Of an event on the item of the slate's exploration slot, how that was drawn. */
function exploredBy(items: readonly ItemFacts[], slate: ServedSlate | undefined): Pick<EventFacts, 'explored'> {
  const explored = slate?.explored
  if (!explored || !items.some(({ itemId }) => itemId === explored.itemId)) return {}
  return { explored: items.length > 1 ? { ...explored.drawn, itemId: explored.itemId } : explored.drawn }
}

function namedBy({ recommendationId }: RecordedEvent, slate: ServedSlate | undefined): NamedSlate | undefined {
  if (recommendationId === undefined || slate === undefined) return undefined
  return { recommendationId, userId: slate.userId, at: slate.at }
}

function textOf({ eventAttributes }: RecordedEvent, name: string): string | undefined {
  const value = eventAttributes?.[name]
  return typeof value === 'string' && value !== '' && value.length <= 128 ? value : undefined
}
