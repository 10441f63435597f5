import { type Cohort, cohortValues, hasValues, valuesAtRequest } from '../accumulators/cohort.ts'
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
import type { BuiltInReason } from './built-in-reason.ts'
import { type CandidateAnswers, type CandidateRequest, highest, type ReadingSource } from './source.ts'

/** Items that are compared for each one that is proposed. */
const COMPARED = 4
const REASON: BuiltInReason = { code: 'PEOPLE_LIKE_YOU' }

/** Items of a value, with their weights among the other people who have it, highest first. */
interface Members {
  readonly reading: CohortReading
  readonly itemIds: readonly string[]
  readonly weights: readonly number[]
}

/** What the first reads say. */
interface FirstReads {
  readonly own: OwnShares
  readonly rows: AttributeRows
  readonly members: readonly Members[]
  /** Items to compare, each once. */
  readonly itemIds: readonly string[]
}

/**
 * Makes the source of items that are popular with people who share values of cohorts with the user or the request. An item's score is
 * the sum, over these values, of its log-odds against the rest of the shop in standard errors. Only items with a sum above 0 are
 * proposed.
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
  { now, user, context = {}, admits }: CandidateRequest,
  answers: CandidateAnswers,
  cohorts: readonly Cohort[],
  quota: number,
): FirstReads | undefined {
  if (!answers.values) return undefined
  const asked = askedValues(cohorts, user, context)
  const rows = new AttributeRows(answers.values, valuesOf(asked))
  const lists = listsOf(asked, answers.sets)
  const own = new OwnShares(user)
  const valueIn = valuesAtRequest(user.attributes, context)
  const readings = cohorts
    .filter(hasValues)
    .flatMap((cohort) => cohortValues(cohort, valueIn).flatMap((value) => readValue(cohort, value, rows, lists, own) ?? []))
  const most = Math.ceil((COMPARED * quota) / Math.max(1, readings.length))
  const members = readings.map((reading) => membersOf(reading, own, now))
  const itemIds = new Set<string>()
  for (const { itemIds: ofValue } of members) {
    let taken = 0
    for (const itemId of ofValue) {
      if (taken === most) break
      if (!admits(itemId)) continue
      itemIds.add(itemId)
      taken++
    }
  }
  return { own, rows, members, itemIds: [...itemIds] }
}

function membersOf(reading: CohortReading, own: OwnShares, now: number): Members {
  const { members, scores } = reading.lists.items
  const { time, decay } = scoresAt(reading.lists.items, now)
  const weights = members.map((itemId, at) => others(scores[at] * decay, own.ofItem(itemId, time, reading.key)))
  return { reading, itemIds: members, weights }
}

function scoresOf({ own, rows, members, itemIds }: FirstReads, items: SharedRows): Map<string, number> {
  const shop = shopWeight(rows, own)
  const weight = items.decayed(COHORT_ITEM_WEIGHT)
  const totals = new Map(itemIds.map((itemId, row) => [itemId, others(weight(row), own.ofItem(itemId, items.time(row)))]))
  const scores = new Map<string, number>()
  for (const { reading, itemIds: ofValue, weights } of members) {
    for (let at = 0; at < ofValue.length; at++) {
      const item = totals.get(ofValue[at])
      if (item === undefined || !(item > 0) || !(weights[at] > 0) || !(shop > 0)) continue
      const z = zOf(liftOf({ within: weights[at], value: reading.value, item, shop }))
      scores.set(ofValue[at], (scores.get(ofValue[at]) ?? 0) + z)
    }
  }
  for (const [itemId, score] of scores) if (!(score > 0)) scores.delete(itemId)
  return scores
}
