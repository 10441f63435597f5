import { countedValues } from '../accumulators/counted-values.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { invariant } from '../invariant.ts'
import { keptFor, whySilent } from '../state/expiry.ts'
import { isOfCall, type NotCounted, reasonOf, storedNonce, whyNotCounted } from '../state/log/not-counted.ts'
import type { NamedSlate, Swap, SwapOutcome } from '../state/store.ts'
import type { Subject } from '../state/subject.ts'
import { checkVersion, nextVersion, type UserValue } from '../state/user-value.ts'
import { stampOf } from '../state/user-value-codec.ts'
import type { Arrival } from './arriving-event.ts'
import type { ChangeUserParts } from './change-user.ts'
import { type CommonValues, type EnrichedEvent, reduceEvents } from './enrichment.ts'
import { encodeSignal, refuseErasing, swapUntilCommitted } from './swap.ts'

export interface RecordParts extends ChangeUserParts {
  readonly catalogue: Pick<Catalogue, 'lives'>
  readonly commonValues: CommonValues
}

/** A decoded user value, with the stamp of the stored bytes that it equals. */
export interface CurrentValue {
  readonly stamp: string
  readonly value: UserValue
}

/** Result of a step. Arrivals that no list contains are duplicates. */
export interface StepResult {
  /** Arrivals recorded now, or by an earlier attempt of the same call. */
  readonly recorded: ReadonlySet<Arrival>
  /**
   * Reasons why recorded arrivals do not count, now or since earlier, by the hash of their identity. Arrivals that count are
   * absent.
   */
  readonly notCounted: ReadonlyMap<string, NotCounted>
  /** Arrivals that were redirected to an owner who has been erased since. Send them again under their own id. */
  readonly astray: readonly Arrival[]
  /**
   * Arrivals that this value does not answer for: the service is silent about the user, or the id was merged into another user. Those that were recorded
   * under the id before the merge are among them.
   */
  readonly turnedAway: readonly Arrival[]
  /** The user value that takes no events; undefined if the value took them. */
  readonly closed: UserValue | undefined
  /** User value after the step; undefined if nothing was written. */
  readonly current: CurrentValue | undefined
  /** Version of the user value after the step. */
  readonly version: number
}

/** What one attempt makes of the value that stands there now. */
type Attempt =
  | { readonly kind: 'swap'; readonly swap: Swap; readonly made: CurrentValue; readonly logged: readonly EnrichedEvent[] }
  | { readonly kind: 'closed'; readonly value: UserValue }
  | { readonly kind: 'astray'; readonly places: readonly number[] }

/** An attempt, and what the store answered; undefined where nothing was to be written. */
interface Tried {
  readonly attempt: Attempt
  readonly outcome: Exclude<SwapOutcome, { status: 'conflict' }> | undefined
}

/**
 * Records events of one user in one step: reads the user value, reduces the events into it, and commits value, log entry, event ids
 * and increments in one swap. If another process wrote in between, the step is tried again. It then omits events that were recorded
 * meanwhile.
 */
export class RecordStep {
  readonly #parts: RecordParts
  readonly #subject: Subject
  readonly #arrivals: readonly Arrival[]
  readonly #enriched: readonly EnrichedEvent[]
  readonly #slates: readonly (NamedSlate | undefined)[]
  /** Places of the arrivals whose fate is open, in order. */
  readonly #waiting = new Set<number>()
  readonly #recorded = new Set<Arrival>()
  readonly #notCounted = new Map<string, NotCounted>()
  readonly #astray: Arrival[] = []

  /**
   * @param arrivals arrivals with different event ids
   * @param enriched events with their facts, in the order of the arrivals
   * @param slates kept slates that the events name, in the same order
   */
  constructor(
    parts: RecordParts,
    userId: string,
    arrivals: readonly Arrival[],
    enriched: readonly EnrichedEvent[],
    slates: readonly (NamedSlate | undefined)[],
  ) {
    this.#parts = parts
    this.#slates = slates
    this.#subject = { kind: 'user', id: userId }
    this.#arrivals = arrivals
    this.#enriched = enriched
    arrivals.forEach((arrival, place) => {
      if (arrival.known === undefined) this.#waiting.add(place)
      else this.#settle(place, arrival.known)
    })
  }

