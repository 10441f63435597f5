import type { ColumnReader, ColumnWriter } from '../state/column-codec.ts'
import type { Part, UserValue } from '../state/user-value.ts'
import { HOUR } from '../time-units.ts'
import { hashOf } from './frequent-items.ts'

/** Distinct names, as 40 bits of the hash of each: who looks for names with the same hash adds one for some billions of trials. */
export class Names {
  #low = new Uint32Array(4)
  #high = new Uint8Array(4)
  #size = 0

  get size(): number {
    return this.#size
  }

  has(name: string): boolean {
    const { low, high } = hashOf(name)
    return this.#has(low, high)
  }

  /** Adds a name, unless it is there. */
  add(name: string): void {
    const { low, high } = hashOf(name)
    if (!this.#has(low, high)) this.#push(low, high)
  }

  clear(): void {
    this.#size = 0
  }

  write(writer: ColumnWriter): void {
    writer.count(this.#size)
    for (let at = 0; at < this.#size; at++) {
      writer.uint32(this.#low[at])
      writer.byte(this.#high[at])
    }
  }

  static read(reader: ColumnReader): Names {
    const names = new Names()
    for (let left = reader.count(); left > 0; left--) names.#push(reader.uint32(), reader.byte())
    return names
  }

  #has(low: number, high: number): boolean {
    for (let at = this.#size - 1; at >= 0; at--) if (this.#low[at] === low && this.#high[at] === high) return true
    return false
  }

  #push(low: number, high: number): void {
    if (this.#size === this.#low.length) {
      const [lower, higher] = [new Uint32Array(2 * this.#size), new Uint8Array(2 * this.#size)]
      lower.set(this.#low)
      higher.set(this.#high)
      this.#low = lower
      this.#high = higher
    }
    this.#low[this.#size] = low
    this.#high[this.#size++] = high
  }
}

/** Names in the events of a user that the service did not know, of the latest hour in which such events were recorded. */
export interface CountedUnknown {
  /** Hour since 1970. */
  hour: number
  /** Items that were never uploaded. */
  readonly items: Names
  /** Surfaces that the domain does not declare, and positions on them. */
  readonly places: Names
}

/** The part of a user value that stores which items and places of the user's events were unknown to the service. */
export const COUNTED_UNKNOWN: Part<CountedUnknown> = {
  name: 'counted_unknown',
  layout: 1,
  empty: () => ({ hour: 0, items: new Names(), places: new Names() }),
  isEmpty: ({ items, places }) => items.size + places.size === 0,
  write: (writer: ColumnWriter, { hour, items, places }) => {
    writer.count(hour)
    items.write(writer)
    places.write(writer)
  },
  read: (reader: ColumnReader) => ({ hour: reader.count(), items: Names.read(reader), places: Names.read(reader) }),
  describe: ({ hour, items, places }) => ({
    hour: new Date(hour * HOUR).toISOString(),
    items: items.size,
    places: places.size,
  }),
}

/**
 * Returns the unknown names of the hour of recording. The time of recording decides, not that of the event: who invents names could
 * invent times as well. A clock that lags behind that of another process counts in the later hour.
 * @param now time of recording, in ms. Infinity where no time is known: then no names are kept
 */
export function unknownInHour(user: UserValue, now: number): CountedUnknown {
  if (now === Number.POSITIVE_INFINITY) return COUNTED_UNKNOWN.empty()
  const held = user.get(COUNTED_UNKNOWN)
  const hour = Math.floor(now / HOUR)
  if (hour > held.hour) {
    held.hour = hour
    held.items.clear()
    held.places.clear()
  }
  return held
}
