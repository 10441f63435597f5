import { crc32 } from 'node:zlib'
import { decayedSum, itemKey, type Slot } from '../state/slots.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import { type AttributeDeclaration, countedIn, numberOf, type ValueClass, valueClasses } from './counted-values.ts'

const HALF_LIFE = 30 * DAY
const DECAY = 'decayed with a half-life of 30 days'

/** A sum over the events on an item. */
interface Counted {
  readonly slot: Slot
  readonly amount: (value: Parameters<ValueClass['includes']>[0]) => number
}

/** What is summed of an attribute, and the features that are read from it: each is one sum divided by the number of the same events. */
interface Sums {
  readonly known: Slot
  readonly counted: readonly Counted[]
  readonly features: readonly Feature[]
}

/**
 * Makes the accumulator of a declared event attribute by item: the mean of a number, how often a flag is true, and how often a value
 * or band occurs among the events on the item.
 * @param name name of the attribute
 */
export function eventAttribute(name: string, declaration: AttributeDeclaration): Accumulator {
  const sums = [valueSums(name, declaration), classSums(name, declaration)].filter((one) => one !== undefined)
  return {
    name: `event_attribute_${name}`,
    entity: 'ITEM',
    description: `The attribute ${name} of the events on an item, ${DECAY}.`,
    roles: [],
    expires: 'item',
    slots: sums.flatMap(({ known, counted }) => [known, ...counted.map(({ slot }) => slot)]),
    reduce: ({ event, facts, increments, time }) => {
      if (facts.items.length === 0) return
      const value = countedIn(event.eventAttributes, name, declaration)
      if (value === undefined) return
      for (const { itemId } of facts.items) {
        const item = itemKey(itemId)
        increments.seen(item, time)
        for (const { known, counted } of sums) {
          increments.addDecayed(known, item, 1, time)
          for (const { slot, amount } of counted) {
            const added = amount(value)
            if (added !== 0) increments.addDecayed(slot, item, added, time)
          }
        }
      }
    },
    features: sums.flatMap(({ features }) => features),
  }
}

/** Returns whether the events on an item are counted by an attribute: not by a key without listed values. */
export function isCountedByItem(declaration: AttributeDeclaration): boolean {
  return declaration.kind !== 'key' || declaration.values.length > 0
}

function valueSums(name: string, { kind }: AttributeDeclaration): Sums | undefined {
  if (kind === 'key') return undefined
  // Another kind is another sum: a domain may declare another kind later.
  const [known, total] = [itemSlot(`${name}_${kind}_known`), itemSlot(`${name}_${kind}_total`)]
  const of = kind === 'flag' ? 'share' : 'mean'
  return {
    known,
    counted: [{ slot: total, amount: numberOf }],
    features: [
      {
        ...feature(name, `${name}_${of}`, total, known),
        description:
          kind === 'flag'
            ? `Share of the events with ${name} on the item in which ${name} is true, ${DECAY}`
            : `Mean of ${name} over the events on the item that have it, ${DECAY}`,
        unit: kind === 'flag' ? 'share' : `unit of ${name}`,
      },
    ],
  }
}

function classSums(name: string, declaration: AttributeDeclaration): Sums | undefined {
  const classes = valueClasses(declaration)
  if (classes.length === 0) return undefined
  // Shares of other values or bands begin anew: their events were not counted by these.
  const signature = crc32(JSON.stringify(classes.map(({ suffix }) => suffix))).toString(36)
  const known = itemSlot(`${name}_${signature}_known`)
  const slots = classes.map(({ suffix }) => itemSlot(`${name}_${signature}_is_${suffix}`))
  return {
    known,
    counted: classes.map(({ includes }, at) => ({ slot: slots[at], amount: (value) => Number(includes(value)) })),
    features: classes.map(({ suffix, words }, at) => ({
      ...feature(name, `${name}_${suffix}_share`, slots[at], known),
      description: `Share of the events with ${name} on the item in which ${name} is ${words}, ${DECAY}`,
      unit: 'share',
    })),
  }
}

function itemSlot(name: string): Slot {
  return decayedSum('item', `event_${name}`, HALF_LIFE)
}

function feature(attribute: string, name: string, total: Slot, known: Slot): Omit<Feature, 'description'> {
  return {
    name: `item_event_${name}_30d`,
    entity: 'ITEM',
    isDeclared: true,
    missing: `when no counted event on the item has a valid ${attribute}`,
    column: ({ items }) => {
      const [sum, events] = [items.decayed(total), items.decayed(known)]
      return (row) => (events(row) > 0 ? sum(row) / events(row) : Number.NaN)
    },
  }
}
