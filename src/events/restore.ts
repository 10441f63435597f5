import { LRUCache } from 'lru-cache'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { encodeItem, parseItem, type StoredItem } from '../catalogue/catalogue.ts'
import { entitiesOver } from '../catalogue/item-lives.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { LiverankError } from '../errors.ts'
import { InvariantError } from '../invariant.ts'
import type { Randomness } from '../random.ts'
import { encodeModels, MODELS, parseModels } from '../ranking/model-record.ts'
import {
  decodeModelUploads,
  encodeModelUploads,
  MODEL_UPLOADS,
  modelPartsGivenUp,
  parseModelUploads,
  partOfLog,
} from '../ranking/uploaded-model.ts'
import { encodeStanding, parseStanding } from '../rules/standing-rules.ts'
import type { MemoryStore } from '../state/embedded/store.ts'
import { Increments, siftIncrements } from '../state/increments.ts'
import { restoredNonce, whyNotCounted } from '../state/log/not-counted.ts'
import type { Poisoned } from '../state/log/poisoned-lines.ts'
import type { EventsEntry, LogEntry, SumsEntry } from '../state/log-entry.ts'
import { encodeNeighbourPart, parseNeighbourPart } from '../state/neighbour-part.ts'
import {
  decodeNeighbourRecord,
  encodeNeighbourRecord,
  NEIGHBOUR_RECORD,
  parseNeighbourRecord,
  partsGivenUp,
} from '../state/neighbour-record.ts'
import { encodeOfflineList, parseOfflineList } from '../state/offline-list.ts'
import { type OnPoisonedIncrements, PoisonedEntryError, parseLogEntry, poisonedIncrements } from '../state/parse-log-entry.ts'
import type { SlotNames } from '../state/slots.ts'
import { encodeStamped } from '../state/stamped-json.ts'
import type { Subject } from '../state/subject.ts'
import { checkVersion, type JsonObject, type UserValue } from '../state/user-value.ts'
import { identityHash } from './arriving-event.ts'
import { reduceEvents } from './enrichment.ts'
import { applyMergeStep } from './merge-steps.ts'

export interface RestoreParts {
  readonly store: MemoryStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly random: Randomness
  /** Clock that moves with the entries, so that a replay continues where the log ends. */
  readonly clock: Clock
  /** Number of decoded user values to keep; 50,000 if absent. */
  readonly held?: number
  /** Called for each entry, or part of an entry, that is left out. If absent, `apply` throws an error for such an entry. */
  readonly onPoisoned?: (poisoned: Poisoned) => void
}

/** More entries than this, and than this share of all, are no accident: the log is of another version, or damaged. */
const MOST_POISONED = 100
const MOST_POISONED_SHARE = 0.01

/** Columns that a log names. */
interface LoggedColumns {
  readonly names: SlotNames
  readonly translate: { readonly item: Int32Array; readonly attribute: Int32Array }
  /** Whether the increments of the log count click rates. */
  readonly isRated: boolean
}

/** Kinds of entries that are no event and no upload of a shop. */
export const BESIDE_STATE: ReadonlySet<LogEntry['kind']> = new Set(['layout', 'slate', 'models', 'keys', 'audit'])

/**
 * Rebuilds a memory store from a log. Reduces the logged events with their logged facts into user values, and adds the logged
 * increments to shared sums. Looks nothing up, so that the same log gives the same state everywhere.
 */
export class Restore {
  readonly #parts: RestoreParts
  readonly #users: LRUCache<string, UserValue>
  #columns: LoggedColumns | undefined
  #entries = 0
  #leftOut = 0

  constructor(parts: RestoreParts) {
    this.#parts = parts
    this.#users = new LRUCache({ max: parts.held ?? 50_000, dispose: (value, userId) => this.#put(userId, value) })
  }

  /** Number of log entries applied, without those of layouts, slates, models, keys and the audit log. */
  get entries(): number {
    return this.#entries
  }

