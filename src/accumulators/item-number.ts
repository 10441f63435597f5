import type { Accumulator } from './accumulator.ts'

/** Makes a feature of a declared number attribute of items: `itemNumber('salary')` gives `item_salary`. */
export function itemNumber(attribute: string): Accumulator {
  return {
    name: `item_${attribute}`,
    entity: 'ITEM',
    description: `The item's ${attribute}, as it was uploaded.`,
    roles: [],
    attributes: { [attribute]: 'number' },
    features: [
      {
        name: `item_${attribute}`,
        entity: 'ITEM',
        description: `The ${attribute} of the item, as uploaded`,
        unit: `unit of the ${attribute}`,
        missing: `when the item has no ${attribute}`,
        column:
          ({ attributes }) =>
          (row) => {
            const value = attributes[row][attribute]
            return typeof value === 'number' ? value : Number.NaN
          },
      },
    ],
  }
}
