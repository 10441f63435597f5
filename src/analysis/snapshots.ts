import { setImmediate as turn } from 'node:timers/promises'
import type { EntityKind, Feature } from '../accumulators/accumulator.ts'
import { type AccumulatorSet, valueOrMissing } from '../accumulators/accumulator-set.ts'
import { findSession } from '../accumulators/session.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { UnreadableStateError } from '../errors.ts'
import type { NumberFeature } from '../rules/rule-features.ts'
import { readFeatureInput } from '../slate/read-feature-input.ts'
import { forgetExpired, whySilent } from '../state/expiry.ts'
import type { StateStore } from '../state/store.ts'
import { SAMPLED_USERS } from '../state/user-sample.ts'
import { type JsonObject, UserValue } from '../state/user-value.ts'
import { figuresOf, knownValues, readFigures } from './attribute-figures.ts'

/** A snapshot is read again when it is asked for and older than this, in ms of monotonic time. */
const MAX_AGE_MS = 5000
/** Of a larger catalogue, a sample of this size. */
const MOST_ITEMS = 20_000
/** Users whose values are decoded in one turn of the event loop, so that a snapshot holds up nobody. */
const USERS_A_TURN = 50
/**
 * From how many sampled users on there may be others. A sample lacks each erased user until another one takes the place, so it may be
 * somewhat smaller than `SAMPLED_USERS` although there are more users.
 */
const SAMPLE_IS_FULL = 0.95 * SAMPLED_USERS
/** Entities that are read at once: bounds how long one call keeps the store, and this process, busy. */
const CHUNK = 500

/** Feature values of many entities at one moment, one column per feature. */
export interface Snapshot {
  /** Time of the snapshot, in ms of the clock of features. */
  readonly asOf: number
  /** Row keys: ids of items or users, or values of the attribute. */
  readonly keys: readonly string[]
  /** Columns by feature name; NaN if missing. */
  readonly columns: ReadonlyMap<string, Float64Array>
}

/** Feature values and attributes of users at one moment. */
export interface UserSnapshot extends Snapshot {
  /** Uploaded attributes, by row. */
  readonly attributes: readonly JsonObject[]
  /** Whether there may be users that the snapshot lacks. */
  readonly isSampled: boolean
}

export interface SnapshotParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
  readonly clock: Clock
}

/**
 * Feature values of many entities, for sorting and distributions. A snapshot is a few seconds old at most, and shared by all
 * concurrent requests.
 */
export class Snapshots {
  readonly #parts: SnapshotParts
  readonly #held = new Map<string, { readonly since: number; readonly snapshot: Promise<Snapshot> }>()

  constructor(parts: SnapshotParts) {
    this.#parts = parts
  }

