/**
 * Layout of shared sums. An entity (an item or an attribute value) has one fixed row of float64 slots and some scored sets. Only
 * commutative operations change them: add, decayAdd, max, min and topAdd.
 */

/** Kinds of entities that have shared sums. */
export const KINDS = ['item', 'attribute'] as const
export type SharedKind = (typeof KINDS)[number]

/** How a slot combines its value with an increment. The order of increments does not matter to any of them. */
export type SlotOperation = 'add' | 'decayAdd' | 'max' | 'min'

/** One number in each row of shared sums, such as the views of each item. */
export interface Slot {
  readonly kind: SharedKind
  readonly name: string
  readonly operation: SlotOperation
  /** Half-life in ms; 0 for no decay. A decayed slot takes two float64: the sum, then its epoch. */
  readonly halfLife: number
}

/**
 * A scored set: members with a decayed score. Before an addition would exceed `capacity` members, the set is trimmed to the `keep`
 * highest.
 */
export interface SetSlot {
  readonly kind: SharedKind
  readonly name: string
  readonly halfLife: number
  readonly keep: number
  readonly capacity: number
  /** Kind of the members: ids of items, or anything else. Members from an earlier life of an item are not read. */
  readonly members: 'items' | 'other'
}

/** Makes a slot that adds values without decay. */
export function sum(kind: SharedKind, name: string): Slot {
  return { kind, name, operation: 'add', halfLife: 0 }
}

/** Makes a slot that adds values with decay. @param halfLife in ms; above 0 */
export function decayedSum(kind: SharedKind, name: string, halfLife: number): Slot {
  return { kind, name, operation: 'decayAdd', halfLife }
}

/** Makes a slot that keeps the latest time or the largest value. */
export function maximum(kind: SharedKind, name: string): Slot {
  return { kind, name, operation: 'max', halfLife: 0 }
}

/** Makes a slot that keeps the earliest time or the smallest value. 0 means "no value yet", so values must be positive. */
export function minimum(kind: SharedKind, name: string): Slot {
  return { kind, name, operation: 'min', halfLife: 0 }
}

/**
 * Makes a scored set.
 * @param halfLife in ms; above 0
 * @param keep members that are left after trimming
 * @param capacity members above which the set is trimmed; more than `keep`
 */
export function scoredSet(
  kind: SharedKind,
  name: string,
  halfLife: number,
  keep: number,
  capacity: number,
  members: SetSlot['members'] = 'items',
): SetSlot {
  return { kind, name, halfLife, keep, capacity, members }
}

/** Slots of every entity: the times of its first event, and below of its last one. Expiry and the ages in features use them. */
export const FIRST_SEEN: Record<SharedKind, Slot> = {
  item: minimum('item', 'first_seen'),
  attribute: minimum('attribute', 'first_seen'),
}
/** Slots of every entity: the times of its last event, in ms. */
export const LAST_SEEN: Record<SharedKind, Slot> = {
  item: maximum('item', 'last_seen'),
  attribute: maximum('attribute', 'last_seen'),
}

/**
 * Names of the float64 columns of each kind, in order. New names are only added at the end, so that old rows and logs stay
 * readable.
 */
export type SlotNames = Record<SharedKind, string[]>

/**
 * Returns the key of an item's shared sums, such as `item:i7`. The key of an attribute value is like `attribute:brand=acme`; the
 * prefix tells the kind.
 */
export function itemKey(itemId: string): string {
  // A dozen accumulators ask for the key of one item in turn: one text, whose hash is known, serves them all.
  if (itemId !== lastItem) {
    lastItem = itemId
    lastItemKey = `item:${itemId}`
  }
  return lastItemKey
}

let lastItem = ''
let lastItemKey = 'item:'

/** Returns the key of an attribute value's shared sums, such as `attribute:brand=acme`. */
export function attributeKey(attribute: string, value: string): string {
  return `attribute:${attribute}=${value}`
}

/** Key of the sums of the whole shop, which count as an attribute value. */
export const SHOP = attributeKey('shop', '')

/** Bounds of a set whose accumulator is away: the largest that any has. */
const AWAY = { keep: 1000, capacity: 1100 } as const

/** Returns the kind of entity that a key of shared sums belongs to. */
export function kindOf(key: string): SharedKind {
  return key.charCodeAt(0) === 105 /* i */ ? 'item' : 'attribute'
}

