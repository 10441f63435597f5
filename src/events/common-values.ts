import { cohortKey, cohortOfKey, valuesOfPerson } from '../accumulators/cohort.ts'
import { commonValuesRead } from '../accumulators/cohort-reading.ts'
import { MOST_VALUES } from '../accumulators/cohort-sums.ts'
import { meaningOfEvent } from '../accumulators/event-meaning.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { StateStore } from '../state/store.ts'
import type { JsonObject } from '../state/user-value.ts'
import { MINUTE } from '../time-units.ts'
import type { EnrichedEvent } from './reduce-events.ts'

/** How long the values that were read are used, in ms. */
const USED_MS = MINUTE

/** What the common values are read from, and the clock that says when. */
export interface CommonValuesParts {
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
    const rareValues = this.#rareOf(valuesOfPerson(domain.cohorts, user, event.eventAttributes).keys)
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
