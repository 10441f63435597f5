import type { OnlyFor } from '../catalogue/attribute-column.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Json } from '../state/user-value.ts'
import { Turns } from '../turns.ts'
import type { BoundCondition, BoundFilter, SetGroup } from './bound-filter.ts'
import { type CompiledFilter, type FilterTest, valueTest } from './compiled-filter.ts'

/** Verdict of a filter on an item: the item fails. */
export const FAILS = 0
/** Verdict of a filter on an item: its features decide. */
export const DEPENDS = 1
/** Verdict of a filter on an item: the item passes, whatever its features are. */
export const MEETS = 2

/** Most conditions that thousands of candidates are tested against one by one, in one turn of the event loop: some milliseconds. */
const MOST_CONDITIONS = 100
/** Verdicts on single items, and values of lists that are looked at for them, in one turn of the event loop: some milliseconds. */
const A_TURN = 1_000_000

/**
 * Returns the verdict of a filter on each item of the catalogue, by item number: FAILS, DEPENDS or MEETS. Tests columns of values
 * instead of single items. The verdict on a deleted item has no meaning, and items that come meanwhile have none.
 */
export function verdicts(filter: BoundFilter, catalogue: Catalogue): Promise<Uint8Array> {
  return verdictsInTurns(filter, catalogue, catalogue.size, new Turns(A_TURN))
}

/**
 * Returns the filter, with the verdicts on all items if it has many conditions. It then tests an item in the same short time, however many
 * conditions it has. Items that come meanwhile are tested one by one.
 */
export async function decided(filter: CompiledFilter, catalogue: Catalogue): Promise<CompiledFilter> {
  if (filter.conditions <= MOST_CONDITIONS) return filter
  const known = await verdicts(filter.filter, catalogue)
  const test: FilterTest = (item, figures) => {
    const verdict = item.itemId === undefined ? undefined : known[catalogue.numberOf(item.itemId)]
    if (verdict === undefined || (verdict === DEPENDS && figures)) return filter.test(item, figures)
    return verdict === DEPENDS ? undefined : verdict === MEETS
  }
  return { ...filter, test, known }
}

/** Joins each part to those before at once: a filter of a thousand conditions does not hold a thousand columns. */
async function verdictsInTurns(filter: BoundFilter, catalogue: Catalogue, size: number, turns: Turns): Promise<Uint8Array> {
  const { and = [], or, not, attribute, feature } = filter
  const of = (part: BoundFilter) => verdictsInTurns(part, catalogue, size, turns)
  let found = attribute && ofAttribute(attribute, catalogue, size)
  if (attribute) await turns.worked(size + catalogue.listedValues(attribute.name))
  if (feature) found = all(found, new Uint8Array(size).fill(DEPENDS))
  for (const part of and) found = all(found, await of(part))
  if (or) {
    let some: Uint8Array | undefined
    for (const part of or) some = any(some, await of(part))
    found = all(found, some ?? new Uint8Array(size))
  }
  if (not) found = all(found, none(await of(not)))
  await turns.worked(size)
  return found ?? new Uint8Array(size).fill(MEETS)
}

/** The first, changed; the second without a first. */
function all(into: Uint8Array | undefined, other: Uint8Array): Uint8Array {
  if (!into) return other
  for (let item = 0; item < into.length; item++) if (other[item] < into[item]) into[item] = other[item]
  return into
}

/** The first, changed; the second without a first. */
function any(into: Uint8Array | undefined, other: Uint8Array): Uint8Array {
  if (!into) return other
  for (let item = 0; item < into.length; item++) if (other[item] > into[item]) into[item] = other[item]
  return into
}

/** The same, changed. */
function none(into: Uint8Array): Uint8Array {
  for (let item = 0; item < into.length; item++) into[item] = MEETS - into[item]
  return into
}

function ofAttribute(condition: BoundCondition, catalogue: Catalogue, size: number): Uint8Array {
  const test = valueTest(condition)
  const verdict = (holds: boolean) => (holds ? MEETS : FAILS)
  const column = catalogue.column(condition.name)
  if (!column) return new Uint8Array(size).fill(verdict(test(null)))
  return column.map(size, (value) => verdict(test(value)), onlyFor(condition))
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
