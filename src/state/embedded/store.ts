import { UnavailableError } from '../../errors.ts'
import { invariant } from '../../invariant.ts'
import { type CountBytes, type ErasedSubject, type ErasureOutcome, erasurePasses, type Lingering } from '../erasure-outcome.ts'
import { DEFAULT_SLATE_LIVES, type SlateLives } from '../expiry.ts'
import { countKept, dropOldest, GROUP, KEPT_EVENTS, packBehind, unpackKept } from '../kept-events.ts'
import type { EraseEntry, RecordedEvent, SlateEntry, WrittenEntry } from '../log-entry.ts'
import type { PersonalData } from '../personal-data.ts'
import type { RowBlock, SetView, SharedSums } from '../shared-sums.ts'
import { encodeSlate } from '../slate-codec.ts'
import type { SharedKind, SlotLayout } from '../slots.ts'
import type { EventIdentity, KeptSlate, SetRead, StatePosition, StateStore, Swap, SwapOutcome } from '../store.ts'
import type { StoreFigures } from '../store-figures.ts'
import type { Subject } from '../subject.ts'
import { stampOf } from '../user-value-codec.ts'
import type { Purge, Purged } from './compaction.ts'
import type { Journal } from './journal.ts'
import { identitiesForgottenAt } from './known-identities.ts'
import { Lives } from './lives.ts'
import { MemoryContents } from './memory-contents.ts'
import { EmbeddedPersonalData, type ReadEntries } from './personal-data.ts'

const NO_EVENTS = new Uint8Array()

export interface MemoryStoreOptions {
  readonly layout: SlotLayout
  /** Time for which an event id stays known, in ms. */
  readonly lateness: number
  /** DEFAULT_SLATE_LIVES if absent. */
  readonly slateLives?: SlateLives
  /** Initial contents; empty if absent. */
  readonly contents?: MemoryContents
  /** Rewrites the files of the store without the erased data of each person. @returns result for each person, in order */
  readonly purge?: (persons: readonly Purge[], count: CountBytes) => Promise<readonly Purged[]>
  /** Reads log entries of users and lists from the files; absent for a store without files. */
  readonly readEntries?: ReadEntries
  /** Journal of the log entries; without one, state is lost when the process ends. */
  readonly journal?: Journal
  /** Returns the number of entries, or parts of entries, that were left out of the journal; 0 if absent. */
  readonly poisoned?: () => number
  readonly onSignal?: (subject: Subject, signal: string) => void
  /** Called for each erased user, when the erasure is recorded. */
  readonly onErased?: (user: Subject) => void
  readonly wall: () => number
}

/** A person who is being erased. */
interface Person {
  readonly subjects: readonly ErasedSubject[]
  readonly passes: readonly (readonly ErasedSubject[])[]
  keys: number
  logEntries: number
  changed: string | undefined
}

/** The embedded store: values as bytes in memory, log entries in a journal. */
export class MemoryStore implements StateStore {
  readonly name = 'embedded'
  readonly contents: MemoryContents
  readonly personalData: PersonalData
  readonly #options: MemoryStoreOptions
  readonly #lives = new Lives()
  /** Those of this process. */
  #entries = 0

  constructor(options: MemoryStoreOptions) {
    this.#options = options
    this.contents = options.contents ?? new MemoryContents(options.layout, options.lateness)
    this.contents.slates.lives = options.slateLives ?? DEFAULT_SLATE_LIVES
    this.personalData = new EmbeddedPersonalData(this.contents, options.readEntries)
  }

  get sums(): SharedSums {
    return this.contents.sums
  }

