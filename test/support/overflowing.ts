import type { Accumulator } from '../../src/accumulators/accumulator.ts'
import { itemKey, sum } from '../../src/state/slots.ts'

const OVERFLOWING = sum('item', 'overflowing')
/** Adds more to the item "heavy" than any sum can hold, as a defect would. */
export const overflowing: Accumulator = {
  name: 'overflowing',
  entity: 'ITEM',
  description: 'A defect.',
  roles: [],
  slots: [OVERFLOWING],
  reduce: ({ facts, increments }) => {
    for (const { itemId } of facts.items) if (itemId === 'heavy') increments.add(OVERFLOWING, itemKey(itemId), 1e200 * 1e200)
  },
  features: [],
}
