import type { Feature } from '../accumulators/accumulator.ts'
import { type AccumulatorSet, valueOrMissing } from '../accumulators/accumulator-set.ts'
import { AttributeRows, AttributeValues, type FeatureInput, SharedRows } from '../accumulators/feature-input.ts'
import { positionValue } from '../accumulators/item-click-rate.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { ItemLives } from '../catalogue/item-lives.ts'
import { ItemVectors } from '../catalogue/item-vectors.ts'
import type { Domain } from '../domain/domain.ts'
import type { StateStore } from '../state/store.ts'
import { UserValue } from '../state/user-value.ts'

/** Of an attribute with more values, those that the most items have. */
const MOST_VALUES = 10_000
const MOST_POSITIONS = 20
const NO_VECTORS = new ItemVectors()
const NO_LIVES = new ItemLives()

/** Returns the features that describe values of an attribute. The first one is the default sort order of the values. */
export function figuresOf(accumulators: AccumulatorSet, attribute: string): Feature[] {
  return [...accumulators.features.values()].filter(({ ofValues }) => ofValues?.attribute === attribute)
}

/**
 * Returns the values of an attribute that may have statistics: those of catalogue items, the domain's surfaces, or their first
 * twenty positions. Other values, such as those of a deleted item, can still be requested by name.
 */
export function knownValues(attribute: string, domain: Domain, catalogue: Catalogue): readonly string[] {
  if (attribute === 'surface') return domain.surfaces
  if (attribute !== 'position') return catalogue.valuesOf(attribute, MOST_VALUES)
  const positions = Array.from({ length: MOST_POSITIONS }, (_, at) => at + 1)
  return [undefined, ...domain.surfaces].flatMap((surface) => positions.map((position) => positionValue(surface, position)))
}

/**
 * Reads features of attribute values: a column per feature, NaN if missing.
 * @throws UnavailableError if the store does not answer
 */
export async function readFigures(
  figures: readonly Feature[],
  attribute: string,
  values: readonly string[],
  now: number,
  { store, accumulators, domain }: { store: StateStore; accumulators: AccumulatorSet; domain: Domain },
): Promise<Float64Array[]> {
  const { layout } = accumulators
  const { expiry, pairs } = domain
  const wanted = new AttributeValues()
  const rows = values.map((value) => wanted.add(attribute, value))
  const block = await store.readRows('attribute', wanted.keys)
  const attributeRows = new AttributeRows(new SharedRows(layout, 'attribute', block, now, expiry.item), wanted)
  const none = { width: layout.width('item'), data: new Float64Array(0) }
  const input: FeatureInput = {
    now,
    expiry,
    pairs,
    user: new UserValue(),
    session: undefined,
    surface: undefined,
    device: undefined,
    context: {},
    itemIds: [],
    numbers: new Int32Array(),
    lives: NO_LIVES,
    attributes: [],
    vectors: NO_VECTORS,
    items: new SharedRows(layout, 'item', none, now, expiry.item),
    attributeRows,
    cohorts: new Map(),
    anchors: [],
    neighbourLists: undefined,
    onScreen: [],
    sources: new Map(),
  }
  return figures.map(({ ofValues }) => {
    const value = ofValues ? ofValues.column(input) : () => Number.NaN
    return Float64Array.from(rows, (row) => valueOrMissing(value(row)))
  })
}
