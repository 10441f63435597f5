import type { Catalogue } from '../catalogue/catalogue.ts'
import { valueTest } from './compiled-filter.ts'
import type { AttributeCondition, ItemFilter } from './item-filter.ts'

/** Verdict of a filter on an item: the item fails. */
export const FAILS = 0
/** Verdict of a filter on an item: its features decide. */
export const DEPENDS = 1
export const MEETS = 2

/**
 * Returns the verdict of a filter on each item of the catalogue, by item number: FAILS, DEPENDS or MEETS. Tests columns of values
 * instead of single items. The verdict on a deleted item has no meaning.
 */
export function verdicts(filter: ItemFilter, catalogue: Catalogue): Uint8Array {
  const { and = [], or, not, attribute, feature } = filter
  const parts = and.map((part) => verdicts(part, catalogue))
  if (attribute) parts.push(ofAttribute(attribute, catalogue))
  if (feature) parts.push(new Uint8Array(catalogue.size).fill(DEPENDS))
  if (or)
    parts.push(
      any(
        new Uint8Array(catalogue.size),
        or.map((part) => verdicts(part, catalogue)),
      ),
    )
  if (not) parts.push(none(verdicts(not, catalogue)))
  const [first = new Uint8Array(catalogue.size).fill(MEETS), ...others] = parts
  return all(first, others)
}

/** The first, changed. */
function all(into: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  for (const other of others)
    for (let item = 0; item < into.length; item++) if (other[item] < into[item]) into[item] = other[item]
  return into
}

/** The first, changed. */
function any(into: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  for (const other of others)
    for (let item = 0; item < into.length; item++) if (other[item] > into[item]) into[item] = other[item]
  return into
}

/** The same, changed. */
function none(into: Uint8Array): Uint8Array {
  for (let item = 0; item < into.length; item++) into[item] = MEETS - into[item]
  return into
}

function ofAttribute(condition: AttributeCondition, catalogue: Catalogue): Uint8Array {
  const test = valueTest(condition)
  const verdict = (holds: boolean) => (holds ? MEETS : FAILS)
  const column = catalogue.column(condition.name)
  if (!column) return new Uint8Array(catalogue.size).fill(verdict(test(null)))
  const { eq, gt, gte, lt, lte } = condition
  const least = Math.max(gt ?? Number.NEGATIVE_INFINITY, gte ?? Number.NEGATIVE_INFINITY)
  const greatest = Math.min(lt ?? Number.POSITIVE_INFINITY, lte ?? Number.POSITIVE_INFINITY)
  const isBounded = [gt, gte, lt, lte].some((bound) => bound !== undefined)
  const scalars = eq === undefined ? condition.in : [eq]
  const only = scalars ? { scalars } : isBounded ? { least, greatest } : undefined
  return column.map(catalogue.size, (value) => verdict(test(value)), only)
}
