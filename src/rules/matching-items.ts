import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import type { CompiledFilter, Figures } from './compiled-filter.ts'
import { FAILS, verdicts } from './filter-verdicts.ts'

/** Items whose features are read at once. */
const CHUNK = 200
/** Maximum number of items whose features are read for one answer. It bounds the cost of a filter that few items meet. */
export const MOST_READ = 5000

/** Returns, for each row, the reader of the filter's features. */
export function figuresOf(
  { features }: CompiledFilter,
  accumulators: AccumulatorSet,
  input: FeatureInput,
): (row: number) => Figures {
  const columns = features.map((name) => accumulators.features.get(name)?.column?.(input))
  return (row) => (feature) => columns[feature]?.(row) ?? Number.NaN
}

/** Newest items that are looked at one by one, before all are by columns: of most filters enough of them meet it. */
const LOOKED_AT = 500

/** Yields the items that may meet the filter, latest added first. Some of them may fail the filter. */
export function* newestOf(catalogue: Catalogue, { filter }: CompiledFilter): Generator<CatalogueItem> {
  let looked = 0
  let known: Uint8Array | undefined
  for (const number of catalogue.newestNumbers()) {
    if (looked++ === LOOKED_AT) known = verdicts(filter, catalogue)
    if (known?.[number] === FAILS) continue
    const item = catalogue.numbered(number)
    if (item) yield item
  }
}

/**
 * Yields the items that meet the filter, in their order. Reads features only of items whose attributes do not decide, and of at
 * most 5000 of these.
 * @param read reads the features of these items, as rows
 */
export async function* matchingItems(
  items: Iterable<CatalogueItem>,
  filter: CompiledFilter,
  accumulators: AccumulatorSet,
  read: (itemIds: readonly string[]) => Promise<FeatureInput>,
): AsyncGenerator<CatalogueItem> {
  let waiting: CatalogueItem[] = []
  let left = MOST_READ
  const decide = async () => {
    const asked = waiting
    waiting = []
    const figures = figuresOf(filter, accumulators, await read(asked.map(({ itemId }) => itemId)))
    return asked.filter((item, row) => filter.test(item, figures(row)))
  }
  for (const item of items) {
    const holds = filter.test(item, undefined)
    if (holds === false || (holds === undefined && left === 0)) continue
    if (holds && waiting.length === 0) yield item
    else {
      waiting.push(item)
      if (holds === undefined) left--
      if (waiting.length === CHUNK || left === 0) yield* await decide()
    }
  }
  if (waiting.length > 0) yield* await decide()
}
