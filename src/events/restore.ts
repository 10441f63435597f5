import { LRUCache } from 'lru-cache'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { LiverankError } from '../errors.ts'
import type { Randomness } from '../random.ts'
import { encodeModels, MODELS, parseModels } from '../ranking/model-record.ts'
import { encodeStanding, parseStanding } from '../rules/standing-rules.ts'
import { encodeItem, parseItem } from '../state/catalogue.ts'
import { Increments } from '../state/increments.ts'
import { encodeKeptEvent } from '../state/kept-events.ts'
import { type EventsEntry, type LogEntry, parseLogEntry, type SumsEntry } from '../state/log-entry.ts'
import type { MemoryStore } from '../state/memory-store.ts'
import { encodeOfflineList, parseOfflineList } from '../state/offline-list.ts'
import type { Subject } from '../state/store.ts'
import type { UserValue } from '../state/user-value.ts'
import { checkVersion } from '../state/version.ts'
import { identityHash } from './ingest.ts'
import { applyMergeStep } from './merge-steps.ts'
import { reduceEvents } from './reduce-events.ts'

export interface RestoreParts {
  readonly store: MemoryStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly random: Randomness
  /** Moved along with the entries, so that a replay goes on where it ended. */
  readonly clock: Clock
  /** How many users' values are kept decoded; 50,000 if absent. */
  readonly held?: number
}

/**
 * Rebuilds a memory store from a log: users are reduced from the frozen facts, shared sums add the logged increments.
 * Nothing is looked up, so that the same log gives the same state wherever it is read.
 */
export class Restore {
  readonly #parts: RestoreParts
  readonly #users: LRUCache<string, UserValue>
  #translate: { item: Int32Array; attribute: Int32Array } | undefined
  #entries = 0

  constructor(parts: RestoreParts) {
    this.#parts = parts
    this.#users = new LRUCache({ max: parts.held ?? 50_000, dispose: (value, userId) => this.#put(userId, value) })
  }

  /** How many were applied: events and uploads. */
  get entries(): number {
    return this.#entries
  }

  /** @throws LiverankError DAMAGED_LOG naming the place */
  apply(line: string, where: string): Promise<void> {
    return this.applyEntry(parseLogEntry(line, where), where)
  }

  /** @throws LiverankError DAMAGED_LOG naming the place */
  async applyEntry(entry: LogEntry, where: string): Promise<void> {
    if (entry.kind !== 'layout' && entry.kind !== 'slate' && entry.kind !== 'models') this.#entries++
    try {
      await this.#apply(entry, where)
    } catch (error) {
      if (error instanceof LiverankError) throw error
      throw new LiverankError('DAMAGED_LOG', `${where}: the entry cannot be applied: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  /** Writes what is still held here into the store. */
  finish(): void {
    this.#users.clear()
  }

  async #apply(entry: LogEntry, where: string): Promise<void> {
    const { store, accumulators, domain, random, clock } = this.#parts
    switch (entry.kind) {
      case 'layout':
        this.#translate = accumulators.layout.admit(entry.names)
        return
      case 'events': {
        const user = await this.#user(entry.userId)
        checkVersion(entry.userId, user.version, entry.version)
        this.#addToSums(entry, where)
        reduceEvents(accumulators, domain, user, entry.events, new Increments(accumulators.layout), 'restore')
        user.version = entry.version
        clock.arrive(entry.recordedAt)
        const identities = entry.events.map(({ event }) => ({ hash: identityHash(event), nonce: -1 }))
        store.restoreEvents(
          entry.userId,
          entry.events.map(({ event }) => encodeKeptEvent(event)),
        )
        store.restoreIdentities(identities, entry.recordedAt)
        return
      }
      case 'user': {
        const user = await this.#user(entry.id)
        checkVersion(entry.id, user.version, entry.version ?? user.version)
        user.attributes = entry.upload
        user.version = entry.version ?? user.version
        user.optedOut = entry.optedOut ?? user.optedOut
        return
      }
      case 'sums':
        this.#addToSums(entry, where)
        return
      case 'erase':
        this.#users.delete(entry.id)
        store.restoreErasure({ kind: entry.of, id: entry.id })
        return
      case 'merge': {
        const user = await this.#user(entry.id)
        checkVersion(entry.id, user.version, entry.version)
        applyMergeStep(accumulators, domain.expiry, user, entry, entry.at)
        user.version = entry.version
        return
      }
      case 'item':
        store.restoreValue({ kind: 'item', id: entry.id }, encodeItem(parseItem(entry.upload), random.stamp()))
        return
      case 'list':
        store.restoreValue({ kind: 'list', id: entry.id }, encodeOfflineList(parseOfflineList(entry.upload), random.stamp()))
        return
      case 'models':
        store.restoreValue(MODELS, encodeModels(parseModels(entry.upload), random.stamp()))
        return
      case 'rules':
        store.restoreValue({ kind: 'rules', id: entry.id }, encodeStanding(parseStanding(entry.upload), random.stamp()))
        return
      case 'slate':
        store.restoreSlate(entry)
    }
  }

  /** Adds the logged increments, whose columns the layout before them names. */
  #addToSums({ kind, increments }: EventsEntry | SumsEntry, where: string): void {
    const { store, accumulators } = this.#parts
    if (!this.#translate)
      throw new LiverankError('DAMAGED_LOG', `${where}: ${kind} before any layout: the start of the log is missing.`)
    const sums = new Increments(accumulators.layout)
    sums.putLogged(increments, this.#translate)
    store.sums.apply(sums)
  }

  async #user(userId: string): Promise<UserValue> {
    let user = this.#users.get(userId)
    if (!user) {
      const [bytes] = await this.#parts.store.readValues([subject(userId)])
      user = this.#parts.accumulators.codec.decode(bytes)
      this.#users.set(userId, user)
    }
    return user
  }

  #put(userId: string, value: UserValue): void {
    const { store, accumulators, random } = this.#parts
    store.restoreValue(subject(userId), accumulators.codec.encode(value, random.stamp()))
  }
}

function subject(userId: string): Subject {
  return { kind: 'user', id: userId }
}
