import { itemKey } from '../state/slots.ts'
import { HOUR } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'

const UNSEEN = 'when no event on the item is known'

export const itemRecency: Accumulator = {
  name: 'item_recency',
  entity: 'ITEM',
  description: 'When an item was first and last seen in an event.',
  roles: [],
  expires: 'item',
  // Every row has the times, without a slot of an accumulator. But they are shared sums, to which an event over a limit adds nothing.
  slots: [],
  reduce: ({ facts, increments, time }) => {
    for (const { itemId } of facts.items) increments.seen(itemKey(itemId), time)
  },
  features: [
    {
      name: 'item_age_hours',
      entity: 'ITEM',
      description: 'Time since the first event on the item',
      unit: 'hours',
      missing: UNSEEN,
      column:
        ({ items }) =>
        (row) =>
          items.firstSeen(row) > 0 ? items.age(row) / HOUR : Number.NaN,
    },
    {
      name: 'item_idle_hours',
      entity: 'ITEM',
      description: 'Time since the latest event on the item',
      unit: 'hours',
      missing: UNSEEN,
      column:
        ({ items }) =>
        (row) =>
          items.lastSeen(row) > 0 ? (items.time(row) - items.lastSeen(row)) / HOUR : Number.NaN,
    },
  ],
}
