import type { Feature } from './accumulator.ts'
import type { Cohort } from './cohort.ts'
import { beyondChance, type LiftEvidence, liftOf, shrunk } from './cohort-lift.ts'
import {
  type AskedCohort,
  askedOf,
  type CohortReading,
  type OwnShares,
  others,
  ownShares,
  readValue,
  scoresAt,
  shopWeight,
} from './cohort-reading.ts'
import { COHORT_ITEM_WEIGHT, COHORT_ITEMS, COHORT_WEIGHT } from './cohort-sums.ts'
import { firstValueOf } from './counted-values.ts'
import { type FeatureInput, oncePerInput } from './feature-input.ts'

const CATEGORY = 'category'

/** Name of the feature by which the rule ranks without a model. */
export const SURE_LIFT = 'cohort_sure_lift'

/** Makes the features of the lifts of items among people who share values with the user or the request. */
export function liftFeatures(cohorts: readonly Cohort[]): Feature[] {
  if (cohorts.length === 0) return []
  const lifted = oncePerInput((input) => new LiftedRows(input, cohorts))
  const lifts = oncePerInput((input) => cohorts.map((cohort) => lifted(input).liftsOf(cohort)))
  const sureLifts = oncePerInput((input) => cohorts.map((cohort) => lifted(input).sureLiftsOf(cohort)))
  return [
    ...cohorts.map(
      (cohort, at): Feature => ({
        name: `cohort_${cohort.name}_lift`,
        entity: 'USER_ITEM',
        isDeclared: true,
        description: `How much more, or less, people who share ${wordsOf(cohort)} with the user act on the item than the other users of the shop. It is the logarithm of the ratio of the item's shares in their actions, shrunk towards 0 if few actions are known. If people with the value have no known actions on the item, its category is compared instead. With several values, it is the mean`,
        unit: 'log-odds',
        missing: `when the user has no value of ${wordsOf(cohort)}, when fewer than ${cohort.isProtected ? 20 : 1} other users with the value are known, or when they act neither on the item nor on its category`,
        column: (input) => {
          const found = lifts(input)[at]
          return (row) => found[row]
        },
      }),
    ),
    {
      name: 'cohort_lift',
      entity: 'USER_ITEM',
      isDeclared: true,
      description: `Sum of the lifts of all cohorts that are known: ${cohorts.map(({ name }) => `cohort_${name}_lift`).join(', ')}`,
      unit: 'log-odds',
      missing: 'when all of them are missing',
      column: (input) => sumOfKnown(lifts(input)),
    },
    {
      name: SURE_LIFT,
      entity: 'USER_ITEM',
      isDeclared: true,
      description: `Like cohort_lift, but only what is hardly chance: a difference counts from 1.6 standard errors on. An item without such a difference has the lift of its category. Without a model, the service ranks by popularity times e to the power of this feature`,
      unit: 'log-odds',
      missing: 'when the user has no value of a cohort, or when fewer other users with the value are known than a cohort needs',
      column: (input) => sumOfKnown(sureLifts(input)),
    },
  ]
}

/** Returns for each row the sum of the numbers that the lists have; NaN if none has one. */
function sumOfKnown(lists: readonly Float64Array[]): (row: number) => number {
  return (row) => {
    let [total, known] = [0, 0]
    for (const { [row]: lift } of lists) {
      if (Number.isNaN(lift)) continue
      total += lift
      known++
    }
    return known === 0 ? Number.NaN : total
  }
}

function wordsOf({ references }: Cohort): string {
  return references.map(({ of, attribute }) => `${of}.${attribute}`).join(' and ')
}

/** What the candidates weigh among people with one value. */
interface ReadRows {
  readonly reading: CohortReading
  /** By row, the weight of the item among other people with the value; NaN if the item is not on their list. */
  readonly within: Float64Array
}

/** The candidates of one input, compared within values of cohorts. */
class LiftedRows {
  readonly #input: FeatureInput
  readonly #own: OwnShares
  readonly #shop: number
  readonly #rowOf = new Map<string, number>()
  /** Weight of each item in the whole shop, without the user. */
  readonly #items: Float64Array
  readonly #categories: readonly (string | undefined)[]
  /** Values that the user has of each cohort, from the first time that they are read. */
  readonly #values = new Map<Cohort, readonly ReadRows[]>()
  readonly #cohorts: readonly Cohort[]

  /** @param cohorts all cohorts of the domain */
  constructor(input: FeatureInput, cohorts: readonly Cohort[]) {
    const { itemIds, items, attributes, attributeRows } = input
    this.#input = input
    this.#cohorts = cohorts
    this.#own = ownShares(input)
    this.#shop = shopWeight(attributeRows, this.#own)
    const weight = items.decayed(COHORT_ITEM_WEIGHT)
    this.#items = Float64Array.from(itemIds, (itemId, row) => others(weight(row), this.#own.ofItem(itemId, items.time(row))))
    for (const [row, itemId] of itemIds.entries()) this.#rowOf.set(itemId, row)
    this.#categories = attributes.map((declared) => firstValueOf(declared, CATEGORY))
  }

