import { decayedValue } from '../state/decay.ts'
import type { SetView } from '../state/shared-sums.ts'
import { attributeKey, scoredSet } from '../state/slots.ts'
import { recordPart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, Reduction } from './accumulator.ts'
import type { EventRole } from './event-meaning.ts'
import type { Session } from './feature-input.ts'
import { sessionItems } from './session.ts'

/** First place of each band of places: the further down a list, the wider, since the first places differ most. */
const BANDS = [1, 2, 3, 4, 6, 9, 13, 19, 28, 41, 61, 91, 136]
/** Places that are told apart. Whatever stands behind them counts as the last one. */
export const MOST_PLACES = 512
/** Orders whose places a choice has before those of the lists: that of the first stage, and that of the rule. */
const ORDERS = { own: 0, rule: 1, firstList: 2 } as const

/** Added to each place in what is expected before anything was observed, as in the rule. */
const PRIOR_OFFSET = 10
/** Number of choices that what is expected counts for. */
const PRIOR_CHOICES = 30
/** Mean reciprocal place that is expected of a list of weight 1. */
const PRIOR_WORTH = 0.02

/** Roles of the events that may be choices: all signs of interest. */
export const CHOOSING: readonly EventRole[] = ['view', 'click', 'cart', 'purchase', 'other']

/** Choices of one person on one day (UTC) that count, so that nobody alone teaches the order of all. */
export const MOST_CHOICES_A_DAY = 50

/**
 * Sums of observed choices, of one surface, kind of moment and list of orders. Member `n` counts choices; `r<order>` sums the reciprocal
 * places of the chosen items in an order, and `<order>.<band>` counts those that stood in a band of its places.
 */
export const CHOICE_SUMS = scoredSet('attribute', 'choice_sums', 180 * DAY, 1000, 1100, 'other')

/** Returns the entity key of such sums. @param name the surface, the kind of moment and a hash of the names of the lists, such as `home/early#1rj0x` */
export function choiceSumsKey(name: string): string {
  return attributeKey('choices', name)
}

/** Distinct items on which a session acts early on. */
const EARLY = 3

/** Returns the surface if the domain declares it: others, whose names anyone may send, have no sums of their own. */
export function declaredSurface(surfaces: readonly string[], surface: string | undefined): string | undefined {
  return surface !== undefined && surfaces.includes(surface) ? surface : undefined
}

/** Returns the name of a surface and kind of moment, such as `home/early`. A user or session that is not known has not acted. */
export function momentName(surface: string | undefined, user: UserValue | undefined, session: Session | undefined): string {
  const acted = user ? sessionItems(user, session).length : 0
  return `${surface ?? ''}/${acted === 0 ? 'opening' : acted <= EARLY ? 'early' : 'later'}`
}

/** Place by band, and what the formula expects of a place within its band. */
const BAND_OF = new Uint8Array(MOST_PLACES + 1)
/** By place: its share of what its band is expected to have. */
const SHARE_IN_BAND = new Float64Array(MOST_PLACES + 1)
/** By band: its share of what a whole list is expected to have. */
const PRIOR_OF_BAND = new Float64Array(BANDS.length)
for (let place = 1, band = -1; place <= MOST_PLACES; place++) {
  if (place === BANDS[band + 1]) band++
  BAND_OF[place] = band
  PRIOR_OF_BAND[band] += 1 / (PRIOR_OFFSET + place)
}
for (let place = 1; place <= MOST_PLACES; place++)
  SHARE_IN_BAND[place] = 1 / (PRIOR_OFFSET + place) / PRIOR_OF_BAND[BAND_OF[place]]
const PRIOR_TOTAL = PRIOR_OF_BAND.reduce((sum, share) => sum + share, 0)
for (let band = 0; band < BANDS.length; band++) PRIOR_OF_BAND[band] /= PRIOR_TOTAL

/** What observed choices say about the lists of one surface and kind of moment, at one time. */
export class ChoiceSums {
  /** Number of observed choices, decayed. */
  readonly observed: number
  readonly #sums: ReadonlyMap<string, number>

  /** @param now time of reading, in ms */
  constructor({ epoch, latest, members, scores }: SetView, now: number) {
    const decay = decayedValue(1, epoch, Math.max(latest, now), CHOICE_SUMS.halfLife)
    this.#sums = new Map(members.map((member, i) => [member, scores[i] * decay]))
    this.observed = this.#of('n')
  }

