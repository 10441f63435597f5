import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput, Session } from '../accumulators/feature-input.ts'
import { CHOICE_SUMS, ChoiceSums, choiceSumsKey, lengthOf, MOST_PLACES, momentName } from '../accumulators/list-choices.ts'
import { recentlyLiked } from '../accumulators/user-item.ts'
import type { CandidateSource } from '../candidates/source.ts'
import { hashedChance } from '../random.ts'
import type { ObservedChoice } from '../state/log-entry.ts'
import { placesByScore } from '../state/rank-order.ts'
import type { SetView } from '../state/shared-sums.ts'
import type { SetRead } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'
import { interestOfPeopleAlike, OTHER_SOURCE_WEIGHT, SOURCE_WEIGHTS, scoresByRule } from './rank-by-rule.ts'

/** Name under which slates say that the first stage ordered them, in place of the name of a model. */
export const FIRST_STAGE = 'first_stage'

/** Features by which all candidates are ordered, each into a list. Items of which one is not above 0 do not stand in its list. */
const ORDERING_FEATURES = [
  'item_popularity_1h',
  'item_popularity_7d',
  'session_item_cf_max',
  'session_item_cf_mean',
  'session_item_cf_last',
]
/** Further lists: by people alike, and the items on which the session has acted, the latest first. */
const PEOPLE_ALIKE = 'people_alike'
const TOUCHED = 'touched'

/** Version of what the sums mean. Those of another form are not read. */
const FORM = 2

/** Observed choices from which on the learned order may rank, and from which on one list alone may. */
const ENOUGH_FOR_ORDER = 30
const ENOUGH_FOR_ONE_LIST = 500
/** Choices on a surface from which on they decide there. Before, those on all surfaces do. */
const ENOUGH_FOR_SURFACE = 200
/** Time in ms for which what was read is used. */
const HELD_MS = 1000

/** The lists of a slate, and what their sums are called: those of its surface first, if the domain declares it, then those of all. */
export interface ListNames {
  readonly lists: readonly string[]
  /** Surface and kind of moment. */
  readonly moment: string
  readonly sums: readonly string[]
}

/** Lists with what was observed of them, in the order of `sums`. */
export interface LearnedChoices extends ListNames {
  readonly observed: readonly ChoiceSums[]
}

/**
 * Returns the names of the lists of a slate and of their sums. The sums' names have the surface, the kind of moment, and a hash of the
 * lists, so that no version reads what another one has learned.
 * @param surface undefined unless the domain declares it
 */
export function listNames(
  sources: readonly Pick<CandidateSource, 'name'>[],
  surface: string | undefined,
  user: UserValue,
  session: Session | undefined,
): ListNames {
  const lists = [...sources.map(({ name }) => name), ...ORDERING_FEATURES, PEOPLE_ALIKE, TOUCHED]
  const version = signature(`${FORM}:${lists.join()}`)
  const [moment, ofAll] = [momentName(surface, user, session), momentName(undefined, user, session)]
  return { lists, moment, sums: [...new Set([moment, ofAll])].map((name) => `${name}#${version}`) }
}

const signatures = new Map<string, string>()

/** A domain has few lists of lists. */
function signature(lists: string): string {
  let found = signatures.get(lists)
  if (found === undefined) {
    found = Math.floor(hashedChance(lists) * 2 ** 32).toString(36)
    signatures.set(lists, found)
  }
  return found
}

/** Returns the reads of what the first stage has learned, in the order of `sums`. */
export function choiceReads({ sums }: ListNames): SetRead[] {
  return sums.map((name) => ({ entity: choiceSumsKey(name), set: CHOICE_SUMS, limit: CHOICE_SUMS.capacity }))
}

/** Makes of the answers to `choiceReads` what the first stage has learned. @param now time of reading, in ms */
export function learnedChoices(names: ListNames, views: readonly SetView[], now: number): LearnedChoices {
  return { ...names, observed: views.map((view) => new ChoiceSums(view, now)) }
}

/**
 * What the first stage has learned, as this process has last read it. It changes by one choice among hundreds, so it need not be read and
 * computed for each slate.
 */