  /**
   * Runs the step.
   * @param cached the user value, if known; another process may have written the user since
   * @throws UnavailableError if the store does not answer, or the user is being erased
   * @throws InvariantError if an event would break the state; nothing was written then
   */
  async run(cached: CurrentValue | undefined): Promise<StepResult> {
    let first = cached
    while (this.#waiting.size > 0) {
      const places = [...this.#waiting]
      const { attempt, outcome } = await this.#try(places, first)
      first = undefined
      if (attempt.kind === 'closed') return this.#result({ closed: attempt.value, version: attempt.value.version })
      if (attempt.kind === 'astray') this.#leaveOut(attempt.places)
      else if (outcome?.status === 'known') this.#leaveOutKnown(places, outcome.nonces)
      else return this.#committed(places, attempt)
    }
    const value = await this.#stored()
    // Recorded before, by an id that has left since: the owner knows the version.
    if (value.countsElsewhere) return this.#leftSince(value)
    return this.#result({ version: value.version })
  }

  async #try(places: readonly number[], cached: CurrentValue | undefined): Promise<Tried> {
    const { store, random, timers } = this.#parts
    let known = cached
    let attempt!: Attempt
    const decide = (bytes: Uint8Array | undefined): Swap | undefined => {
      attempt = this.#attempt(places, known ?? this.#decode(bytes))
      known = undefined
      return attempt.kind === 'swap' ? attempt.swap : undefined
    }
    const first = cached && { value: undefined }
    const outcome = await swapUntilCommitted(store, this.#subject, first, decide, random.integer, timers)
    return { attempt, outcome }
  }

  #attempt(places: readonly number[], { stamp, value }: CurrentValue): Attempt {
    const { domain, clock } = this.#parts
    if (value.countsElsewhere || whySilent(value, domain, clock.now())) return { kind: 'closed', value }
    const astray = places.filter((place) => {
      const { redirection } = this.#arrivals[place]
      return redirection !== undefined && !value.links.isOfSameLife(stamp, redirection)
    })
    if (astray.length > 0) return { kind: 'astray', places: astray }
    refuseErasing(value, clock.now())
    const { swap, logged } = this.#reduce(places, stamp, value)
    return { kind: 'swap', swap, made: { stamp: stampOf(swap.value), value }, logged }
  }

