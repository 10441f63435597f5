import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput, Session } from '../accumulators/feature-input.ts'
import { CHOICE_SUMS, ChoiceSums, choiceSumsKey, MOST_PLACES, momentName } from '../accumulators/list-choices.ts'
import { sessionItems } from '../accumulators/session.ts'
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

/** Observed choices from which on the learned order may rank, and from which on one list alone may. */
const ENOUGH_FOR_ORDER = 30
const ENOUGH_FOR_ONE_LIST = 500
/** Choices on a surface from which on they decide there. Before, those on all surfaces do. */
const ENOUGH_FOR_SURFACE = 200

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
  const version = signature(lists.join())
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

/** @returns the sums of the surface, once it has enough choices of its own */
function deciding({ observed }: LearnedChoices): ChoiceSums {
  return observed.find((sums) => sums.observed >= ENOUGH_FOR_SURFACE) ?? observed[observed.length - 1]
}

/**
 * Returns the place of each row in each list, from 1; 0 where the row does not stand in it. Items on which the session has acted stand in
 * the list of these alone: where and how often people come back to them says nothing about others.
 */
function placesInLists({ lists }: ListNames, input: FeatureInput, accumulators: AccumulatorSet): Uint16Array[] {
  const { itemIds, sources, user, session } = input
  const interest = interestOfPeopleAlike(input, accumulators)
  const rows = itemIds.length
  const touched = new Map(sessionItems(user, session).map((itemId, at) => [itemId, at]))
  const touchedAt = Float64Array.from(itemIds, (itemId) => touched.get(itemId) ?? Number.NaN)
  const isFresh = (row: number) => Number.isNaN(touchedAt[row])
  const valued = (figure: (row: number) => number) => {
    const values = new Float64Array(rows).fill(Number.NaN)
    for (let row = 0; row < rows; row++) {
      const value = figure(row)
      if (value > 0 && isFresh(row)) values[row] = value
    }
    return places(values)
  }
  return lists.map((list) => {
    if (list === TOUCHED) return places(touchedAt.map((at) => -at))
    if (list === PEOPLE_ALIKE) return interest ? valued((row) => interest[row]) : new Uint16Array(rows)
    const standing = sources.get(list)
    if (standing) return valued((row) => 1 / standing.ranks[row])
    const column = accumulators.features.get(list)?.column?.(input)
    return column ? valued(column) : new Uint16Array(rows)
  })
}

/** Returns the place by row of values, highest first; NaN has none. Rows that are equal are ordered as they stand. */
function places(values: Float64Array): Uint16Array {
  const order = placesByScore(values, values.length, (a, b) => a - b)
  const found = new Uint16Array(values.length)
  for (let at = 0; at < order.length && !Number.isNaN(values[order[at]]); at++) found[order[at]] = Math.min(at + 1, MOST_PLACES)
  return found
}

/** @returns the score by row: what the row's places in all lists are worth by what was observed */
function scoresOf({ lists }: ListNames, found: readonly Uint16Array[], sums: ChoiceSums): Float64Array {
  const scores = new Float64Array(found[0].length)
  for (const [list, ofRow] of found.entries()) {
    const worth = sums.worthByPlace(list, weightOf(lists[list]))
    for (let row = 0; row < scores.length; row++) scores[row] += worth[ofRow[row]]
  }
  return scores
}

/** What a list weighs before anything was observed: as in the rule, and orders of features nothing. */
function weightOf(list: string): number {
  if (list === TOUCHED || list === PEOPLE_ALIKE || ORDERING_FEATURES.includes(list)) return 0
  return SOURCE_WEIGHTS.get(list) ?? OTHER_SOURCE_WEIGHT
}

/**
 * Scores the candidates by what observed choices say about their places in all lists: the sum over the lists of what each place is worth.
 * @returns undefined while too few choices were observed, or if the rule had put the chosen items nearer to the top
 */
export function firstStageScores(
  choices: LearnedChoices,
  input: FeatureInput,
  accumulators: AccumulatorSet,
): Float64Array | undefined {
  const sums = deciding(choices)
  if (sums.observed < ENOUGH_FOR_ORDER || sums.ofFirstStage < sums.ofRule) return undefined
  const found = placesInLists(choices, input, accumulators)
  const scores = scoresOf(choices, found, sums)
  const alone = betterAlone(choices, sums)
  if (alone < 0) return scores
  const places = found[alone]
  // No worth of a place is above 1, so what does not stand in the list comes last.
  return scores.map((score, row) => (places[row] > 0 ? 1 + 1 / places[row] : score / found.length))
}

/** @returns the list that has put chosen items nearest to the top, if that was nearer than the first stage did; else -1 */
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
): ObservedChoice {
  const found = placesInLists(choices, input, accumulators)
  const own = scoresOf(choices, found, deciding(choices))
  const orders = [own, scoresByRule(input, accumulators)].map((scores) => placeOf(scores, row))
  return { sums: choices.sums, places: [...orders, ...found.map((ofRow) => ofRow[row] ?? 0)] }
}

/** @returns the place of a row by score, behind those that are equal and stand before it; 0 for -1 */
function placeOf(scores: Float64Array, row: number): number {
  if (row < 0) return 0
  let place = 1
  for (let other = 0; other < scores.length; other++)
    if (scores[other] > scores[row] || (scores[other] === scores[row] && other < row)) place++
  return place
}