export class ChoiceMemory {
  /** By the first name of their sums. A domain has few surfaces, and few lists of sources. */
  readonly #held = new Map<string, LearnedChoices & { readonly readAt: number }>()

  /** Returns what was read at most a second ago; undefined if it must be read. @param now in ms */
  at({ sums }: ListNames, now: number): LearnedChoices | undefined {
    const held = this.#held.get(sums[0])
    return held && Math.abs(now - held.readAt) < HELD_MS ? held : undefined
  }

  /** Holds what was read. @param views answers to `choiceReads` @param now in ms */
  hold(names: ListNames, views: readonly SetView[], now: number): LearnedChoices {
    const learned = { ...learnedChoices(names, views, now), readAt: now }
    this.#held.set(names.sums[0], learned)
    return learned
  }
}

/** Returns the sums of the surface, once it has enough choices of its own. */
export function deciding({ observed }: LearnedChoices): ChoiceSums {
  return observed.find((sums) => sums.observed >= ENOUGH_FOR_SURFACE) ?? observed[observed.length - 1]
}

/** Where the candidates stand in a list. */
interface Standing {
  /** Place by row, from 1; 0 where the row does not stand in the list. */
  readonly places: Uint16Array
  /** Number of items in the list. */
  readonly length: number
}

/**
 * Returns where each row stands in each list. Items on which the session has acted stand in the list of these alone: where and how often
 * people come back to them says nothing about others.
 */
function standingsIn({ lists }: ListNames, input: FeatureInput, accumulators: AccumulatorSet): Standing[] {
  const { itemIds, sources, user, session, now } = input
  const interest = interestOfPeopleAlike(input, accumulators)
  const rows = itemIds.length
  const acted = session ? recentlyLiked(user, now, now - session.start) : []
  const touched = new Map(acted.map(({ itemId }, at) => [itemId, at]))
  const touchedAt = Float64Array.from(itemIds, (itemId) => touched.get(itemId) ?? Number.NaN)
  const isFresh = (row: number) => Number.isNaN(touchedAt[row])
  const valued = (figure: (row: number) => number) => {
    const values = new Float64Array(rows).fill(Number.NaN)
    for (let row = 0; row < rows; row++) {
      const value = figure(row)
      if (value > 0 && isFresh(row)) values[row] = value
    }
    return standing(values)
  }
  const empty: Standing = { places: new Uint16Array(rows), length: 0 }
  return lists.map((list) => {
    if (list === TOUCHED) return standing(touchedAt.map((at) => -at))
    if (list === PEOPLE_ALIKE) return interest ? valued((row) => interest[row]) : empty
    const brought = sources.get(list)
    if (brought) return valued((row) => 1 / brought.ranks[row])
    const column = accumulators.features.get(list)?.column?.(input)
    return column ? valued(column) : empty
  })
}

/** @param values by row; NaN has no place. Rows that are equal are ordered as they stand. */
function standing(values: Float64Array): Standing {
  const order = placesByScore(values, values.length, (a, b) => a - b)
  const places = new Uint16Array(values.length)
  let length = 0
  for (; length < order.length && !Number.isNaN(values[order[length]]); length++)
    places[order[length]] = Math.min(length + 1, MOST_PLACES)
  return { places, length }
}

/**
 * Returns the score by row: the estimated chance that it is chosen, as a mixture of the lists. A list counts by its trust, which is
 * learned as the shares of a mixture are by expectation maximisation, one choice at a time (Cappé and Moulines, 2009).
 */
function scoresOf({ lists }: ListNames, found: readonly Standing[], sums: ChoiceSums): Float64Array {
  const scores = new Float64Array(found[0].places.length)
  for (const [list, { places, length }] of found.entries()) {
    if (length === 0) continue
    const [chance, trust] = chanceAndTrust(lists, list, length, sums)
    for (let row = 0; row < scores.length; row++) scores[row] += trust * chance[places[row]]
  }
  return scores
}

