import type { ItemVectors } from '../catalogue/item-vectors.ts'
import { AHEAD, decayedValue } from '../state/decay.ts'
import type { Expiry } from '../state/expiry.ts'
import type { DeclaredAttributes } from '../state/log/entry.ts'
import type { RowBlock, SetView } from '../state/shared-sums.ts'
import { attributeKey, FIRST_SEEN, LAST_SEEN, SHOP, type SharedKind, type Slot, type SlotLayout } from '../state/slots.ts'
import type { UserValue } from '../state/user-value.ts'

/** Shared sums of a list of entities, as they stood in one read. */
export class SharedRows {
  readonly #layout: SlotLayout
  readonly #block: RowBlock
  readonly #now: number
  readonly #firstSeen: number
  readonly #lastSeen: number
  /** By column, the values of all rows: several features share a figure. */
  readonly #decayed: Float64Array[] = []

  /** @param ttl in ms: a row without an event for longer than this counts as absent */
  constructor(layout: SlotLayout, kind: SharedKind, block: RowBlock, now: number, ttl: number) {
    this.#layout = layout
    this.#block = block
    this.#now = now
    this.#firstSeen = layout.indexOf(FIRST_SEEN[kind])
    this.#lastSeen = layout.indexOf(LAST_SEEN[kind])
    for (let start = 0; start < block.data.length; start += block.width) {
      if (block.data[start + this.#lastSeen] < now - ttl) block.data.fill(0, start, start + block.width)
    }
  }

  /** Undecayed value, 0 where nothing was added. */
  sum(slot: Slot): (row: number) => number {
    const { data, width } = this.#block
    const column = this.#layout.indexOf(slot)
    return (row) => data[row * width + column]
  }

  /** Decayed value now, or at the entity's last event where that is later. */
  decayed(slot: Slot): (row: number) => number {
    const column = this.#layout.indexOf(slot)
    this.#decayed[column] ??= this.#decayedRows(column, slot.halfLife)
    const values = this.#decayed[column]
    return (row) => values[row]
  }

  #decayedRows(column: number, halfLife: number): Float64Array {
    const { data, width } = this.#block
    const values = new Float64Array(data.length / width)
    // Most rows are of one epoch, and read at one time.
    let heldEpoch = Number.NaN
    let heldTime = Number.NaN
    let weight = 0
    for (let row = 0, at = column; row < values.length; row++, at += width) {
      const sum = data[at]
      if (sum === 0) continue
      const epoch = data[at + 1]
      const time = this.time(row)
      if (epoch !== heldEpoch || time !== heldTime) {
        weight = decayedValue(1, epoch, time, halfLife)
        heldEpoch = epoch
        heldTime = time
      }
      values[row] = sum * weight
    }
    return values
  }

  /** The time at which the row is read, in ms: never before its last event. */
  time(row: number): number {
    return Math.max(this.#now, this.lastSeen(row))
  }

  /** ms; 0 where the entity was never seen. */
  firstSeen(row: number): number {
    return this.#block.data[row * this.#block.width + this.#firstSeen]
  }

  lastSeen(row: number): number {
    return this.#block.data[row * this.#block.width + this.#lastSeen]
  }

  /** ms from the first event to the time of reading; of a row that stands ahead, to now. */
  age(row: number): number {
    const isAhead = this.lastSeen(row) > this.#now + AHEAD
    return isAhead ? Math.max(0, this.#now - this.firstSeen(row)) : this.time(row) - this.firstSeen(row)
  }
}

/** Values of attributes whose rows are wanted: each once, in the order of coming, behind the shop as a whole. */
export class AttributeValues {
  readonly keys: string[] = [SHOP]
  readonly #rows = new Map<string, Map<string, number>>()

  /** @returns its row */
  add(attribute: string, value: string): number {
    let rows = this.#rows.get(attribute)
    if (!rows) {
      rows = new Map()
      this.#rows.set(attribute, rows)
    }
    let row = rows.get(value)
    if (row === undefined) {
      row = this.keys.push(attributeKey(attribute, value)) - 1
      rows.set(value, row)
    }
    return row
  }

  /** -1 where it is not wanted. */
  rowOf(attribute: string, value: string): number {
    return this.#rows.get(attribute)?.get(value) ?? -1
  }
}

/** Shared rows that are found by name rather than by position: values of attributes, and the shop as a whole. */
export class AttributeRows {
  readonly rows: SharedRows
  /** Row of the shop as a whole. */
  readonly shop = 0
  readonly #values: AttributeValues

  /** @param rows of the keys of the values */
  constructor(rows: SharedRows, values: AttributeValues) {
    this.rows = rows
    this.#values = values
  }

  /** Row of a value, or -1 when it was not read. */
  rowOf(attribute: string, value: string): number {
    return this.#values.rowOf(attribute, value)
  }
}

/** A live session as features see it. */
export interface Session {
  readonly serial: number
  readonly id: string
  readonly start: number
  readonly last: number
  /** Row in the user's table of sessions. */
  readonly row: number
}

/** A candidate source's say on the rows: which it brought, with what score and in which order. */
export interface SourceStanding {
  /** Score by row; NaN where the source did not bring the row. */
  readonly scores: Float64Array
  /** 1 for the first that it brought; NaN where it did not. */
  readonly ranks: Float64Array
  /** When its list was made, in ms; NaN for what is computed now. */
  readonly generatedAt: number
}

/** Neighbours of an item that the user acted on, for the item-to-item features. */
export interface Anchor {
  readonly itemId: string
  /** Time of the latest action on it, in ms. */
  readonly at: number
  readonly neighbours: SetView
  /** Decayed strength of the anchor itself, n_k of the formula. */
  readonly strength: number
}

/**
 * Everything that features are read from, as one consistent state at one moment. Rows are the items in question: the
 * candidates of a slate, the items an analyst asks for, or none.
 */
export interface FeatureInput {
  /** The moment, in ms: that of the decision, never that of a label. */
  readonly now: number
  readonly expiry: Expiry
  readonly user: UserValue
  /** The session that the request belongs to; undefined when it has no event yet or has ended. */
  readonly session: Session | undefined
  readonly surface: string | undefined
  readonly device: string | undefined
  readonly itemIds: readonly string[]
  /** Number of each in the catalogue; -1 of one that was never uploaded. */
  readonly numbers: Int32Array
  /** Declared attributes by row. */
  readonly attributes: readonly DeclaredAttributes[]
  /** Uploaded vectors of the items that can be recommended. */
  readonly vectors: ItemVectors
  readonly items: SharedRows
  readonly attributeRows: AttributeRows
  /** Latest action first. */
  readonly anchors: readonly Anchor[]
  /** By name of the source; empty outside a slate. */
  readonly sources: ReadonlyMap<string, SourceStanding>
}
