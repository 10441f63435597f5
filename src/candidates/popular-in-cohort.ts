import { type Cohort, OTHER_VALUES } from '../accumulators/cohort.ts'
import { liftOf, zOf } from '../accumulators/cohort-lift.ts'
import {
  type AskedValue,
  askedValues,
  type CohortReading,
  listReads,
  listsOf,
  others,
  readValue,
  scoresAt,
  shopWeight,
} from '../accumulators/cohort-reading.ts'
import { COHORT_ITEM_WEIGHT } from '../accumulators/cohort-sums.ts'
import { AttributeRows, AttributeValues, type SharedRows } from '../accumulators/feature-input.ts'
import { OwnShares } from '../accumulators/own-cohort-shares.ts'
import type { SetView } from '../state/shared-sums.ts'
import type { BuiltInReason } from './built-in-reason.ts'
import { type CandidateAnswers, type CandidateRequest, highest, type ReadingSource } from './source.ts'

/** Items that are compared for each one that is proposed. */
const COMPARED = 3
/** Heaviest items of a value that get a score for it. */
const SCORED = 64
const REASON: BuiltInReason = { code: 'PEOPLE_LIKE_YOU' }

/** What the first reads say. */
interface FirstReads {
  readonly own: OwnShares
  readonly rows: AttributeRows
  readonly readings: readonly CohortReading[]
  /** Items to compare, each once. */
  readonly itemIds: readonly string[]
  readonly now: number
}

/**
 * Makes the source of items that are popular with people who share values of cohorts with the user or the request. An item's score is
 * the sum, over the values where it is among the heaviest items, of its log-odds against the rest of the shop in standard errors. Only
 * items with a sum above 0 are proposed.
 */
export function popularInCohortSource(quota: number, cohorts: readonly Cohort[]): ReadingSource {
  // Both steps need what the first reads say.
  const memory = new WeakMap<CandidateRequest, FirstReads>()
  const remembered = (request: CandidateRequest, answers: CandidateAnswers): FirstReads | undefined => {
    const held = memory.get(request) ?? firstReads(request, answers, cohorts, quota)
    if (held) memory.set(request, held)
    return held
  }
  return {
    name: 'popular_in_cohort',
    quota,
    reads: ({ user, context }) => {
      const asked = askedValues(cohorts, user, context)
      return asked.length === 0 ? {} : { sets: asked.flatMap(listReads), values: valuesOf(asked).keys }
    },
    itemsToRead: (request, answers) => remembered(request, answers)?.itemIds ?? [],
    candidates: (request, answers) => {
      const read = remembered(request, answers)
      const scores = read && answers.items ? scoresOf(read, answers.items) : new Map<string, number>()
      return { ...highest(scores, quota), reason: () => REASON }
    },
  }
}

function valuesOf(asked: readonly AskedValue[]): AttributeValues {
  const values = new AttributeValues()
  for (const { attribute, value } of asked) values.add(attribute, value)
  return values
}

function firstReads(
  { now, user, context, admits, catalogue }: CandidateRequest,
  answers: CandidateAnswers,
  cohorts: readonly Cohort[],
  quota: number,
): FirstReads | undefined {
  if (!answers.values) return undefined
  const asked = askedValues(cohorts, user, context)
  const rows = new AttributeRows(answers.values, valuesOf(asked))
  const lists = listsOf(asked, answers.sets)
  const own = new OwnShares(user, catalogue.lives)
  const readings = asked.flatMap(({ cohort, value }) =>
    value === OTHER_VALUES ? [] : (readValue(cohort, value, rows, lists, own) ?? []),
  )
  const most = Math.ceil((COMPARED * quota) / Math.max(1, readings.length))
  const itemIds = new Set<string>()
  for (const { lists: ofValue } of readings) {
    const { members } = ofValue.items
    let taken = 0
    for (const place of heaviest(ofValue.items)) {
      if (taken === most) break
      if (!admits(members[place])) continue
      itemIds.add(members[place])
      taken++
    }
  }
  return { own, rows, readings, itemIds: [...itemIds], now }
}

/** Places of the heaviest members of sets. In the embedded store, a set that has not changed has the same members. */
const HEAVIEST = new WeakMap<readonly string[], readonly number[]>()

/** Returns the places of the heaviest members of a set, heaviest first, at most SCORED. Of members of one weight, the first by id comes first. */
function heaviest({ members, scores }: SetView): readonly number[] {
  const held = HEAVIEST.get(members)
  if (held) return held
  const first: number[] = []
  const isBefore = (one: number, other: number) =>
    scores[one] > scores[other] || (scores[one] === scores[other] && members[one] < members[other])
  let least = Number.NEGATIVE_INFINITY
  for (let place = 0; place < members.length; place++) {
    // Of a long list, nearly all members stop here.
    if (scores[place] < least) continue
    if (first.length === SCORED && !isBefore(place, first[SCORED - 1])) continue
    let [from, to] = [0, first.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (isBefore(place, first[middle])) to = middle
      else from = middle + 1
    }
    first.splice(from, 0, place)
    if (first.length > SCORED) first.pop()
    if (first.length === SCORED) least = scores[first[SCORED - 1]]
  }
  HEAVIEST.set(members, first)
  return first
}

function scoresOf({ own, rows, readings, itemIds, now }: FirstReads, items: SharedRows): Map<string, number> {
  const shop = shopWeight(rows, own)
  const weight = items.decayed(COHORT_ITEM_WEIGHT)
  const totals = new Map(itemIds.map((itemId, row) => [itemId, others(weight(row), own.ofItem(itemId, items.time(row)))]))
  const scores = new Map<string, number>()
  for (const { key, value, lists } of readings) {
    const { members, scores: weights } = lists.items
    const { time, decay } = scoresAt(lists.items, now)
    for (const at of heaviest(lists.items)) {
      const item = totals.get(members[at])
      if (item === undefined || !(item > 0)) continue
      const within = others(weights[at] * decay, own.ofItem(members[at], time, key))
      if (!(within > 0)) continue
      scores.set(members[at], (scores.get(members[at]) ?? 0) + zOf(liftOf({ within, value, item, shop })))
    }
  }
  for (const [itemId, score] of scores) if (!(score > 0)) scores.delete(itemId)
  return scores
}