function chanceAndTrust(lists: readonly string[], list: number, length: number, sums: ChoiceSums) {
  const weight = weightOf(lists[list])
  return [sums.chanceByPlace(list, weight), sums.trustByLength(list, weight)[lengthOf(length)]] as const
}

/** What a list weighs before anything was observed: as in the rule, and orders of features nothing. */
function weightOf(list: string): number {
  if (list === TOUCHED || list === PEOPLE_ALIKE || ORDERING_FEATURES.includes(list)) return 0
  return SOURCE_WEIGHTS.get(list) ?? OTHER_SOURCE_WEIGHT
}

/**
 * Scores the candidates by what observed choices say about their places in all lists.
 * @returns undefined while too few choices were observed, or if the rule had put the chosen items nearer to the top
 */
export function firstStageScores(
  choices: LearnedChoices,
  input: FeatureInput,
  accumulators: AccumulatorSet,
): Float64Array | undefined {
  const sums = deciding(choices)
  if (sums.observed < ENOUGH_FOR_ORDER || sums.ofFirstStage < sums.ofRule) return undefined
  const found = standingsIn(choices, input, accumulators)
  const scores = scoresOf(choices, found, sums)
  const alone = betterAlone(choices, sums)
  if (alone < 0) return scores
  const { places } = found[alone]
  // No chance is above 1, so what does not stand in the list comes last.
  return scores.map((score, row) => (places[row] > 0 ? 1 + 1 / places[row] : score / found.length))
}

/**
 * @returns the list that, followed by what it lacks, has put chosen items nearest to the top, if that was nearer than the first stage
 * did; else -1
 */
function betterAlone({ lists }: ListNames, sums: ChoiceSums): number {
  if (sums.observed < ENOUGH_FOR_ONE_LIST) return -1
  let best = -1
  let most = sums.ofFirstStage
  for (let list = 0; list < lists.length; list++) {
    if (sums.ofList(list) <= most) continue
    best = list
    most = sums.ofList(list)
  }
  return best
}

/** Returns where a candidate stands, as the sums learn it. @param row of the candidate in the input; -1 if it is not among them */
export function observedChoice(
  choices: LearnedChoices,
  input: FeatureInput,
  accumulators: AccumulatorSet,
  row: number,
): Omit<ObservedChoice, 'kind'> {
  const found = standingsIn(choices, input, accumulators)
  const sums = deciding(choices)
  const own = scoresOf(choices, found, sums)
  const placesOf = found.map(({ places }) => places[row] ?? 0)
  const orders = [own, scoresByRule(input, accumulators)].map((scores) => placeOf(scores, row))
  return {
    sums: choices.sums,
    places: [...orders, ...placesOf],
    lists: {
      lengths: found.map(({ length }) => length),
      leading: found.map(({ places, length }, list) => placesOf[list] || (row < 0 ? 0 : length + placeOf(own, row, places))),
      credits: creditsOf(choices, found, sums, placesOf),
    },
  }
}

/** Digits of a credit in the log. */
const CREDIT_DIGITS = 1e4

/** @returns by list its share in foreseeing the item: the responsibilities of a mixture */
function creditsOf({ lists }: ListNames, found: readonly Standing[], sums: ChoiceSums, placesOf: readonly number[]): number[] {
  const foreseen = found.map(({ length }, list) => {
    if (placesOf[list] === 0) return 0
    const [chance, trust] = chanceAndTrust(lists, list, length, sums)
    return trust * chance[placesOf[list]]
  })
  const sum = foreseen.reduce((total, value) => total + value, 0)
  return foreseen.map((value) => (sum > 0 ? Math.round((value / sum) * CREDIT_DIGITS) / CREDIT_DIGITS : 0))
}

/**
 * @param without places of rows that are left out, where they are above 0
 * @returns the place of a row by score, behind those that are equal and stand before it; 0 for -1
 */
function placeOf(scores: Float64Array, row: number, without?: Uint16Array): number {
  if (row < 0) return 0
  let place = 1
  for (let other = 0; other < scores.length; other++) {
    if (without && without[other] > 0) continue
    if (scores[other] > scores[row] || (scores[other] === scores[row] && other < row)) place++
  }
  return place
}