  /**
   * Applies one line of a log. If some increments of an entry are poisoned, the rest of the entry is applied: the user value and
   * the sound increments.
   * @param where place of the line, for error messages
   * @throws LiverankError DAMAGED_LOG naming the place
   */
  async apply(line: string, where: string): Promise<void> {
    const { onPoisoned } = this.#parts
    const onIncrements: OnPoisonedIncrements | undefined =
      onPoisoned && ((error, increments) => onPoisoned({ error, line, increments }))
    try {
      await this.applyEntry(parseLogEntry(line, where, onIncrements), where, line)
    } catch (error) {
      if (!onPoisoned || !(error instanceof PoisonedEntryError)) throw error
      this.#leftOut++
      onPoisoned({ error, line })
    }
  }

  /**
   * Applies one log entry.
   * @param where place of the entry, for error messages
   * @throws LiverankError DAMAGED_LOG naming the place
   */
  async applyEntry(entry: LogEntry, where: string, line?: string): Promise<void> {
    if (!BESIDE_STATE.has(entry.kind)) this.#entries++
    try {
      await this.#apply(entry, where, line)
    } catch (error) {
      if (error instanceof LiverankError && !(error instanceof InvariantError)) throw error
      throw new PoisonedEntryError(where, `the entry cannot be applied: ${(error as Error).message}`, { cause: error })
    }
  }

  /**
   * Writes the remaining kept values into the store. Call it after the last entry.
   * @throws LiverankError DAMAGED_LOG if more than 100 entries and more than 1 % were left out, because the log is then damaged or
   * of another version
   */
  finish(): void {
    const tried = this.#entries + this.#leftOut
    if (this.#leftOut > MOST_POISONED && this.#leftOut > tried * MOST_POISONED_SHARE) {
      throw new LiverankError(
        'DAMAGED_LOG',
        `${this.#leftOut} of ${tried} log entries cannot be used, more than one in a hundred. Start the version that wrote the log, or restore the folder from a copy.`,
      )
    }
    this.#users.clear()
  }

