import { UnavailableError } from '../errors.ts'
import { DAY } from './decay.ts'
import type { Journal } from './journal.ts'
import { KEPT_EVENTS } from './kept-events.ts'
import type { SlateEntry } from './log-entry.ts'
import { type RowBlock, type SetView, SharedSums } from './shared-sums.ts'
import type { SharedKind, SlotLayout } from './slots.ts'
import type { EventIdentity, SetRead, StateStore, Subject, Swap, SwapOutcome } from './store.ts'
import { UserSample } from './user-sample.ts'
import { stampOf } from './user-value.ts'

const SLATE_TTL = DAY

/** Event identities by the day on which they came, so that a whole day is forgotten at once. */
class KnownIdentities {
  readonly #days = new Map<number, Map<string, number>>()
  readonly #lateness: number

  constructor(lateness: number) {
    this.#lateness = lateness
  }

  nonceOf(hash: string): number | undefined {
    for (const day of this.#days.values()) {
      const nonce = day.get(hash)
      if (nonce !== undefined) return nonce
    }
    return undefined
  }

  add({ hash, nonce }: EventIdentity, now: number): void {
    const today = Math.floor(now / DAY)
    let day = this.#days.get(today)
    if (!day) {
      day = new Map()
      this.#days.set(today, day)
      for (const past of this.#days.keys()) if ((past + 1) * DAY < now - this.#lateness) this.#days.delete(past)
    }
    day.set(hash, nonce)
  }
}

export interface MemoryStoreOptions {
  readonly layout: SlotLayout
  /** How long an event id stays known, in ms. */
  readonly lateness: number
  /** Where entries are kept; without one, state ends with the process. */
  readonly journal?: Journal
  readonly onSignal?: (subject: Subject, signal: string) => void
  readonly wall: () => number
}

/** The embedded store: values as bytes in memory, entries in a journal. */
export class MemoryStore implements StateStore {
  readonly name = 'embedded'
  readonly sums: SharedSums
  readonly #options: MemoryStoreOptions
  readonly #values: Record<Subject['kind'], Map<string, Buffer>> = { user: new Map(), item: new Map(), list: new Map() }
  readonly #identities: KnownIdentities
  /** By user, the last recorded at the end. */
  readonly #events = new Map<string, string[]>()
  readonly #sample = new UserSample()
  readonly #slates = new Map<string, { at: number; json: string }>()

  constructor(options: MemoryStoreOptions) {
    this.#options = options
    this.sums = new SharedSums(options.layout)
    this.#identities = new KnownIdentities(options.lateness)
  }

  async readValues(subjects: readonly Subject[]): Promise<(Uint8Array | undefined)[]> {
    return subjects.map(({ kind, id }) => this.#values[kind].get(id))
  }

  async readIdentities(_subject: Subject, hashes: readonly string[]): Promise<(number | undefined)[]> {
    return hashes.map((hash) => this.#identities.nonceOf(hash))
  }

  async swap(swap: Swap): Promise<SwapOutcome> {
    const { journal, onSignal } = this.#options
    if (journal?.failing) {
      throw new UnavailableError(`The journal cannot be written (${journal.failing.message}): nothing is recorded until it can.`)
    }
    const { kind, id } = swap.subject
    const held = this.#values[kind].get(id)
    if (stampOf(held) !== swap.expected) return { status: 'conflict', value: held }
    const nonces = swap.identities.map(({ hash }) => this.#identities.nonceOf(hash))
    if (nonces.some((nonce) => nonce !== undefined)) return { status: 'known', nonces }
    this.restoreValue(swap.subject, swap.value)
    this.restoreIdentities(swap.identities, swap.now)
    if (swap.keptEvents) this.restoreEvents(id, swap.keptEvents.events)
    if (swap.increments) this.sums.apply(swap.increments)
    if (journal) await journal.append(JSON.stringify(swap.entry()))
    if (swap.signal !== undefined) onSignal?.(swap.subject, swap.signal)
    return { status: 'committed' }
  }

  /** Puts a value in place without logging it. */
  restoreValue({ kind, id }: Subject, value: Buffer): void {
    this.#values[kind].set(id, value)
  }

  /** @param now ms of the clock that features see, when they were recorded */
  restoreIdentities(identities: readonly EventIdentity[], now: number): void {
    for (const identity of identities) this.#identities.add(identity, now)
  }

  /** Keeps events of a user for reading; the user belongs to those of whom a sample is taken. */
  restoreEvents(userId: string, events: readonly string[]): void {
    this.#sample.add(userId)
    let held = this.#events.get(userId)
    if (!held) {
      held = []
      this.#events.set(userId, held)
    }
    held.push(...events)
    if (held.length > KEPT_EVENTS) held.splice(0, held.length - KEPT_EVENTS)
  }

  async readRows(kind: SharedKind, entities: readonly string[]): Promise<RowBlock> {
    return this.sums.rows(entities, this.#options.layout.width(kind))
  }

  async readSets(reads: readonly SetRead[]): Promise<SetView[]> {
    return reads.map(({ entity, set, limit }) => this.sums.set(entity, this.#options.layout.indexOf(set), limit))
  }

  async *listSubjects(kind: 'item' | 'list'): AsyncGenerator<{ id: string; value: Uint8Array }> {
    for (const [id, value] of this.#values[kind]) yield { id, value }
  }

  async readEvents(userId: string): Promise<string[]> {
    return this.#events.get(userId)?.toReversed() ?? []
  }

  async sampleUsers(): Promise<readonly string[]> {
    return [...this.#sample.userIds]
  }

  async putSlate(entry: SlateEntry): Promise<void> {
    this.restoreSlate(entry)
    await this.#options.journal?.append(JSON.stringify(entry))
  }

  restoreSlate({ recommendationId, slate, at }: SlateEntry): void {
    const now = this.#options.wall()
    for (const [id, held] of this.#slates) {
      if (held.at > now - SLATE_TTL) break
      this.#slates.delete(id)
    }
    if (at > now - SLATE_TTL) this.#slates.set(recommendationId, { at, json: JSON.stringify(slate) })
  }

  async getSlate(recommendationId: string): Promise<string | undefined> {
    const held = this.#slates.get(recommendationId)
    return held && held.at > this.#options.wall() - SLATE_TTL ? held.json : undefined
  }

  async settle(): Promise<void> {}

  async foldLag(): Promise<number> {
    return 0
  }

  async ping(): Promise<void> {
    const failing = this.#options.journal?.failing
    if (failing) throw new UnavailableError(`The journal cannot be written: ${failing.message}`)
  }

  async close(): Promise<void> {
    await this.#options.journal?.close()
  }
}