  /** Sum of the reciprocal places that the chosen items had in the order of the first stage: as it was when each was chosen. */
  get ofFirstStage(): number {
    return this.#of(`r${ORDERS.own}`)
  }

  /** The same sum for the order of the rule. */
  get ofRule(): number {
    return this.#of(`r${ORDERS.rule}`)
  }

  /** The same sum for a list. @param list its number, from 0 */
  ofList(list: number): number {
    return this.#of(`r${ORDERS.firstList + list}`)
  }

  /**
   * Returns what a place in a list is worth, by place: the estimated chance that the item there is chosen, times the root of the mean
   * reciprocal place that the list gave to chosen items, so that a list which does not know what is chosen says little.
   * @param list its number, from 0 @param weight that the list has before anything was observed
   */
  worthByPlace(list: number, weight: number): Float64Array {
    const prior = PRIOR_CHOICES * PRIOR_WORTH * weight
    const observed = this.observed + PRIOR_CHOICES
    const trust = Math.sqrt((this.ofList(list) + prior) / observed)
    const ofBand = Float64Array.from(
      PRIOR_OF_BAND,
      (share, band) => (trust * (this.#of(`${ORDERS.firstList + list}.${band}`) + prior * share)) / observed,
    )
    const worth = new Float64Array(MOST_PLACES + 1)
    for (let place = 1; place <= MOST_PLACES; place++) worth[place] = ofBand[BAND_OF[place]] * SHARE_IN_BAND[place]
    return worth
  }

  #of(member: string): number {
    return this.#sums.get(member) ?? 0
  }
}

/** How many choices of a user counted on the latest day on which one did. Days since 1970. */
const COUNTED = recordPart('choices_of_day', 1, { day: 'count', choices: 'count' })

/** Creates nothing: what is only read must not change the value, which is made by the events of the log alone. */
function countedOf(user: UserValue): ReturnType<typeof COUNTED.empty> | undefined {
  return user.parts.has(COUNTED.name) ? user.get(COUNTED) : undefined
}

/** Returns whether one more choice of the user at this time would count. @param time in ms */
export function mayCount(user: UserValue, time: number): boolean {
  const counted = countedOf(user)
  const today = Math.floor(time / DAY)
  return !counted || today > counted.day || (today === counted.day && counted.choices < MOST_CHOICES_A_DAY)
}

function reduce({ facts: { choice, items }, meaning, user, time, increments }: Reduction): void {
  if (!choice || items.length === 0 || meaning.weight <= 0 || !CHOOSING.includes(meaning.role)) return
  if (!mayCount(user, time)) return
  const counted = user.get(COUNTED)
  const day = Math.floor(time / DAY)
  counted.choices = day === counted.day ? counted.choices + 1 : 1
  counted.day = day
  for (const name of choice.sums) {
    const entity = choiceSumsKey(name)
    increments.addToSet(CHOICE_SUMS, entity, 'n', 1, time)
    for (const [order, place] of choice.places.entries()) {
      if (place === 0) continue
      increments.addToSet(CHOICE_SUMS, entity, `r${order}`, 1 / place, time)
      if (order < ORDERS.firstList) continue
      increments.addToSet(CHOICE_SUMS, entity, `${order}.${BAND_OF[Math.min(place, MOST_PLACES)]}`, 1, time)
    }
    increments.seen(entity, time)
  }
}

/** Learns from observed choices of users how far to trust each list of candidates. The first stage reads its sums. */
export const listChoices: Accumulator = {
  name: 'list_choices',
  entity: 'ATTRIBUTE',
  description: `Where the items that users choose stood in each list of candidates. At most ${MOST_CHOICES_A_DAY} choices of a user count on one day. The first stage orders slates by it.`,
  roles: CHOOSING,
  expires: 'item',
  parts: [COUNTED],
  sets: [CHOICE_SUMS],
  reduce,
  merge: (into, from) => {
    const other = countedOf(from)
    if (!other) return
    const counted = into.get(COUNTED)
    if (other.day === counted.day) counted.choices += other.choices
    else if (other.day > counted.day) Object.assign(counted, other)
  },
  features: [],
}
