import type { OnlyFor } from '../catalogue/attribute-column.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Json } from '../state/user-value.ts'
import type { BoundCondition, BoundFilter, SetGroup } from './bound-filter.ts'
import { valueTest } from './compiled-filter.ts'

/** Verdict of a filter on an item: the item fails. */
export const FAILS = 0
/** Verdict of a filter on an item: its features decide. */
export const DEPENDS = 1
/** Verdict of a filter on an item: the item passes, whatever its features are. */
export const MEETS = 2

/**
 * Returns the verdict of a filter on each item of the catalogue, by item number: FAILS, DEPENDS or MEETS. Tests columns of values
 * instead of single items. The verdict on a deleted item has no meaning.
 */
export function verdicts(filter: BoundFilter, catalogue: Catalogue): Uint8Array {
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

function ofAttribute(condition: BoundCondition, catalogue: Catalogue): Uint8Array {
  const test = valueTest(condition)
  const verdict = (holds: boolean) => (holds ? MEETS : FAILS)
  const column = catalogue.column(condition.name)
  if (!column) return new Uint8Array(catalogue.size).fill(verdict(test(null)))
  return column.map(catalogue.size, (value) => verdict(test(value)), onlyFor(condition))
}

function* valuesOf(sets: SetGroup): Generator<Json> {
  for (const set of sets) yield* set
}

/** Returns the values that may meet a condition; undefined if any value may. */
function onlyFor({ eq, in: listed, among = [], ranges, gt, gte, lt, lte }: BoundCondition): OnlyFor | undefined {
  const scalars = eq === undefined ? (listed ?? (among.length > 0 ? valuesOf(among[0]) : undefined)) : [eq]
  if (scalars) return { scalars }
  if (!ranges && [gt, gte, lt, lte].every((bound) => bound === undefined)) return undefined
  const least = ranges ? (ranges[0]?.least ?? Number.POSITIVE_INFINITY) : Number.NEGATIVE_INFINITY
  const greatest = ranges ? (ranges.at(-1)?.greatest ?? Number.NEGATIVE_INFINITY) : Number.POSITIVE_INFINITY
  return { least: Math.max(least, gt ?? least, gte ?? least), greatest: Math.min(greatest, lt ?? greatest, lte ?? greatest) }
}