/** Columns of a row that say when its entity and its sets last changed. */
export interface LatestTimes {
  readonly lastSeen: number
  /** The scored sets. `epoch` and `latest` are the columns with the epoch and the time of the latest addition. */
  readonly sets: readonly { readonly name: string; readonly epoch: number; readonly latest: number }[]
}

/** Positions of slots in their rows. */
export class SlotLayout {
  readonly names: SlotNames
  readonly slots: readonly Slot[]
  readonly sets: readonly SetSlot[]
  readonly #index = new Map<Slot | SetSlot, number>()
  readonly #latest = new Map<SetSlot, number>()
  readonly #times: Partial<Record<SharedKind, { readonly width: number; readonly times: LatestTimes }>> = {}
  readonly #setByColumn: Record<SharedKind, Map<number, SetSlot>> = { item: new Map(), attribute: new Map() }

  /** @param recorded column names that a store or log uses already; they keep their places, and new slots follow */
  constructor(slots: readonly Slot[], sets: readonly SetSlot[], recorded: SlotNames = { item: [], attribute: [] }) {
    this.slots = slots
    this.sets = sets
    this.names = { item: [...recorded.item], attribute: [...recorded.attribute] }
    const place = (kind: SharedKind, columns: string[]): number => {
      const names = this.names[kind]
      const known = names.indexOf(columns[0])
      if (known >= 0) return known
      names.push(...columns)
      return names.length - columns.length
    }
    for (const slot of slots) {
      const column = slot.halfLife > 0 ? `${slot.name}@${slot.halfLife}` : slot.name
      this.#index.set(slot, place(slot.kind, slot.operation === 'decayAdd' ? [column, `${column}:epoch`] : [column]))
    }
    for (const set of sets) {
      const name = `${set.name}@${set.halfLife}`
      const column = place(set.kind, [`${name}:epoch`])
      this.#index.set(set, column)
      this.#latest.set(set, place(set.kind, [`${name}:latest`]))
      this.#setByColumn[set.kind].set(column, set)
    }
  }

  /** Returns the column of a slot, or of the epoch of a set. */
  indexOf(slot: Slot | SetSlot): number {
    const index = this.#index.get(slot)
    if (index === undefined) throw new Error(`slot ${slot.name} belongs to no accumulator of this configuration`)
    return index
  }

  /** Returns the column with the time of the set's latest addition. */
  latestOf(set: SetSlot): number {
    const column = this.#latest.get(set)
    if (column === undefined) throw new Error(`set ${set.name} belongs to no accumulator of this configuration`)
    return column
  }

  /** Returns the columns of a kind with the times of the latest changes, including those of sets without an accumulator. */
  timesIn(kind: SharedKind): LatestTimes {
    const names = this.names[kind]
    const held = this.#times[kind]
    if (held?.width === names.length) return held.times
    const sets = names.flatMap((column, epoch) => {
      const [, base, name] = /^((.+)@\d+):epoch$/.exec(column) ?? []
      const latest = base === undefined ? -1 : names.indexOf(`${base}:latest`)
      return latest >= 0 ? [{ name, epoch, latest }] : []
    })
    const times = { lastSeen: names.indexOf(LAST_SEEN[kind].name), sets }
    this.#times[kind] = { width: names.length, times }
    return times
  }

  /** Returns the set with its epoch in this column. Sets without an accumulator are still maintained. */
  setAt(kind: SharedKind, column: number): SetSlot {
    const set = this.#setByColumn[kind].get(column)
    if (set) return set
    const [, name, halfLife] = /^(.+)@(\d+):epoch$/.exec(this.names[kind][column] ?? '') ?? []
    if (name === undefined) throw new Error(`column ${column} of ${kind} holds no set's epoch`)
    const away = scoredSet(kind, name, Number(halfLife), AWAY.keep, AWAY.capacity)
    this.#setByColumn[kind].set(column, away)
    return away
  }

  /**
   * Returns the column here for each column that a log or snapshot names. Unknown names get new columns at the end, so that no data
   * is lost.
   */
  admit(recorded: SlotNames): Record<SharedKind, Int32Array> {
    const map = (kind: SharedKind) => {
      const names = this.names[kind]
      for (const name of recorded[kind]) if (!names.includes(name)) names.push(name)
      return Int32Array.from(recorded[kind], (name) => names.indexOf(name))
    }
    return { item: map('item'), attribute: map('attribute') }
  }

  /** Returns the number of float64 columns of a row. */
  width(kind: SharedKind): number {
    return this.names[kind].length
  }
}