  /** Returns the lift by row; NaN if it is missing. */
  liftsOf(cohort: Cohort): Float64Array {
    return this.#meanOver(cohort, (read) => this.#liftsWithin(read))
  }

  /** Returns by row what of the lift is hardly chance; NaN if it is missing. */
  sureLiftsOf(cohort: Cohort): Float64Array {
    return this.#meanOver(cohort, (read) => this.#sureLiftsWithin(read))
  }

  /** Returns the mean over the values of a cohort that the user has. */
  #meanOver(cohort: Cohort, liftsWithin: (read: ReadRows) => Float64Array): Float64Array {
    const found = this.#valuesOf(cohort).map(liftsWithin)
    if (found.length === 1) return found[0]
    return Float64Array.from(this.#input.itemIds, (_, row) => meanOf(found, row))
  }

  #valuesOf(cohort: Cohort): readonly ReadRows[] {
    let values = this.#values.get(cohort)
    if (!values) {
      const { user, context } = this.#input
      const asked = askedOf(this.#cohorts, user.attributes, context).byCohort.get(cohort)
      values = asked ? this.#read(asked) : []
      this.#values.set(cohort, values)
    }
    return values
  }

  #read(asked: AskedCohort): readonly ReadRows[] {
    const { attributeRows, cohorts } = this.#input
    return asked.values.flatMap((value) => {
      const reading = readValue(asked, value, attributeRows, cohorts, this.#own)
      return reading ? [{ reading, within: this.#weightsWithin(reading) }] : []
    })
  }

  #liftsWithin({ reading, within: weights }: ReadRows): Float64Array {
    const lifts = new Float64Array(this.#input.itemIds.length).fill(Number.NaN)
    if (!(this.#shop > 0)) return lifts
    const { value } = reading
    for (const [row, within] of weights.entries()) {
      const item = this.#items[row]
      if (within > 0 && item > 0) lifts[row] = shrunk(liftOf({ within, value, item, shop: this.#shop }))
    }
    const ofCategory = this.#categoryLifts(reading, (evidence) => shrunk(liftOf(evidence)))
    for (let row = 0; row < lifts.length; row++) {
      const category = this.#categories[row]
      if (Number.isNaN(lifts[row]) && category !== undefined) lifts[row] = ofCategory(category)
    }
    return lifts
  }

  #sureLiftsWithin({ reading, within: weights }: ReadRows): Float64Array {
    const { value, lists } = reading
    const isComplete = lists.items.members.length < COHORT_ITEMS.keep
    const ofCategory = this.#categoryLifts(reading, (evidence) => beyondChance(evidence, 'category', 0))
    const expected = Float64Array.from(this.#categories, (category) => (category === undefined ? 0 : ofCategory(category) || 0))
    const shop = this.#shop
    if (!(shop > 0)) return expected
    const within = isComplete ? weights.map((weight) => (Number.isNaN(weight) ? 0 : weight)) : weights
    return expected.map((lift, row) => {
      const item = this.#items[row]
      if (!(within[row] >= 0) || !(item > 0)) return lift
      return beyondChance({ within: within[row], value, item, shop }, 'item', lift)
    })
  }

  #weightsWithin({ lists: { items }, key }: CohortReading): Float64Array {
    const weights = new Float64Array(this.#input.itemIds.length).fill(Number.NaN)
    const { members, scores } = items
    const { time, decay } = scoresAt(items, this.#input.now)
    for (let at = 0; at < members.length; at++) {
      const row = this.#rowOf.get(members[at])
      if (row !== undefined) weights[row] = others(scores[at] * decay, this.#own.ofItem(members[at], time, key))
    }
    return weights
  }

  /** Returns the lift of each category; NaN if it is missing. */
  #categoryLifts(
    { lists: { categories }, value, key }: CohortReading,
    liftFrom: (evidence: LiftEvidence) => number,
  ): (category: string) => number {
    const { attributeRows, now } = this.#input
    const { rows } = attributeRows
    const { time, decay } = scoresAt(categories, now)
    const known = new Map<string, number>()
    return (category) => {
      const before = known.get(category)
      if (before !== undefined) return before
      const place = categories.members.indexOf(category)
      const sum = place < 0 ? 0 : categories.scores[place] * decay
      const within = others(sum, this.#own.ofCategory(category, time, key))
      const row = attributeRows.rowOf('category', category)
      const item = row < 0 ? 0 : others(rows.decayed(COHORT_WEIGHT)(row), this.#own.ofCategory(category, rows.time(row)))
      const lift = within > 0 && item > 0 ? liftFrom({ within, value, item, shop: this.#shop }) : Number.NaN
      known.set(category, lift)
      return lift
    }
  }
}

/** Mean of the lists that have a number in a row; NaN if none has. */
function meanOf(lists: readonly Float64Array[], row: number): number {
  let [total, known] = [0, 0]
  for (const { [row]: value } of lists) {
    if (Number.isNaN(value)) continue
    total += value
    known++
  }
  return known === 0 ? Number.NaN : total / known
}
