import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import type { Catalogue, CatalogueItem } from '../catalogue/catalogue.ts'
import { Turns } from '../turns.ts'
import type { CompiledFilter, Figures } from './compiled-filter.ts'
import { FAILS, verdicts } from './filter-verdicts.ts'

/** Items whose features are read at once. */
const CHUNK = 200
/** Items that are tested with their features in one turn of the event loop. With a thousand conditions, they take 5 ms. */
const TESTS_A_TURN = 2 * CHUNK
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

/** Yields the items that may meet the filter, latest added first, in two parts. Some of the items may fail the filter. */
export async function* newestOf(catalogue: Catalogue, filter: CompiledFilter): AsyncGenerator<Iterable<CatalogueItem>> {
  const numbers = catalogue.newestNumbers()
  let { known } = filter
  const next = function* (most: number): Generator<CatalogueItem> {
    for (let looked = 0; looked < most; looked++) {
      const { value: number, done } = numbers.next()
      if (done) return
      const item = known?.[number] === FAILS ? undefined : catalogue.numbered(number)
      if (item) yield item
    }
  }
  if (!known) yield next(LOOKED_AT)
  known ??= await verdicts(filter.filter, catalogue)
  yield next(Number.POSITIVE_INFINITY)
}

/**
 * Yields the items of these parts that meet the filter, in their order. Reads features only of items whose attributes do not decide, and of at
 * most 5000 of these.
 * @param read reads the features of these items, as rows
 */
export async function* matchingItems(
  parts: AsyncIterable<Iterable<CatalogueItem>>,
  filter: CompiledFilter,
  accumulators: AccumulatorSet,
  read: (itemIds: readonly string[]) => Promise<FeatureInput>,
): AsyncGenerator<CatalogueItem> {
  let waiting: CatalogueItem[] = []
  let left = MOST_READ
  const turns = new Turns(TESTS_A_TURN)
  const decide = async () => {
    const asked = waiting
    waiting = []
    await turns.worked(asked.length)
    const figures = figuresOf(filter, accumulators, await read(asked.map(({ itemId }) => itemId)))
    return asked.filter((item, row) => filter.test(item, figures(row)))
  }
  for await (const items of parts) {
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
  }
  if (waiting.length > 0) yield* await decide()
}
