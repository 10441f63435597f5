import type { CatalogueItem } from '../catalogue/catalogue.ts'
import type { Json } from '../state/user-value.ts'
import { attributeOf } from './attribute-values.ts'
import type { BoundCondition, BoundFilter, Range } from './bound-filter.ts'
import type { AttributeValue, FeatureCondition } from './item-filter.ts'

/** Returns the value of the n-th feature of a filter for one item; NaN if the value is missing. */
export type Figures = (feature: number) => number

/** What a filter tests: an item, or the attributes of something that has no item id. */
type Tested = Pick<CatalogueItem, 'attributes'> & Partial<Pick<CatalogueItem, 'itemId'>>

/**
 * Tests whether an item meets a filter. Without `figures`, the result is undefined if it depends on features. So callers read
 * features only of items whose attributes do not decide.
 */
export type FilterTest = (item: Tested, figures: Figures | undefined) => boolean | undefined

/** A filter that is ready to test many items, and the features that the tests read. */
export interface CompiledFilter {
  readonly filter: BoundFilter
  /** Distinct names of the features that the filter uses. */
  readonly features: readonly string[]
  /** Number of conditions on attributes and features. */
  readonly conditions: number
  readonly test: FilterTest
  /** Verdicts on all items, which `test` then uses; absent if it tests each item. See `decided`. */
  readonly known?: Uint8Array
}

/** Compiles a filter, to test many items with it. */
export function compileFilter(filter: BoundFilter): CompiledFilter {
  const features: string[] = []
  let conditions = 0
  const numberOf = (name: string) => {
    const known = features.indexOf(name)
    return known < 0 ? features.push(name) - 1 : known
  }
  const compile = ({ and, or, not, attribute, feature }: BoundFilter): FilterTest => {
    const tests: FilterTest[] = []
    if (attribute) tests.push(attributeTest(attribute))
    if (feature) tests.push(featureTest(feature, numberOf(feature.name)))
    conditions += tests.length
    if (and) tests.push(...and.map(compile))
    if (or) tests.push(any(or.map(compile)))
    if (not) tests.push(none(compile(not)))
    return all(tests)
  }
  const test = compile(filter)
  return { filter, test, features, conditions }
}

function all(tests: readonly FilterTest[]): FilterTest {
  if (tests.length === 1) return tests[0]
  return (item, figures) => {
    let holds: boolean | undefined = true
    for (const test of tests) {
      const found = test(item, figures)
      if (found === false) return false
      if (found === undefined) holds = undefined
    }
    return holds
  }
}

function any(tests: readonly FilterTest[]): FilterTest {
  return (item, figures) => {
    let holds: boolean | undefined = false
    for (const test of tests) {
      const found = test(item, figures)
      if (found === true) return true
      if (found === undefined) holds = undefined
    }
    return holds
  }
}

function none(test: FilterTest): FilterTest {
  return (item, figures) => {
    const holds = test(item, figures)
    return holds === undefined ? undefined : !holds
  }
}

function attributeTest(condition: BoundCondition): FilterTest {
  const { name } = condition
  const test = valueTest(condition)
  return ({ attributes }) => test(attributeOf(attributes, name))
}

/** Returns a test of an attribute value against a condition. The test takes null for a missing value. */
export function valueTest(condition: BoundCondition): (value: Json) => boolean {
  const { exists, eq, among = [], ranges } = condition
  const tests: ((value: Json) => boolean)[] = []
  if (eq !== undefined) tests.push((value) => anyElement(value, (element) => element === eq))
  if (condition.in !== undefined) {
    const wanted: ReadonlySet<Json> = new Set<AttributeValue>(condition.in)
    tests.push((value) => anyElement(value, (element) => wanted.has(element)))
  }
  for (const sets of among) tests.push((value) => anyElement(value, (element) => sets.some((set) => set.has(element))))
  if (ranges) tests.push((value) => typeof value === 'number' && isWithin(value, ranges))
  const within = boundsTest(condition)
  if (within) tests.push((value) => typeof value === 'number' && within(value))
  return (value) => {
    if (value === null) return exists === false && tests.length === 0
    return exists !== false && tests.every((test) => test(value))
  }
}

function anyElement(value: Json, test: (element: Json) => boolean): boolean {
  return Array.isArray(value) ? value.some(test) : test(value)
}

function isWithin(value: number, ranges: readonly Range[]): boolean {
  for (const { least, greatest } of ranges) if (value >= least && value <= greatest) return true
  return false
}

function featureTest(condition: FeatureCondition, feature: number): FilterTest {
  const { exists } = condition
  const within = boundsTest(condition)
  return (_, figures) => {
    if (!figures) return undefined
    const value = figures(feature)
    if (Number.isNaN(value)) return exists === false && !within
    return exists !== false && (!within || within(value))
  }
}

function boundsTest({ gt, gte, lt, lte }: FeatureCondition | BoundCondition): ((value: number) => boolean) | undefined {
  if (gt === undefined && gte === undefined && lt === undefined && lte === undefined) return undefined
  return (value) =>
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte)
}
