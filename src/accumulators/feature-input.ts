import type { ItemLives } from '../catalogue/item-lives.ts'
import type { ItemVectors } from '../catalogue/item-vectors.ts'
import type { NeighbourLists } from '../catalogue/neighbour-lists.ts'
import { decayedValue } from '../state/decay.ts'
import type { Expiry } from '../state/expiry.ts'
import type { CountedValues, DeclaredAttributes } from '../state/log-entry.ts'
import type { RowBlock, SetView } from '../state/shared-sums.ts'
import { attributeKey, FIRST_SEEN, LAST_SEEN, SHOP, type SharedKind, type Slot, type SlotLayout } from '../state/slots.ts'
import type { UserValue } from '../state/user-value.ts'
import type { PairSums } from './pair-sums.ts'

/** Shared sums of a list of entities, from one consistent read. Rows have the order of the list. */
export class SharedRows {
  readonly #layout: SlotLayout
  readonly #block: RowBlock
  readonly #now: number
  readonly #firstSeen: number
  readonly #lastSeen: number
  /** By column, the values of all rows: several features share a figure. */
  readonly #decayed: Float64Array[] = []

  /** @param ttl expiry in ms: a row without an event for longer counts as absent */
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

  /** Returns the undecayed value by row; 0 if nothing was added. */
  sum(slot: Slot): (row: number) => number {
    const { data, width } = this.#block
    const column = this.#layout.indexOf(slot)
    return (row) => data[row * width + column]
  }

  /** Returns the value by row, decayed to now, or to the entity's last event if that is later. */
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

  /** Returns the time at which the row is read, in ms: now, or its last event if that is later. */
  time(row: number): number {
    return Math.max(this.#now, this.lastSeen(row))
  }

  /** Returns the time of the entity's first event, in ms; 0 if it has none. */
  firstSeen(row: number): number {
    return this.#block.data[row * this.#block.width + this.#firstSeen]
  }

  lastSeen(row: number): number {
    return this.#block.data[row * this.#block.width + this.#lastSeen]
  }

  /** Returns the age of the row, in ms: from its first event to the time of reading. */
  age(row: number): number {
    return this.time(row) - this.firstSeen(row)
  }
}

/**
 * A list of attribute values whose rows will be read. The whole shop is row 0; each value follows once, in the order of first
 * addition.
 */
export class AttributeValues {
  readonly keys: string[] = [SHOP]
  readonly #rows = new Map<string, Map<string, number>>()

  /** Adds a value, unless it is there already. @param key of its shared sums, if the caller has it @returns row of the value */
  add(attribute: string, value: string, key?: string): number {
    let rows = this.#rows.get(attribute)
    if (!rows) {
      rows = new Map()
      this.#rows.set(attribute, rows)
    }
    let row = rows.get(value)
    if (row === undefined) {
      row = this.keys.push(key ?? attributeKey(attribute, value)) - 1
      rows.set(value, row)
    }
    return row
  }

  /** Returns the row of a value; -1 if it was not added. */
  rowOf(attribute: string, value: string): number {
    return this.#rows.get(attribute)?.get(value) ?? -1
  }
}

/** Shared sums of attribute values and of the whole shop, found by name instead of by position. */
export class AttributeRows {
  readonly rows: SharedRows
  /** Row of the shop as a whole. */
  readonly shop = 0
  readonly #values: AttributeValues

  /** @param rows rows read for `values.keys` */
  constructor(rows: SharedRows, values: AttributeValues) {
    this.rows = rows
    this.#values = values
  }

  /** Returns the row of a value; -1 if it was not read. */
  rowOf(attribute: string, value: string): number {
    return this.#values.rowOf(attribute, value)
  }
}

/** A session of a user that has not expired. `start` and `last` are the times of its first and last event, in ms. */
export interface Session {
  readonly serial: number
  readonly id: string
  readonly start: number
  readonly last: number
  /** Row in the user's table of sessions. */
  readonly row: number
}

/** Scores and ranks that one candidate source gave to the rows. */
export interface SourceStanding {
  /** Score by row; NaN if the source did not return the item. */
  readonly scores: Float64Array
  /** Rank by row, counted from 1; NaN if the source did not return the item. */
  readonly ranks: Float64Array
  /** Time at which the source's list was generated, in ms; NaN if the source computes its list on request. */
  readonly generatedAt: number
}

/** What the caller says about the rows, if the request gave its candidates. */
export interface GivenStanding {
  /** Place by row, from 1, in the list of the caller; NaN if the list does not have the item. */
  readonly places: Float64Array
  /** Score of the caller by row; NaN if there is none. */
  readonly scores: Float64Array
  /** Whether the order of the list says something. */
  readonly isOrdered: boolean
}

/** A recent item of the user with its neighbours, for the item-to-item features. */
export interface Anchor {
  readonly itemId: string
  /** Time of the user's latest action on the item, in ms. */
  readonly at: number
  readonly neighbours: SetView
  /** Decayed strength of the anchor item, n_k in the formula. */
  readonly strength: number
}

/** Sets of one value of a cohort. */
export interface CohortLists {
  /** Items on which people with the value act, with their weights. */
  readonly items: SetView
  /** Categories of these items. */
  readonly categories: SetView
}

/**
 * Everything that features are read from: one consistent state at one moment. Rows are items: the candidates of a slate, the items
 * that an analyst asks for, or none.
 */
export interface FeatureInput {
  /** Time of the decision, in ms. Never the time of a label. */
  readonly now: number
  readonly expiry: Expiry
  readonly user: UserValue
  /** Session of the request; undefined if the session has no event yet or has ended. */
  readonly session: Session | undefined
  readonly surface: string | undefined
  readonly device: string | undefined
  /** Declared attributes of the context of the request; empty outside a request. */
  readonly context: CountedValues
  readonly itemIds: readonly string[]
  /** Catalogue number by row; -1 if the item was never uploaded. */
  readonly numbers: Int32Array
  /** Says of which lives of items shared sums are. */
  readonly lives: Pick<ItemLives, 'presentItem'>
  /** Declared item attributes by row. */
  readonly attributes: readonly DeclaredAttributes[]
  /** Uploaded embeddings of all items that can be recommended. */
  readonly vectors: ItemVectors
  readonly items: SharedRows
  /** The sums of pairs of items that the domain keeps. */
  readonly pairs: PairSums
  readonly attributeRows: AttributeRows
  /** Sets of the values of cohorts that the user and the context have, by the key of their shared sums. Empty outside a slate, and if the domain declares no cohorts. */
  readonly cohorts: ReadonlyMap<string, CohortLists>
  /** Recent items of the user, latest action first. */
  readonly anchors: readonly Anchor[]
  /** The uploaded neighbour lists that are served at `now`; undefined if there are none. */
  readonly neighbourLists: NeighbourLists | undefined
  /** Distinct items on screen; empty outside a slate. */
  readonly onScreen: readonly string[]
  /** Source scores and ranks by source name; empty outside a slate. */
  readonly sources: ReadonlyMap<string, SourceStanding>
  /** Absent unless the request gave its candidates. */
  readonly given?: GivenStanding | undefined
}

/**
 * Caches a function of a feature input. Several readers share one result per input, such as several features, or both arrangements
 * of a slate with an exploration slot. The first reader computes it.
 */
export function oncePerInput<T extends object>(find: (input: FeatureInput) => T): (input: FeatureInput) => T {
  const memory = new WeakMap<FeatureInput, T>()
  return (input) => {
    let found = memory.get(input)
    if (!found) {
      found = find(input)
      memory.set(input, found)
    }
    return found
  }
}
