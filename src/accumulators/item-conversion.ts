import { itemKey, SHOP, type Slot } from '../state/slots.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import {
  ATTRIBUTE_FIGURES,
  addConversion,
  ITEM_FIGURES,
  PER_VIEW,
  plainRate,
  type SharedFigures,
  smoothedRate,
} from './decayed-figures.ts'

function conversion(name: string, description: string, hits: (of: SharedFigures) => Slot): Feature {
  return {
    name,
    entity: 'ITEM',
    description: `${description}, smoothed towards the rate of the whole shop. ${PER_VIEW}`,
    unit: 'per view',
    missing: 'while the shop has no views',
    column: ({ items, attributeRows: { rows, shop } }) =>
      smoothedRate(
        items,
        hits(ITEM_FIGURES),
        ITEM_FIGURES.views7d,
        plainRate(rows, shop, hits(ATTRIBUTE_FIGURES), ATTRIBUTE_FIGURES.views7d),
      ),
  }
}

export const itemConversion: Accumulator = {
  name: 'item_conversion',
  entity: 'ITEM',
  description:
    'Additions to a cart, and purchases, per view of an item. All three are decayed with a half-life of a week; clicks count as views.',
  roles: ['view', 'click', 'cart', 'purchase'],
  expires: 'item',
  slots: [ITEM_FIGURES, ATTRIBUTE_FIGURES].flatMap(({ views7d, carts7d, purchases7d }) => [views7d, carts7d, purchases7d]),
  reduce: ({ meaning, facts, increments, time }) => {
    for (const { itemId } of facts.items) {
      addConversion(ITEM_FIGURES, increments, itemKey(itemId), meaning, time)
      addConversion(ATTRIBUTE_FIGURES, increments, SHOP, meaning, time)
    }
  },
  features: [
    conversion('item_cart_rate_7d', 'Additions to a cart per view of the item', ({ carts7d }) => carts7d),
    conversion('item_purchase_rate_7d', 'Purchases per view of the item', ({ purchases7d }) => purchases7d),
  ],
}
