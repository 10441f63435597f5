import { decayedSum, itemKey } from '../state/slots.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'

/**
 * Makes an accumulator that counts these event types per item. `eventCounts(['wishlist'])` gives `item_wishlist_7d`.
 * @param eventTypes event types whose names can be parts of feature names
 */
export function eventCounts(eventTypes: readonly string[]): Accumulator {
  const slots = new Map(eventTypes.map((type) => [type, decayedSum('item', `events_${type}`, 7 * DAY)]))
  return {
    name: 'event_counts',
    entity: 'ITEM',
    description: `Events on an item by type, decayed with a half-life of a week: ${eventTypes.join(', ')}.`,
    roles: [],
    expires: 'item',
    slots: [...slots.values()],
    reduce: ({ event, facts, increments, time }) => {
      const slot = slots.get(event.eventType)
      if (slot) for (const { itemId } of facts.items) increments.addDecayed(slot, itemKey(itemId), 1, time)
    },
    features: Array.from(slots, ([type, slot]) => ({
      name: `item_${type}_7d`,
      entity: 'ITEM',
      description: `Number of events of the type ${type} on the item, decayed with a half-life of a week`,
      unit: 'events',
      missing: 'never (0 without such events)',
      column: ({ items }) => items.decayed(slot),
    })),
  }
}
