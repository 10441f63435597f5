import type { Cohort } from '../accumulators/cohort.ts'
import { liftOf, zOf } from '../accumulators/cohort-lift.ts'
import {
  askedOf,
  type CohortReading,
  listsOf,
  OwnShares,
  others,
  readValue,
  scoresAt,
  shopWeight,
} from '../accumulators/cohort-reading.ts'
import { COHORT_ITEM_WEIGHT } from '../accumulators/cohort-sums.ts'
import { AttributeRows, type SharedRows } from '../accumulators/feature-input.ts'
import { placesByScore } from '../state/rank-order.ts'
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
      const { values, named } = askedOf(cohorts, user.attributes, context)
      return values.length === 0 ? {} : { sets: values.flatMap(({ reads }) => reads), values: named.keys }
    },
    itemsToRead: (request, answers) => remembered(request, answers)?.itemIds ?? [],
    candidates: (request, answers) => {
      const read = remembered(request, answers)
      const scores = read && answers.items ? scoresOf(read, answers.items) : new Map<string, number>()
      return { ...highest(scores, quota), reason: () => REASON }
    },
  }
}

function firstReads(
  { now, user, context, admits, catalogue }: CandidateRequest,
  answers: CandidateAnswers,
  cohorts: readonly Cohort[],
  quota: number,
): FirstReads | undefined {
  if (!answers.values) return undefined
  const asked = askedOf(cohorts, user.attributes, context)
  const rows = new AttributeRows(answers.values, asked.named)
  const lists = listsOf(asked.values, answers.sets)
  const own = new OwnShares(user, catalogue.lives)
  const readings = [...asked.byCohort.values()].flatMap((cohort) =>
    cohort.values.flatMap((value) => readValue(cohort, value, rows, lists, own) ?? []),
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
const HEAVIEST = new WeakMap<readonly string[], Uint32Array>()

/** Returns the places of the heaviest members of a set, heaviest first, at most SCORED. Of members of one weight, the first by id comes first. */
function heaviest({ members, scores }: SetView): Uint32Array {
  let places = HEAVIEST.get(members)
  if (!places) {
    places = placesByScore(scores, SCORED, (a, b) => (members[a] < members[b] ? -1 : 1)).slice()
    HEAVIEST.set(members, places)
  }
  return places
}

/** Returns the scores of the items that are above 0. */
function scoresOf({ own, rows, readings, itemIds, now }: FirstReads, items: SharedRows): ReadonlyMap<string, number> {
  const shop = shopWeight(rows, own)
  const weight = items.decayed(COHORT_ITEM_WEIGHT)
  const rowOf = new Map(itemIds.map((itemId, row) => [itemId, row]))
  const totals = Float64Array.from(itemIds, (itemId, row) => others(weight(row), own.ofItem(itemId, items.time(row))))
  const scores = new Float64Array(itemIds.length)
  for (const { key, value, lists } of readings) {
    const { members, scores: weights } = lists.items
    const { time, decay } = scoresAt(lists.items, now)
    for (const at of heaviest(lists.items)) {
      const row = rowOf.get(members[at])
      if (row === undefined || !(totals[row] > 0)) continue
      const within = others(weights[at] * decay, own.ofItem(members[at], time, key))
      if (within > 0) scores[row] += zOf(liftOf({ within, value, item: totals[row], shop }))
    }
  }
  const above = new Map<string, number>()
  for (const [row, score] of scores.entries()) if (score > 0) above.set(itemIds[row], score)
  return above
}