  async #apply(entry: LogEntry, where: string, line: string | undefined): Promise<void> {
    const { store, accumulators, domain, random } = this.#parts
    switch (entry.kind) {
      case 'layout':
        this.#columns = {
          names: entry.names,
          translate: accumulators.layout.admit(entry.names),
          isRated: accumulators.ratesClicks(entry.names),
        }
        return
      case 'events':
        return this.#applyEvents(entry, where, line)
      case 'user': {
        const user = await this.#user(entry.id)
        checkVersion(entry.id, user.version, entry.version ?? user.version)
        user.attributes = entry.upload
        user.attributesAt = entry.at
        user.version = entry.version ?? user.version
        user.optedOut = entry.optedOut ?? user.optedOut
        user.consent = entry.consent
        return
      }
      case 'sums':
        this.#addToSums(entry, where, line)
        return
      case 'erase':
        this.#users.delete(entry.id)
        store.restoreErasure({ kind: entry.of, id: entry.id })
        return
      case 'merge': {
        const user = await this.#user(entry.id)
        if (entry.increments) this.#addToSums({ kind: 'merge', increments: entry.increments }, where, line)
        checkVersion(entry.id, user.version, entry.version)
        applyMergeStep(accumulators, domain.expiry, user, entry, entry.at)
        user.version = entry.version
        return
      }
      case 'item':
        await this.#putItem(entry.id, parseItem(entry.upload))
        return
      case 'list':
        store.restoreValue({ kind: 'list', id: entry.id }, encodeOfflineList(parseOfflineList(entry.upload), random.stamp()))
        return
      case 'models':
        return this.#putModels(entry.id, entry.upload)
      case 'rules':
        store.restoreValue({ kind: 'rules', id: entry.id }, encodeStanding(parseStanding(entry.upload), random.stamp()))
        return
      case 'keys':
      case 'audit':
        store.restoreValue({ kind: entry.kind, id: entry.id }, encodeStamped(entry.upload, random.stamp()))
        return
      case 'neighbours':
        return this.#putNeighbours(entry.id, entry.upload)
      case 'slate':
        store.restoreSlate(entry)
    }
  }

  async #applyEvents(entry: EventsEntry, where: string, line: string | undefined): Promise<void> {
    const { store, accumulators, domain, clock } = this.#parts
    // First what cannot fail: an entry that the reducers refuse is still known, and still counts in the sums.
    this.#addToSums(entry, where, line)
    clock.arrive(entry.recordedAt)
    const identities = entry.events.map(({ event, facts }) => ({
      hash: identityHash(event),
      nonce: restoredNonce(whyNotCounted(facts)),
    }))
    store.restoreEvents(
      entry.userId,
      entry.events.map(({ event }) => event),
    )
    // An id from the future, which a wrong clock once wrote, must not make the store forget those of the present.
    store.restoreIdentities(identities, Math.min(entry.recordedAt, clock.at(entry.recordedAt)))
    for (const { event } of entry.events) {
      if (event.recommendationId === undefined) continue
      // Served to the id that sent the event, or to the user for whom it counts.
      for (const userId of [event.userId, entry.userId]) store.nameSlate(event.recommendationId, userId)
    }
    const user = await this.#user(entry.userId)
    checkVersion(entry.userId, user.version, entry.version)
    user.version = entry.version
    const occasion = this.#columns?.isRated === false ? 'restore_unrated' : 'restore'
    reduceEvents(accumulators, domain, user, entry.events, new Increments(accumulators.layout), occasion, entry.recordedAt)
  }

  async #putItem(itemId: string, item: StoredItem): Promise<void> {
    const { store, random } = this.#parts
    store.restoreValue({ kind: 'item', id: itemId }, encodeItem(item, random.stamp()))
    await store.dropSums(entitiesOver(itemId, item.life ?? 0))
  }

  /** Deletes, with a new record, the parts of the versions that it gives up. */
  async #putModels(id: string, upload: JsonObject): Promise<void> {
    const { store, random } = this.#parts
    const stamp = random.stamp()
    if (id === MODELS.id) return store.restoreValue(MODELS, encodeModels(parseModels(upload), stamp))
    if (id !== MODEL_UPLOADS.id) return store.restoreValue({ kind: 'models', id }, partOfLog(upload, stamp))
    const record = parseModelUploads(upload)
    const [former] = await store.readValues([MODEL_UPLOADS])
    store.restoreValue(MODEL_UPLOADS, encodeModelUploads(record, stamp))
    await store.dropValues(modelPartsGivenUp(decodeModelUploads(former), record))
  }

  async #putNeighbours(id: string, upload: JsonObject): Promise<void> {
    const { store, random } = this.#parts
    const stamp = random.stamp()
    if (id !== NEIGHBOUR_RECORD.id)
      return store.restoreValue({ kind: 'neighbours', id }, encodeNeighbourPart(parseNeighbourPart(upload), stamp))
    const record = parseNeighbourRecord(upload)
    const [former] = await store.readValues([NEIGHBOUR_RECORD])
    store.restoreValue(NEIGHBOUR_RECORD, encodeNeighbourRecord(record, stamp))
    await store.dropValues(partsGivenUp(decodeNeighbourRecord(former), record))
  }

  /** Adds the logged increments, whose columns the layout before them names. */
  #addToSums(
    {
      kind,
      increments,
    }: Pick<EventsEntry | SumsEntry, 'kind' | 'increments'> | { kind: 'merge'; increments: SumsEntry['increments'] },
    where: string,
    line: string | undefined,
  ): void {
    const { store, accumulators, onPoisoned } = this.#parts
    if (!this.#columns)
      throw new LiverankError(
        'DAMAGED_LOG',
        `${where}: an entry of the kind ${kind} comes before the first entry of the kind layout. So the start of the log is missing.`,
      )
    const { names, translate } = this.#columns
    const { sound, poisoned } = siftIncrements(increments, names)
    if (poisoned.length > 0) {
      const error = new PoisonedEntryError(where, poisonedIncrements(poisoned))
      if (!onPoisoned) throw error
      onPoisoned({ error, increments: poisoned, ...(line !== undefined && { line }) })
    }
    const sums = new Increments(accumulators.layout)
    sums.putLogged(sound, translate)
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
