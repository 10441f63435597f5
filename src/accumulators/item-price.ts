import { attributeKey, decayedSum } from '../state/slots.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'
import { ACTIONS } from './event-meaning.ts'

/** Sums of ln(price) and of ones over the events on a category's items: their ratio is the log of the geometric mean. */
const LOG_PRICE = decayedSum('attribute', 'log_price', 30 * DAY)
const PRICED = decayedSum('attribute', 'priced', 30 * DAY)

export const itemPrice: Accumulator = {
  name: 'item_price',
  entity: 'ITEM',
  description: "The item's price, and its price relative to its category.",
  roles: ACTIONS,
  expires: 'item',
  attributes: { price: 'number', category: 'key' },
  slots: [LOG_PRICE, PRICED],
  reduce: ({ meaning, facts, increments, time }) => {
    if (meaning.weight <= 0) return
    for (const { attributes } of facts.items) {
      const { price, category } = attributes
      if (typeof price !== 'number' || price <= 0 || typeof category !== 'string') continue
      const key = attributeKey('category', category)
      increments.seen(key, time)
      increments.addDecayed(LOG_PRICE, key, Math.log(price), time)
      increments.addDecayed(PRICED, key, 1, time)
    }
  },
  features: [
    {
      name: 'item_price',
      entity: 'ITEM',
      description: 'Price of the item, as uploaded',
      unit: 'currency of the shop',
      missing: 'when the item has no price',
      column:
        ({ attributes }) =>
        (row) => {
          const { price } = attributes[row]
          return typeof price === 'number' ? price : Number.NaN
        },
    },
    {
      name: 'item_price_to_category',
      entity: 'ITEM',
      description:
        'Price of the item divided by the usual price in its category. The usual price is the geometric mean over the actions of all users on items of the category, decayed with a half-life of 30 days',
      unit: 'ratio',
      missing: 'when the item has no price or no category, or no event is known in that category',
      column: ({ attributes, attributeRows }) => {
        const logPrice = attributeRows.rows.decayed(LOG_PRICE)
        const priced = attributeRows.rows.decayed(PRICED)
        return (row) => {
          const { price, category } = attributes[row]
          if (typeof price !== 'number' || price <= 0 || typeof category !== 'string') return Number.NaN
          const at = attributeRows.rowOf('category', category)
          const events = at < 0 ? 0 : priced(at)
          return events > 0 ? price / Math.exp(logPrice(at) / events) : Number.NaN
        }
      },
    },
  ],
}
