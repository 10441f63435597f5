import { LRUCache } from 'lru-cache'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { cohortKey, cohortOfKey, valuesOfPerson } from '../accumulators/cohort.ts'
import { commonValuesRead } from '../accumulators/cohort-reading.ts'
import { MOST_VALUES } from '../accumulators/cohort-sums.ts'
import { countLogged, countNew } from '../accumulators/counting-limits.ts'
import { clickRates } from '../accumulators/decayed-figures.ts'
import { areDismissed } from '../accumulators/dismissed-items.ts'
import { meaningOf, meaningOfEvent, unliked } from '../accumulators/event-meaning.ts'
import { AttributeRows, AttributeValues, SharedRows } from '../accumulators/feature-input.ts'
import { positionValue } from '../accumulators/item-click-rate.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { forgetExpired } from '../state/expiry.ts'
import type { Increments } from '../state/increments.ts'
import type { EventFacts, ItemFacts, RecordedEvent } from '../state/log-entry.ts'
import { decodeServed } from '../state/slate-codec.ts'
import type { ServedSlate } from '../state/slate-values.ts'
import type { NamedSlate, StateStore } from '../state/store.ts'
import type { JsonObject, UserValue } from '../state/user-value.ts'
import { MINUTE } from '../time-units.ts'
import type { EventOrigin } from './arriving-event.ts'
import { UnknownNames } from './unknown-names.ts'
import { isLate } from './validate-event.ts'
import { type EventWarning, EventWarnings } from './warnings.ts'

/** A valid event with the facts that were looked up for it, such as the attributes of its item. Reducers read nothing else. */
export interface EnrichedEvent {
  readonly event: RecordedEvent
  readonly facts: EventFacts
}

/**
 * The occasion on which events are reduced: recording now, or restoring from a log. A log says which of its events counted.
 * `restore_unrated`: the sums of the log do not count click rates, so the user's state must not count them either.
 */
type Occasion = 'record' | 'restore' | 'restore_unrated'

/**
 * Reduces events into a user value, in place, and adds their effects on shared sums to `increments`. Recording, restoring and
 * replay all use this function, so that events become state in one way only.
 * @param now time when the events were recorded, in ms of the clock of features
 * @returns the events as they must be logged, and the number of events that changed the state of the user
 */
export function reduceEvents(
  accumulators: AccumulatorSet,
  domain: Domain,
  user: UserValue,
  events: readonly EnrichedEvent[],
  increments: Increments,
  occasion: Occasion,
  now: number,
): { readonly events: readonly EnrichedEvent[]; readonly applied: number } {
  const { expiry, limits, lateness } = domain
  const logged = [...events]
  let applied = 0
  events.forEach(({ event, facts: found }, i) => {
    if (found.ignored !== undefined) return
    const time = event.timestamp
    forgetExpired(user, time, expiry)
    let facts = found
    const declared = meaningOfEvent(domain, event)
    const meaning = areDismissed(user, found.items, time, expiry) ? unliked(declared) : declared
    const counted = { user, facts, meaning, time, now, lateness }
    if (occasion === 'record') facts = countNew(counted, limits)
    else countLogged(counted, limits)
    if (facts !== found) logged[i] = { event, facts }
    if (facts.ignored !== undefined) return
    accumulators.reduce({ event, facts, meaning, time, user, expiry, increments }, occasion !== 'restore_unrated')
    user.lastEventAt = Math.max(user.lastEventAt, time)
    user.latestEventId = event.eventId
    applied++
  })
  return { events: logged, applied }
}

/** How long the values that were read are used, in ms. */
const USED_MS = MINUTE

/** What the common values are read from, and the clock that says when. */
interface CommonValuesParts {
  readonly store: Pick<StateStore, 'readSets'>
  readonly domain: Pick<Domain, 'cohorts' | 'eventTypes'>
  readonly clock: Pick<Clock, 'monotonic'>
}

/**
 * The values of cohorts that count by themselves: at most MOST_VALUES of each cohort, so that nobody can fill the store with values. A
 * process knows the most common ones, which it reads every minute, and adds new ones while there is room. The facts of an event say which
 * of its values did not count by themselves, so that a replay need not know.
 */
export class CommonValues {
  readonly #parts: CommonValuesParts
  /** Keys by cohort, such as `city=Graz`. */
  readonly #known = new Map<string, Set<string>>()
  /** Those of lists that were asked for: until the values are read again, what is common stays so, and so does what is rare. */
  #rare = new WeakMap<readonly string[], readonly string[]>()
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined

  constructor(parts: CommonValuesParts) {
    this.#parts = parts
  }

  /** Makes the next refresh read the values again, because the store may hold other ones. */
  forget(): void {
    this.#readAt = Number.NEGATIVE_INFINITY
  }

  /** Returns whether `refresh` must be called before events are marked. */
  get isOld(): boolean {
    const { domain, clock } = this.#parts
    return domain.cohorts.length > 0 && clock.monotonic() - this.#readAt > USED_MS
  }

  /** Reads the values from the store. Calls at the same time share one read. @throws UnavailableError if the store does not answer */
  async refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    await this.#reading
  }

  /** Returns the event with the values marked that do not count by themselves. @param user attributes of the user */
  mark(enriched: EnrichedEvent, user: JsonObject): EnrichedEvent {
    const { event, facts } = enriched
    const { domain } = this.#parts
    if (domain.cohorts.length === 0 || facts.items.length === 0 || facts.ignored !== undefined) return enriched
    // Cohorts do not count events without weight, such as impressions: their values must not take the places of others.
    if (meaningOfEvent(domain, event).weight <= 0) return enriched
    const rareValues = this.#rareOf(valuesOfPerson(domain.cohorts, user, event.eventAttributes))
    return rareValues.length === 0 ? enriched : { event, facts: { ...facts, rareValues } }
  }

  #rareOf(keys: readonly string[]): readonly string[] {
    let rare = this.#rare.get(keys)
    if (!rare) {
      rare = keys.filter((key) => !this.#isCommon(cohortOfKey(key), key))
      this.#rare.set(keys, rare)
    }
    return rare
  }

  #isCommon(cohort: string, key: string): boolean {
    let known = this.#known.get(cohort)
    if (!known) {
      known = new Set()
      this.#known.set(cohort, known)
    }
    if (known.has(key)) return true
    if (known.size >= MOST_VALUES) return false
    known.add(key)
    return true
  }

  async #read(): Promise<void> {
    const { store, domain, clock } = this.#parts
    const { cohorts } = domain
    const sets = await store.readSets(cohorts.map(commonValuesRead))
    for (const [at, { members }] of sets.entries()) {
      const { name } = cohorts[at]
      this.#known.set(name, new Set(members.map((value) => cohortKey(name, value))))
    }
    this.#rare = new WeakMap()
    this.#readAt = clock.monotonic()
  }
}

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
  /** Names in the events that the service does not know. */
  readonly unknownNames = new UnknownNames()

  constructor({ store, domain, accumulators, catalogue, clock, held = 10_000 }: EnrichmentParts) {
    this.#store = store
    this.#domain = domain
    this.#warnings = new EventWarnings(domain, this.unknownNames)
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
    const { itemId } = event
    const unknownItem = itemId !== undefined && !this.#catalogue.knows(itemId) ? itemId : undefined
    return { facts, warnings: this.#warnings.of(event, slate, items.length, unknownItem), slate: namedBy(event, slate) }
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