  /** Reads figures for monitoring. */
  figures(): StoreFigures {
    return { journal: this.#options.journal?.figures, memory: this.contents.figures() }
  }

  async readValues(subjects: readonly Subject[]): Promise<(Uint8Array | undefined)[]> {
    return subjects.map((subject) => this.#copyOf(subject))
  }

  /** Does nothing: this store knows event ids whoever they were recorded for. */
  async copyIdentities(): Promise<void> {}

  async readIdentities(_subject: Subject, hashes: readonly string[]): Promise<(number | undefined)[]> {
    return hashes.map((hash) => this.contents.identities.nonceOf(hash))
  }

  async swap(swap: Swap): Promise<SwapOutcome> {
    const { journal, onSignal } = this.#options
    if (journal?.failing) {
      throw new UnavailableError(
        `The journal cannot be written (${journal.failing.message}): nothing is recorded until this is repaired.`,
      )
    }
    const { kind, id } = swap.subject
    const held = this.contents.values[kind].get(id)
    if (stampOf(held) !== swap.expected) return { status: 'conflict', value: this.#copyOf(swap.subject) }
    const nonces = swap.identities.map(({ hash }) => this.contents.identities.nonceOf(hash))
    if (nonces.some((nonce) => nonce !== undefined)) return { status: 'known', nonces }
    this.restoreValue(swap.subject, swap.value)
    this.restoreIdentities(swap.identities, swap.now)
    for (const slate of swap.namedSlates ?? []) this.nameSlate(slate.recommendationId, slate.userId)
    if (swap.keptEvents) this.restoreEvents(id, swap.keptEvents.events)
    if (swap.increments) this.sums.apply(swap.increments)
    try {
      await this.#append(swap.entry)
    } finally {
      // If the disk refused the entry, memory holds the new value all the same: a follower must not stay with the former one.
      if (swap.signal !== undefined) onSignal?.(swap.subject, swap.signal)
    }
    return { status: 'committed' }
  }

  /** Sets a value without logging it. */
  restoreValue({ kind, id }: Subject, value: Buffer): void {
    this.contents.values[kind].set(id, value)
  }

  /** Adds event identities without logging them. @param now time of recording, in ms of the clock of features */
  restoreIdentities(identities: readonly EventIdentity[], now: number): void {
    for (const identity of identities) this.contents.identities.add(identity, now)
  }

  /** Adds kept events of a user, and adds the user to the population of samples. */
  restoreEvents(userId: string, events: readonly RecordedEvent[]): void {
    this.contents.sample.add(userId)
    const held = this.contents.events.get(userId)
    const { bytes, count } = packBehind(held ?? NO_EVENTS, events)
    this.contents.events.append(userId, bytes)
    // Not at every event: a group is dropped as a whole.
    if (count < KEPT_EVENTS + GROUP) return
    const left = dropOldest(this.contents.events.get(userId)!, count, KEPT_EVENTS)
    invariant(countKept(left) >= KEPT_EVENTS, 'EVENTS_DROPPED', 'too few of the latest events of a user would stay.')
    this.contents.events.set(userId, Buffer.from(left))
  }

  /** Apart from the value in place, which may change. */
  #copyOf({ kind, id }: Subject): Buffer | undefined {
    const held = this.contents.values[kind].get(id)
    return held && Buffer.from(held)
  }

  async readRows(kind: SharedKind, entities: readonly string[]): Promise<RowBlock> {
    return this.sums.rows(entities, this.#options.layout.width(kind))
  }

  async readSets(reads: readonly SetRead[]): Promise<SetView[]> {
    return reads.map(({ entity, set, limit, inAnyOrder }) =>
      this.sums.set(entity, this.#options.layout.indexOf(set), inAnyOrder ? 'all' : limit),
    )
  }

  async dropSums(entities: readonly string[]): Promise<void> {
    for (const entity of entities) this.sums.drop(entity)
  }

  async dropValues(subjects: readonly Subject[]): Promise<void> {
    for (const subject of subjects) {
      invariant(subject.kind !== 'user', 'USER_DROPPED', 'a user would go without an erasure.')
      this.restoreErasure(subject)
    }
  }

  async *listSubjects(kind: 'item' | 'list' | 'rules' | 'audit'): AsyncGenerator<{ id: string; value: Uint8Array }> {
    for (const [id, value] of this.contents.values[kind].entries()) yield { id, value: Buffer.from(value) }
  }

  async readEvents(userId: string): Promise<string[]> {
    const held = this.contents.events.get(userId)
    return held ? unpackKept(held).slice(-KEPT_EVENTS).reverse() : []
  }

  async sampleUsers(): Promise<readonly string[]> {
    return [...this.contents.sample.userIds]
  }

  async erase(persons: readonly (readonly ErasedSubject[])[], count: CountBytes = () => {}): Promise<readonly ErasureOutcome[]> {
    const { journal } = this.#options
    if (journal?.failing) {
      throw new UnavailableError(
        `The journal cannot be written (${journal.failing.message}), so nothing is erased. Send the erasure again once this is repaired.`,
      )
    }
    const all = persons.map((subjects): Person => {
      const changed = subjects.find((subject) => !this.#isAsExpected(subject))?.id
      return { subjects, passes: erasurePasses(subjects), keys: 0, logEntries: 0, changed }
    })
    const userIds = persons.flat().flatMap(({ kind, id }) => (kind === 'user' ? [id] : []))
    this.#lives.begin(userIds)
    try {
      for (const pass of [0, 1]) {
        await this.#erasePass(
          all.filter(({ passes, changed }) => pass < passes.length && changed === undefined),
          pass,
          count,
        )
      }
    } finally {
      this.#lives.end(userIds)
    }
    const { wall, lateness } = this.#options
    const hashes: Lingering = { kind: 'EVENT_ID_HASHES', until: identitiesForgottenAt(wall(), lateness) }
    return all.map(({ keys, logEntries, changed }) => ({
      keys,
      logEntries,
      ...(changed !== undefined && { changed }),
      ...(keys + logEntries > 0 && { lingering: [hashes] }),
    }))
  }

  async #erasePass(persons: readonly Person[], pass: number, count: CountBytes): Promise<void> {
    if (persons.length === 0) return
    const { journal, purge } = this.#options
    const forgotten = persons.map(({ passes }) => this.forget(passes[pass]))
    for (const [i, person] of persons.entries()) person.keys += forgotten[i].keys
    await Promise.all(forgotten.map(({ recorded }) => recorded))
    await this.#eraseSlates()
    if (!journal || !purge) return
    // The first pass takes out the entries of all: they are counted before a snapshot replaces them.
    const purged = await purge(
      persons.map(({ subjects, passes }, i) => ({
        entriesOf: pass === 0 ? subjects : passes[pass],
        valuesOf: passes[pass],
        wasKnown: forgotten[i].wasKnown,
      })),
      count,
    )
    for (const [i, person] of persons.entries()) {
      person.logEntries += purged[i].entries
      person.changed = purged[i].changed
    }
  }

  async #eraseSlates(): Promise<void> {
    try {
      await this.contents.slates.settled()
    } catch (error) {
      throw new UnavailableError(`The erasure is not finished (${(error as Error).message}): send the erasure again.`, {
        cause: error,
      })
    }
  }

  /**
   * Returns whether memory holds another value of the subject than the one to erase: the id has been used anew after another
   * erasure.
   */
  isChanged(subject: ErasedSubject): boolean {
    return this.#isKnown(subject) && !this.#isAsExpected(subject)
  }

  #isAsExpected({ kind, id, expected }: ErasedSubject): boolean {
    return expected === undefined || stampOf(this.contents.values[kind].get(id)) === expected
  }

  /**
   * Deletes all these subjects from memory in this turn of the event loop, and records the deletions. A user whose value differs
   * from the expected one stays: the id has been used anew after another erasure.
   * @returns number of deleted values, whether any subject was known, and a promise that resolves when the deletions are recorded,
   * so that they also hold after a restart
   */
  forget(subjects: readonly ErasedSubject[]): { keys: number; wasKnown: boolean; recorded: Promise<void> } {
    const { onErased, wall } = this.#options
    const at = wall()
    const known = subjects.filter((subject) => this.#isKnown(subject) && this.#isAsExpected(subject))
    const keys = known.reduce((sum, subject) => sum + this.restoreErasure(subject), 0)
    for (const { kind, id } of known)
      invariant(this.contents.values[kind].get(id) === undefined, 'ERASURE_INCOMPLETE', 'an erased value is still there.')
    const entries = known.map(({ kind, id }) => ({ kind: 'erase', of: kind, id, at }) satisfies EraseEntry)
    const recorded = Promise.all(entries.map((entry) => this.#append(() => entry))).then(() => {
      for (const subject of known) if (subject.kind === 'user') onErased?.(subject)
    })
    return { keys, wasKnown: known.length > 0, recorded }
  }

  #isKnown({ kind, id }: Subject): boolean {
    const { values, events, sample, slates } = this.contents
    if (values[kind].get(id) !== undefined) return true
    return kind === 'user' && (events.get(id) !== undefined || sample.has(id) || slates.hasOf(id))
  }

  /** Deletes a value, and the slates and events of a user. @returns number of deleted values */
  restoreErasure({ kind, id }: Subject): number {
    const { values, events, sample, slates } = this.contents
    let erased = values[kind].delete(id) ? 1 : 0
    if (kind !== 'user') return erased
    if (events.delete(id)) erased++
    sample.remove(id)
    return erased + slates.deleteOf(id)
  }

  async readLife(userId: string): Promise<string> {
    return this.#lives.of(userId)
  }

  async putSlate(slate: KeptSlate, life?: string): Promise<boolean> {
    const { decision, ...rest } = slate
    await this.contents.slates.roomForMore()
    if (!this.#lives.admit(slate.userId, life)) return false
    this.contents.slates.deleteExpired(this.#options.wall())
    this.restoreSlate({ ...rest, at: this.#options.wall() })
    await this.#append((): SlateEntry => {
      if (!decision || !('entries' in decision.position)) return rest
      const { position, ...made } = decision
      return { ...rest, decision: { ...made, position: { behind: this.#entries - position.entries } } }
    })
    return true
  }

  /** What is applied in one turn stands in the journal in that order. */
  async #append(entry: () => WrittenEntry): Promise<void> {
    const { journal } = this.#options
    if (!journal) return
    const line = JSON.stringify(entry())
    this.#entries++
    await journal.append(line)
  }

  async position(): Promise<StatePosition | undefined> {
    return this.#options.journal && { entries: this.#entries }
  }

  restoreSlate({ recommendationId, userId, slate, at }: SlateEntry): void {
    const now = this.#options.wall()
    const { slates } = this.contents
    // An event that is restored later may name it. What a file has was kept already.
    if (at <= now - slates.lives.named || slates.isOnDisk(recommendationId)) return
    const bytes = encodeSlate(recommendationId, slate, at)
    slates.set(recommendationId, { at: Math.floor(Math.min(at, now)), userId, isNamed: false, bytes })
  }

  /** Keeps a slate longer, because an event of this user named it. */
  nameSlate(recommendationId: string, userId: string): void {
    this.contents.slates.name(recommendationId, userId)
  }

  async getSlate(recommendationId: string): Promise<Uint8Array | undefined> {
    return this.contents.slates.get(recommendationId, this.#options.wall())
  }

  async settle(): Promise<void> {}

  async foldLag(): Promise<number> {
    return 0
  }

  async poisonedEntries(): Promise<number> {
    return this.#options.poisoned?.() ?? 0
  }

  async ping(): Promise<void> {
    const failing = this.#options.journal?.failing
    if (failing) throw new UnavailableError(`The journal cannot be written: ${failing.message}`)
  }

  async close(): Promise<void> {
    await this.#options.journal?.close()
  }
}