  /**
   * Returns a snapshot of the catalogue: all of up to 20,000 items, else every n-th in order of id.
   * @throws UnavailableError if the store does not answer
   */
  items(): Promise<Snapshot> {
    return this.#current('items', () =>
      this.#readItems(everyNth(this.#parts.catalogue.itemIds, MOST_ITEMS), this.#numbers('ITEM')),
    )
  }

  /** Returns a snapshot of these features for every item, in order of id. @throws UnavailableError if the store does not answer */
  itemFigures(features: readonly NumberFeature[]): Promise<Snapshot> {
    const names = features.map(({ name }) => name).sort()
    return this.#current(`${names} of all items`, () => this.#readItems(this.#parts.catalogue.itemIds, features))
  }

  /**
   * Returns a snapshot of users whose state has not expired: all of up to 2,000, else a uniform sample.
   * @throws UnavailableError if the store does not answer
   */
  users(): Promise<UserSnapshot> {
    return this.#current('users', () => this.#readUsers())
  }

  /** Returns a snapshot of the values of an attribute; see `knownValues`. @throws UnavailableError if the store does not answer */
  values(attribute: string): Promise<Snapshot> {
    return this.#current(`values of ${attribute}`, () => this.#readValues(attribute))
  }

  #current<S extends Snapshot>(name: string, read: () => Promise<S>): Promise<S> {
    const now = this.#parts.clock.monotonic()
    for (const [other, { since }] of this.#held) if (now - since >= MAX_AGE_MS) this.#held.delete(other)
    const held = this.#held.get(name)
    if (held) return held.snapshot as Promise<S>
    const snapshot = read()
    this.#held.set(name, { since: now, snapshot })
    snapshot.catch(() => {
      if (this.#held.get(name)?.snapshot === snapshot) this.#held.delete(name)
    })
    return snapshot
  }

  async #readItems(keys: readonly string[], features: readonly NumberFeature[]): Promise<Snapshot> {
    const { store, domain, accumulators, catalogue, clock } = this.#parts
    const asOf = clock.now()
    const columns = emptyColumns(features, keys.length)
    for (let start = 0; start < keys.length; start += CHUNK) {
      const itemIds = keys.slice(start, start + CHUNK)
      const request = { now: asOf, user: new UserValue(), session: undefined, itemIds }
      const input = await readFeatureInput(request, store, accumulators, domain, catalogue)
      for (const { name, column } of features) {
        const value = column(input)
        const values = columns.get(name)!
        for (let row = 0; row < itemIds.length; row++) values[start + row] = valueOrMissing(value(row))
      }
    }
    return { asOf, keys, columns }
  }

  async #readUsers(): Promise<UserSnapshot> {
    const { store, domain, accumulators, catalogue, clock } = this.#parts
    const asOf = clock.now()
    const nobody = { now: asOf, user: new UserValue(), session: undefined, itemIds: [] }
    const shop = await readFeatureInput(nobody, store, accumulators, domain, catalogue)
    const sample = await store.sampleUsers()
    const features = this.#numbers('USER')
    const columns = emptyColumns(features, sample.length)
    const keys: string[] = []
    const attributes: JsonObject[] = []
    for (let start = 0; start < sample.length; start += USERS_A_TURN) {
      const userIds = sample.slice(start, start + USERS_A_TURN)
      if (start > 0) await turn()
      const values = await store.readValues(userIds.map((id) => ({ kind: 'user', id })))
      userIds.forEach((userId, i) => {
        const user = this.#readable(userId, values[i])
        if (user) forgetExpired(user, asOf, domain.expiry)
        // Of an id that is becoming another user's, the figures are counted there.
        if (!user || user.isNew || user.countsElsewhere || whySilent(user, domain, asOf)) return
        const input = { ...shop, user, session: findSession(user, undefined, asOf, domain.expiry.session) }
        for (const { name, column } of features) columns.get(name)![keys.length] = valueOrMissing(column(input)(0))
        keys.push(userId)
        attributes.push(user.attributes)
      })
    }
    return {
      asOf,
      keys,
      columns: new Map([...columns].map(([name, values]) => [name, values.subarray(0, keys.length)])),
      attributes,
      isSampled: sample.length >= SAMPLE_IS_FULL,
    }
  }

  /** Undefined where the stored state cannot be read: the others still have their figures. */
  #readable(userId: string, bytes: Uint8Array | undefined): UserValue | undefined {
    try {
      return this.#parts.accumulators.codec.decodeOf(userId, bytes)
    } catch (error) {
      if (error instanceof UnreadableStateError) return undefined
      throw error
    }
  }

  async #readValues(attribute: string): Promise<Snapshot> {
    const { domain, accumulators, catalogue, clock } = this.#parts
    const asOf = clock.now()
    const figures = figuresOf(accumulators, attribute)
    const keys = knownValues(attribute, domain, catalogue)
    const columns = emptyColumns(figures, keys.length)
    for (let start = 0; start < keys.length; start += CHUNK) {
      const read = await readFigures(figures, attribute, keys.slice(start, start + CHUNK), asOf, this.#parts)
      figures.forEach(({ name }, at) => {
        columns.get(name)!.set(read[at], start)
      })
    }
    return { asOf, keys, columns }
  }

  #numbers(entity: EntityKind): NumberFeature[] {
    const features = [...this.#parts.accumulators.features.values()]
    return features.flatMap(({ column, ...feature }) => (column && feature.entity === entity ? [{ ...feature, column }] : []))
  }
}

function emptyColumns(features: readonly Feature[], rows: number): Map<string, Float64Array> {
  return new Map(features.map(({ name }) => [name, new Float64Array(rows).fill(Number.NaN)]))
}

/** Systematic sampling: as many as wanted, at equal distances. */
function everyNth(keys: readonly string[], most: number): readonly string[] {
  if (keys.length <= most) return keys
  return Array.from({ length: most }, (_, at) => keys[Math.floor((at * keys.length) / most)])
}
