import { itemKey, type Slot, sum } from '../state/slots.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import type { EventRole } from './event-meaning.ts'

const COUNTED: { role: EventRole; slot: Slot; what: string }[] = [
  { role: 'impression', slot: sum('item', 'impressions'), what: 'Number of impressions of the item' },
  { role: 'view', slot: sum('item', 'views'), what: 'Number of views of the item' },
  { role: 'click', slot: sum('item', 'clicks'), what: 'Number of clicks on the item' },
  { role: 'cart', slot: sum('item', 'carts'), what: 'Number of times that the item was put into a cart, or saved' },
  { role: 'purchase', slot: sum('item', 'purchases'), what: 'Number of purchases of the item' },
]

const SLOT_BY_ROLE = new Map(COUNTED.map(({ role, slot }) => [role, slot]))

export const itemCounts: Accumulator = {
  name: 'item_counts',
  entity: 'ITEM',
  description: 'Events of each kind on an item, in total.',
  roles: COUNTED.map(({ role }) => role),
  expires: 'item',
  slots: COUNTED.map(({ slot }) => slot),
  reduce: ({ meaning, facts, increments }) => {
    const slot = SLOT_BY_ROLE.get(meaning.role)
    if (slot) for (const { itemId } of facts.items) increments.add(slot, itemKey(itemId), 1)
  },
  features: COUNTED.map(
    ({ slot, what }): Feature => ({
      name: `item_${slot.name}`,
      entity: 'ITEM',
      description: what,
      unit: 'events',
      missing: 'never (0 without such events)',
      column: ({ items }) => items.sum(slot),
    }),
  ),
}
