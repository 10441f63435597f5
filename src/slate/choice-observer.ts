import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { countedValues } from '../accumulators/counted-values.ts'
import { meaningOfEvent } from '../accumulators/event-meaning.ts'
import { CHOOSING, declaredSurface, mayCount, momentName } from '../accumulators/list-choices.ts'
import { findSession } from '../accumulators/session.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { hashedChance } from '../random.ts'
import type { EventFacts, ObservedChoice, RecordedEvent } from '../state/log-entry.ts'
import type { UserValue } from '../state/user-value.ts'
import { MINUTE } from '../time-units.ts'
import { systemTimers, type Timers } from '../timers.ts'
import { observedChoice } from './first-stage.ts'
import { kindOfChoice } from './kinds.ts'
import type { Recommender } from './recommender.ts'
import type { SlateRequest } from './slate.ts'

/** Choices of a surface and kind of moment of which each is observed. Then the share falls, to one in `LEAST` from about 2,800 on. */
const OBSERVED_ALL = 200
const FALL = 500
const LEAST = 1 / 200

/** Gatherings at one time: recording must not wait for more of them. */
const MOST_GATHERINGS = 2
/**
 * Gatherings of a process at once, and time in ms after which one more may follow: each takes as long as a slate, which would slow down a
 * busy process. A basket, all of whose items come at one time, is observed whole.
 */
const BURST = 100
const REFILL_MS = 200
/** After this time, in ms, the event is recorded without what was gathered. */
const LONGEST_MS = 250

/** What an event is recorded with, as far as it decides whether it is a choice. */
interface Recorded {
  readonly event: RecordedEvent
  readonly facts: EventFacts
}

export interface ChoiceObserverParts {
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly catalogue: Pick<Catalogue, 'knows' | 'get' | 'commonValues'>
  readonly recommender: Pick<Recommender, 'candidates'>
  /** Returns whether the first stage may rank some slates. Otherwise nothing is observed. */
  readonly isOn: () => boolean
  /** Timers; those of the system if absent. */
  readonly timers?: Timers
  /** Rules of the slates from which users are taken to choose; those of the surface if absent. */
  readonly rules?: SlateRequest['rules']
}

/**
 * Observes choices: actions on items that name no slate. For a share of them, it gathers the candidates that a slate would have had right
 * before, and finds where the chosen item stood. The share is decided by a hash of the event's id. An event that names a slate is no such
 * choice, since users choose what stands at the top of a slate because it stands there.
 */
export class ChoiceObserver {
  /** Choices that were not observed since the process began, because others were, or because gathering failed or took too long. */
  readonly missed = { busy: 0, failed: 0, slow: 0 }
  readonly #parts: ChoiceObserverParts
  /** Observed choices, by surface and kind of moment, as far as this process has read them. */
  readonly #known = new Map<string, number>()
  #gatherings = 0
  #left = BURST
  #refilledAt = Number.NEGATIVE_INFINITY

  constructor(parts: ChoiceObserverParts) {
    this.#parts = parts
  }

  /**
   * Observes the first choice among the events of one step.
   * @param user state before the events, if it is known
   * @returns undefined at once if nothing is to be observed
   */
  observe<Event extends Recorded>(
    events: readonly Event[],
    userId: string,
    user: UserValue | undefined,
  ): Promise<Event[]> | undefined {
    if (!this.#parts.isOn()) return undefined
    if (!this.#mayGather()) return undefined
    const at = events.findIndex((one) => this.#isChoice(one))
    if (at < 0) return undefined
    const { event, facts } = events[at]
    if (user && !mayCount(user, event.timestamp)) return undefined
    const chance = hashedChance(`choice\0${event.eventId}`)
    const session = user && findSession(user, event.sessionId, event.timestamp, this.#parts.domain.expiry.session)
    const known = this.#known.get(momentName(declaredSurface(this.#parts.domain.surfaces, facts.surface), user, session))
    if (known !== undefined && chance >= shareAfter(known)) return undefined
    this.#left--
    if (this.#gatherings >= MOST_GATHERINGS) {
      this.missed.busy++
      return undefined
    }
    return this.#placesOf(events[at], userId, chance).then((choice) =>
      choice ? events.with(at, { ...events[at], facts: { ...facts, choice } }) : [...events],
    )
  }

  #mayGather(): boolean {
    const now = this.#parts.clock.monotonic()
    this.#left = Math.min(BURST, this.#left + (now - this.#refilledAt) / REFILL_MS)
    this.#refilledAt = now
    return this.#left >= 1
  }

  #isChoice({ event, facts }: Recorded): boolean {
    const { domain, clock, catalogue } = this.#parts
    if (event.itemId === undefined || event.recommendationId !== undefined || facts.ignored !== undefined) return false
    const { role, weight } = meaningOfEvent(domain, event)
    if (weight <= 0 || !CHOOSING.includes(role)) return false
    return Math.abs(event.timestamp - clock.now()) <= MINUTE && catalogue.knows(event.itemId)
  }

  /** As long as it takes, but not longer than `LONGEST_MS`, and whatever fails. */
  #placesOf(recorded: Recorded, userId: string, chance: number): Promise<ObservedChoice | undefined> {
    const { timers = systemTimers } = this.#parts
    this.#gatherings++
    const gathered = this.#gather(recorded, userId, chance)
      .catch(() => {
        this.missed.failed++
        return undefined
      })
      .finally(() => this.#gatherings--)
    return new Promise((resolve) => {
      const cancel = timers.after(LONGEST_MS, () => {
        this.missed.slow++
        resolve(undefined)
      })
      void gathered.then((choice) => {
        cancel()
        resolve(choice)
      })
    })
  }

  /** @returns undefined if enough others were observed, or if the slate could not have had the item */
  async #gather({ event, facts }: Recorded, userId: string, chance: number): Promise<ObservedChoice | undefined> {
    const { recommender, domain, accumulators, catalogue, rules } = this.#parts
    const itemId = event.itemId!
    const surface = declaredSurface(domain.surfaces, facts.surface)
    // No request says in what context the user chose. Attributes of the event of the same names do, where the domain declares them.
    const context = event.eventAttributes && countedValues(event.eventAttributes, domain.contextAttributes)
    const request = { userId, first: 1, sessionId: event.sessionId, surface, device: facts.device, context }
    const set = await recommender.candidates({ ...request, ...(rules && { rules }) })
    const { choices, input, gathered } = set
    if (!choices) return undefined
    const { observed } = choices.observed[0]
    this.#known.set(choices.moment, observed)
    if (chance >= shareAfter(observed) || gathered.dropped.length > 0 || !set.rulesInForce().admitsId(itemId)) return undefined
    const kind = kindOfChoice(itemId, input, catalogue)
    return { ...observedChoice(choices, input, accumulators, input.itemIds.indexOf(itemId)), ...(kind && { kind }) }
  }
}

/** Returns the share of choices to observe. @param observed how many were observed */
function shareAfter(observed: number): number {
  return observed < OBSERVED_ALL ? 1 : Math.max(LEAST, Math.exp((OBSERVED_ALL - observed) / FALL))
}
