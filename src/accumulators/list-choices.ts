import { decayedValue } from '../state/decay.ts'
import type { Increments } from '../state/increments.ts'
import type { ObservedChoice } from '../state/log-entry.ts'
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
/** Chance that the chosen item stands in a list of weight 1, before anything was observed. */
const PRIOR_CHANCE = 0.02
/** Weight that a list has at least, so that it is heard at all. */
const LEAST_WEIGHT = 0.05
/** Number of choices that the credit of a list counts for before anything was observed, over all lists, and of one list. */
const PRIOR_CREDITED = 5
const PRIOR_CREDIT = 0.5
/** Number of choices with lists of about one length that the credit over all lengths counts for. */
const PRIOR_OF_LENGTH = 10
/** Choices of items of other kinds that are expected, as a share, and the number of choices that this counts for. */
const PRIOR_OTHER_KINDS = 0.2
const PRIOR_KINDS = 20

/** Roles of the events that may be choices: all signs of interest. */
export const CHOOSING: readonly EventRole[] = ['view', 'click', 'cart', 'purchase', 'other']

/** Choices of one person on one day (UTC) that count, so that nobody alone teaches the order of all. */
export const MOST_CHOICES_A_DAY = 50

/**
 * Sums of observed choices, of one surface, kind of moment and list of orders. Member `n` counts choices; `r<order>` sums the reciprocal
 * places of the chosen items in an order, and `<order>.<band>` counts those that stood in a band of its places. Of lists,
 * `<order>l<band>` counts how often the last place was in a band, and `<order>c<length>` sums the credit, by length. `k` counts choices
 * whose kind can be compared with that of the session, `k=` those of the same kind.
 */
export const CHOICE_SUMS = scoredSet('attribute', 'choice_sums', 180 * DAY, 2000, 2200, 'other')

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

/** Two bands of lengths are one length: few choices must tell how far to trust short and long lists. */
const LENGTHS = Math.ceil(BANDS.length / 2)

/** Returns which of the lengths of `trustByLength` a list has. @param items number of its items */
export function lengthOf(items: number): number {
  return BAND_OF[Math.min(items, MOST_PLACES)] >> 1
}

/** What observed choices say about the lists of one surface and kind of moment, at one time. */
export class ChoiceSums {
  /** Number of observed choices, decayed. */
  readonly observed: number
  readonly #sums: ReadonlyMap<string, number>
  readonly #chances: Float64Array[] = []
  readonly #trusts: Float64Array[] = []

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

  /** The same sum for a list, followed by the other items in the order of the first stage. @param list its number, from 0 */
  ofList(list: number): number {
    return this.#of(`r${ORDERS.firstList + list}`)
  }

  /** Share of the choices of new items that were of a kind on which the session had acted, 0 to 1. */
  get sameKind(): number {
    return (this.#of('k=') + PRIOR_KINDS * (1 - PRIOR_OTHER_KINDS)) / (this.#of('k') + PRIOR_KINDS)
  }

  /**
   * Returns the estimated chance that the item at a place of a list is chosen, by place, where the list is that long.
   * @param list its number, from 0 @param weight that the list has before anything was observed
   */
  chanceByPlace(list: number, weight: number): Float64Array {
    this.#chances[list] ??= this.#chancesOf(
      ORDERS.firstList + list,
      PRIOR_CHOICES * PRIOR_CHANCE * Math.max(LEAST_WEIGHT, weight),
    )
    return this.#chances[list]
  }

  #chancesOf(order: number, prior: number): Float64Array {
    const chances = new Float64Array(MOST_PLACES + 1)
    /** Choices beside a list that has items in the band: those whose last place is there, or further down. */
    const seen = new Float64Array(BANDS.length + 1)
    for (let band = BANDS.length - 1; band >= 0; band--) seen[band] = seen[band + 1] + this.#of(`${order}l${band}`)
    const ofBand = Float64Array.from(
      PRIOR_OF_BAND,
      (share, band) => (this.#of(`${order}.${band}`) + prior * share) / (seen[band] + PRIOR_CHOICES),
    )
    for (let place = 1; place <= MOST_PLACES; place++) chances[place] = ofBand[BAND_OF[place]] * SHARE_IN_BAND[place]
    return chances
  }

  /**
   * Returns how far to trust a list, by `lengthOf` its items: the share of the choices that it foresaw better than the other lists did.
   * @param list its number, from 0 @param weight that the list has before anything was observed
   */
  trustByLength(list: number, weight: number): Float64Array {
    this.#trusts[list] ??= this.#trustOf(ORDERS.firstList + list, PRIOR_CREDIT * Math.max(LEAST_WEIGHT, weight))
    return this.#trusts[list]
  }

  #trustOf(order: number, prior: number): Float64Array {
    const seen = new Float64Array(LENGTHS)
    for (let band = 0; band < BANDS.length; band++) seen[band >> 1] += this.#of(`${order}l${band}`)
    const credit = seen.map((_, length) => this.#of(`${order}c${length}`))
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
    const ofAll = (sum(credit) + prior) / (sum(seen) + PRIOR_CREDITED)
    return credit.map((value, length) => (value + PRIOR_OF_LENGTH * ofAll) / (seen[length] + PRIOR_OF_LENGTH))
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
  for (const name of choice.sums) add(choice, choiceSumsKey(name), increments, time)
}

/** A log entry of an earlier version has no details of the lists. */
function add({ places, lists, kind }: ObservedChoice, entity: string, increments: Increments, time: number): void {
  const count = (member: string, value: number) => increments.addToSet(CHOICE_SUMS, entity, member, value, time)
  count('n', 1)
  for (const [order, place] of places.entries()) {
    const list = order - ORDERS.firstList
    const leading = list < 0 ? place : (lists?.leading[list] ?? place)
    if (leading > 0) count(`r${order}`, 1 / leading)
    if (list < 0) continue
    if (place > 0) count(`${order}.${bandOf(place)}`, 1)
    if (!lists) continue
    const length = lists.lengths[list]
    if (length === 0) continue
    count(`${order}l${bandOf(length)}`, 1)
    if (lists.credits[list] > 0) count(`${order}c${lengthOf(length)}`, lists.credits[list])
  }
  if (kind) count('k', 1)
  if (kind === 'same') count('k=', 1)
  increments.seen(entity, time)
}

function bandOf(place: number): number {
  return BAND_OF[Math.min(place, MOST_PLACES)]
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