  /** @param value changed in place */
  #reduce(places: readonly number[], expected: string, value: UserValue): { swap: Swap; logged: readonly EnrichedEvent[] } {
    const { accumulators, domain, clock, random, catalogue, commonValues } = this.#parts
    const { id: userId } = this.#subject
    const events = places.map((place) =>
      commonValues.mark(inPresentLives(this.#enriched[place], catalogue.lives), value.attributes),
    )
    const ofFirstLives = catalogue.lives.collect(accumulators.layout)
    const before = value.version
    const recordedAt = clock.now()
    const { events: logged, applied } = reduceEvents(accumulators, domain, value, events, ofFirstLives, 'record', recordedAt)
    invariant(
      logged.length === places.length && applied <= places.length,
      'EVENTS_MISCOUNTED',
      'a step would log other events than it records.',
    )
    invariant(!value.countsElsewhere, 'EVENT_OF_MERGED_ID', 'an event would count for an id that was merged.')
    const increments = catalogue.lives.rename(ofFirstLives, accumulators.layout)
    increments.assertSound()
    if (applied > 0) value.version = nextVersion(value.version, clock.wall())
    const { version } = value
    const userAttributes = countedValues(value.attributes, domain.userAttributes)
    checkVersion(userId, before, version)
    const swap: Swap = {
      subject: this.#subject,
      expected,
      value: accumulators.codec.encode(value, random.stamp()),
      expiresIn: keptFor(value, domain.expiry),
      identities: places.map((place, i) => {
        const { hash, nonce } = this.#arrivals[place].identity
        return { hash, nonce: storedNonce(nonce, whyNotCounted(logged[i].facts)) }
      }),
      now: recordedAt,
      entry: () => ({
        kind: 'events',
        userId,
        version,
        recordedAt,
        ...(userAttributes && { userAttributes }),
        events: logged,
        increments: increments.toLog(),
      }),
      increments,
      keptEvents: { events: events.map(({ event }) => event), expiresIn: domain.expiry.user },
      namedSlates: this.#namedSlates(places),
      signal:
        applied > 0 ? encodeSignal({ userId, version, recordedAt: clock.wall(), eventTypes: appliedTypes(logged) }) : undefined,
    }
    return { swap, logged }
  }

  /** Each once. */
  #namedSlates(places: readonly number[]): readonly NamedSlate[] {
    if (places.every((place) => this.#slates[place] === undefined)) return []
    const byId = new Map<string, NamedSlate>()
    for (const place of places) {
      const slate = this.#slates[place]
      if (slate) byId.set(slate.recommendationId, slate)
    }
    return [...byId.values()]
  }

  #leaveOut(places: readonly number[]): void {
    for (const place of places) {
      this.#waiting.delete(place)
      this.#astray.push(this.#arrivals[place])
    }
  }

  /** @param nonces in the order of the places; undefined for an event that is new */
  #leaveOutKnown(places: readonly number[], nonces: readonly (number | undefined)[]): void {
    nonces.forEach((nonce, at) => {
      if (nonce === undefined) return
      this.#waiting.delete(places[at])
      this.#settle(places[at], nonce)
    })
  }

  /** An event on record under its own nonce was recorded by an attempt of the same call whose reply was lost. */
  #settle(place: number, nonce: number): void {
    const arrival = this.#arrivals[place]
    if (isOfCall(nonce, arrival.identity.nonce)) this.#recorded.add(arrival)
    this.#note(arrival, reasonOf(nonce))
  }

  #note({ identity }: Arrival, reason: NotCounted | undefined): void {
    if (reason !== undefined) this.#notCounted.set(identity.hash, reason)
  }

  #committed(places: readonly number[], { made, logged }: Extract<Attempt, { kind: 'swap' }>): StepResult {
    places.forEach((place, i) => {
      this.#recorded.add(this.#arrivals[place])
      this.#note(this.#arrivals[place], whyNotCounted(logged[i].facts))
    })
    this.#waiting.clear()
    return this.#result({ current: made, version: made.value.version })
  }

  #result({ closed, current, version }: Partial<StepResult> & Pick<StepResult, 'version'>): StepResult {
    const turnedAway = Array.from(this.#waiting, (place) => this.#arrivals[place])
    const [recorded, astray, notCounted] = [this.#recorded, this.#astray, this.#notCounted]
    return { recorded, notCounted, astray, turnedAway, closed, current, version }
  }

  #leftSince(closed: UserValue): StepResult {
    const turnedAway = this.#arrivals.filter((arrival) => !this.#astray.includes(arrival))
    return { ...this.#result({ closed, version: closed.version }), recorded: new Set(), turnedAway }
  }

  #decode(bytes: Uint8Array | undefined): CurrentValue {
    return { stamp: stampOf(bytes), value: this.#parts.accumulators.codec.decodeOf(this.#subject.id, bytes) }
  }

  async #stored(): Promise<UserValue> {
    const [bytes] = await this.#parts.store.readValues([this.#subject])
    return this.#decode(bytes).value
  }
}

function inPresentLives(enriched: EnrichedEvent, lives: Catalogue['lives']): EnrichedEvent {
  const facts = lives.mark(enriched.facts)
  return facts === enriched.facts ? enriched : { event: enriched.event, facts }
}

function appliedTypes(events: readonly EnrichedEvent[]): string[] {
  const types = new Set<string>()
  for (const { event, facts } of events) if (!facts.ignored) types.add(event.eventType)
  return [...types]
}
