import { featureMatrix } from '../accumulators/feature-matrix.ts'
import { segmentListId, userListId } from '../candidates/offline.ts'
import { unpackVectors } from '../slate/decision-log.ts'
import type { SlateRequest } from '../slate/slate.ts'
import { parseItem, type StoredItem } from '../state/catalogue.ts'
import { Increments, type LoggedIncrements } from '../state/increments.ts'
import type { EventsEntry, LogEntry, LoggedDecision, SumsEntry } from '../state/log-entry.ts'
import { BEGINNING, compareLogIds } from '../state/log-id.ts'
import { shardOf } from '../state/partition.ts'
import { parseSlate } from './log-lines.ts'
import { LowestSample } from './lowest-sample.ts'
import { type RecordedLog, requestOfSlate } from './recorded-log.ts'
import type { RecordedState } from './recorded-state.ts'

/** What a comparison of served with replayed vectors has found. */
export interface VectorCheck {
  readonly compared: number
  readonly differing: number
  /** Decisions with vectors whose state the log cannot give any more: it begins later, or someone was erased from it. */
  readonly passedOver: number
  /** Of differing decisions, the first value that differs; ten at most. */
  readonly examples: readonly string[]
}

/** Where a sum is decayed, it depends by some 1e-16 on the order in which it was added up, which a fold chooses by itself. */
const ROUNDING = 1e-6
const NAMED = 10
const SAMPLED = 1000
const SEED = 7

/** A decision of which the vectors were logged. */
interface Served {
  readonly number: number
  readonly recommendationId: string
  readonly request: SlateRequest
  readonly generatedAt: number
  /** Of the user whose state was read. */
  readonly version: number
  readonly decision: LoggedDecision
}

/**
 * Whether training sees what serving saw: for each decision whose vectors were logged (1,000 of them at most, evenly drawn) the
 * state that it read is rebuilt from the log, and the vectors of its candidates read from that. In a journal that is the state after
 * so many entries, and vectors are equal bit for bit. In the archive of Redis it is the user at the version that was read, and each shard
 * folded to the marks that it had, however far that was behind; decayed sums are then equal up to the rounding of float64.
 * @throws LiverankError DAMAGED_LOG when the log cannot be read
 */
export async function checkVectors(log: RecordedLog): Promise<VectorCheck> {
  const tally = new Tally()
  if (log.partitions.size > 0) await checkArchive(log, tally)
  else await checkJournal(log, tally)
  return tally
}

class Tally implements VectorCheck {
  compared = 0
  differing = 0
  passedOver = 0
  readonly examples: string[] = []

  add({ recommendationId }: Served, difference: string | undefined): void {
    this.compared++
    if (difference === undefined) return
    this.differing++
    if (this.examples.length < NAMED) this.examples.push(`${recommendationId}: ${difference}`)
  }
}

async function checkJournal(log: RecordedLog, tally: Tally): Promise<void> {
  const sample = new LowestSample<Served & { readonly after: number }>(SAMPLED, SEED)
  const versions = new ItemVersions()
  let entries = 0
  for await (const { entry } of log.entries()) {
    if (entry.kind === 'layout') continue
    const served = servedBy(entry, entries)
    if (served && 'behind' in served.decision.position) {
      sample.add(entries, { ...served, after: entries - served.decision.position.behind })
    }
    entries++
  }
  const byState = new Map<number, Served[]>()
  for (const served of sample.values()) {
    versions.need(served.decision)
    if (served.after < 0) tally.passedOver++
    else byState.set(served.after, [...(byState.get(served.after) ?? []), served])
  }
  if (byState.size === 0) return
  const state = await log.begin()
  let applied = 0
  const compare = async () => {
    for (const served of byState.get(applied) ?? []) tally.add(served, await differenceOf(state, served, versions))
  }
  await compare()
  for await (const { entry, where } of log.entries()) {
    versions.see(entry)
    await state.apply(entry, where)
    if (entry.kind === 'layout') continue
    applied++
    await compare()
  }
}

async function checkArchive(log: RecordedLog, tally: Tally): Promise<void> {
  const sample = new LowestSample<Served>(SAMPLED, SEED)
  const erased: { readonly from: number; readonly to: number }[] = []
  let number = 0
  for await (const { entry, logId } of log.entries()) {
    const served = servedBy(entry, number)
    if (served && 'marks' in served.decision.position) sample.add(number, served)
    // What was erased while it stood in the live log was put behind its end.
    if (entry.kind === 'sums' && logId !== undefined) erased.push({ from: entry.at, to: Number.parseInt(logId, 10) })
    number++
  }
  const decisions = [...sample.values()]
  if (decisions.length === 0) return
  const known = await knownThen(log, decisions)
  const state = await log.begin()
  const fold = new PartialFold(log, state)
  // Marks only rise, and each decision stands between two folds: one of any two has none that is above the other's.
  for (const served of decisions.sort(byMarks)) {
    const { generatedAt, decision, request, version } = served
    const value = known.users.get(userKey(decision.userId, version))
    const isUnclear = erased.some(({ from, to }) => to - from > 1000 && generatedAt >= from && generatedAt <= to)
    if (isUnclear || (version > 0 && value === undefined) || !(await fold.to(decision))) {
      tally.passedOver++
      continue
    }
    state.setValue(decision.userId, value)
    for (const [id, uploads] of known.lists) {
      const upload = uploads.findLast(({ at }) => at <= generatedAt)
      if (upload) await state.apply(upload, id)
    }
    const asked = { ...served, request: { ...request, userId: decision.userId } }
    tally.add(served, await differenceOf(state, asked, known.items, ROUNDING))
  }
}

function servedBy(entry: LogEntry, number: number): Served | undefined {
  if (entry.kind !== 'slate' || !entry.decision) return undefined
  const { generatedAt, version = 0, recommendationId } = parseSlate(entry.slate)
  // That they were admitted is in the log, so that rules need not be asked again.
  const { rules: _, ...request } = requestOfSlate(entry)
  return { number, recommendationId, request, generatedAt, version, decision: entry.decision }
}

/** Undefined where all values are the same. */
async function differenceOf(
  state: RecordedState,
  { request, generatedAt, decision }: Served,
  versions: ItemVersions,
  rounding = 0,
): Promise<string | undefined> {
  const { itemIds, features } = decision
  const vectors = unpackVectors(decision)
  const known = features.map((name) => state.accumulators.features.get(name))
  const recommender = state.knowing(versions.of(decision))
  const { gathered, input } = await state.at(generatedAt, () => recommender.candidates(request, itemIds, new Set(itemIds)))
  const columns = known.map((feature) => feature ?? { column: () => () => Number.NaN })
  const replayed = featureMatrix(columns, input)
  const rowOf = new Map(gathered.itemIds.map((itemId, row) => [itemId, row]))
  for (const [row, itemId] of itemIds.entries()) {
    for (const [column, name] of features.entries()) {
      if (!known[column]) continue
      const served = vectors[row * features.length + column]
      const other = replayed[rowOf.get(itemId)! * features.length + column]
      if (Object.is(served, other) || Math.abs(served - other) <= rounding * Math.abs(served)) continue
      return `${name} of ${itemId} was ${served} when served, and is ${other} in the replay`
    }
  }
  return undefined
}

/** What was uploaded of the items that decisions were about, as each process knew them. */
class ItemVersions {
  readonly #needed = new Map<string, Map<number, StoredItem | undefined>>()

  need({ itemIds, updatedAt }: LoggedDecision): void {
    for (const [row, itemId] of itemIds.entries()) {
      const at = updatedAt[row]
      const versions = this.#needed.get(itemId) ?? new Map<number, StoredItem | undefined>()
      this.#needed.set(itemId, versions)
      if (at !== null && !versions.has(at)) versions.set(at, undefined)
    }
  }

  see(entry: LogEntry): void {
    if (entry.kind !== 'item') return
    const versions = this.#needed.get(entry.id)
    if (!versions) return
    const item = parseItem(entry.upload)
    if (versions.has(item.updatedAt)) versions.set(item.updatedAt, item)
  }

  of({ itemIds, updatedAt }: LoggedDecision): Map<string, StoredItem> {
    const items = new Map<string, StoredItem>()
    for (const [row, itemId] of itemIds.entries()) {
      const at = updatedAt[row]
      const item = at === null ? undefined : this.#needed.get(itemId)?.get(at)
      if (item) items.set(itemId, item)
    }
    return items
  }
}

interface Known {
  /** Values by user and version. */
  readonly users: ReadonlyMap<string, Buffer>
  readonly items: ItemVersions
  /** Uploads of the lists that decisions may have read, in order. */
  readonly lists: ReadonlyMap<string, readonly Extract<LogEntry, { kind: 'list' | 'item' | 'user' | 'models' | 'rules' }>[]>
}

/** Finds, in one pass, what decisions read beside the shared sums. */
async function knownThen(log: RecordedLog, decisions: readonly Served[]): Promise<Known> {
  const needed = new Set(decisions.map(({ decision, version }) => userKey(decision.userId, version)))
  const ownLists = new Set(decisions.map(({ decision }) => userListId(decision.userId)))
  const users = new Map<string, Buffer>()
  const items = new ItemVersions()
  for (const { decision } of decisions) items.need(decision)
  const lists = new Map<string, Extract<LogEntry, { kind: 'list' | 'item' | 'user' | 'models' | 'rules' }>[]>()
  const state = await log.begin()
  for await (const { entry, where } of log.entries()) {
    items.see(entry)
    await state.apply(entry, where)
    if (entry.kind === 'list' && (ownLists.has(entry.id) || entry.id.startsWith(segmentListId('')))) {
      lists.set(entry.id, [...(lists.get(entry.id) ?? []), entry])
    }
    const changed = userStep(entry)
    if (!changed) continue
    const key = userKey(changed.userId, changed.version)
    if (!needed.has(key)) continue
    const value = await state.valueOf(changed.userId)
    if (value) users.set(key, value)
  }
  return { users, items, lists }
}

function userStep(entry: LogEntry): { userId: string; version: number } | undefined {
  if (entry.kind === 'events') return entry
  if (entry.kind === 'merge') return { userId: entry.id, version: entry.version }
  return entry.kind === 'user' && entry.version !== undefined ? { userId: entry.id, version: entry.version } : undefined
}

function userKey(userId: string, version: number): string {
  return `${version}\0${userId}`
}

function marksOf({ position }: LoggedDecision): readonly (readonly string[])[] {
  return 'marks' in position ? position.marks : []
}

function byMarks(a: Served, b: Served): number {
  const others = marksOf(b.decision)
  for (const [shard, ofShard] of marksOf(a.decision).entries()) {
    for (const [partition, mark] of ofShard.entries()) {
      const order = compareLogIds(mark, others[shard][partition])
      if (order !== 0) return order
    }
  }
  return a.number - b.number
}

/** One partition's log, as far as it was read. */
interface Lane {
  readonly entries: ReturnType<ReturnType<RecordedLog['partitions']['get']> & object>
  next: { readonly entry: LogEntry; readonly logId: string } | undefined
  /** Id of the last entry that was read. */
  last: string
}

/** Shared sums in which each shard stands where it stood then. */
class PartialFold {
  readonly #state: RecordedState
  readonly #lanes: ReadonlyMap<number, Lane>
  readonly #translations = new Map<number, ReturnType<RecordedState['accumulators']['layout']['admit']>>()
  /** By shard and partition: what was read, and the shard had not folded, in order. */
  readonly #waiting = new Map<string, { readonly logId: string; readonly increments: Increments }[]>()

  constructor(log: RecordedLog, state: RecordedState) {
    this.#state = state
    const open = ([partition, entries]: [number, () => Lane['entries']]): [number, Lane] => [
      partition,
      { entries: entries(), next: undefined, last: BEGINNING },
    ]
    this.#lanes = new Map([...log.partitions].map(open))
  }

  /** @returns false when the log does not reach so far, or says nothing of ids */
  async to(decision: LoggedDecision): Promise<boolean> {
    const marks = marksOf(decision)
    for (const [partition, lane] of this.#lanes) {
      const furthest = marks.map((ofShard) => ofShard[partition]).reduce((a, b) => (compareLogIds(a, b) > 0 ? a : b))
      if (!(await this.#read(partition, lane, furthest, marks.length))) return false
    }
    for (const [shard, ofShard] of marks.entries()) {
      for (const [partition, mark] of ofShard.entries()) {
        const waiting = this.#waiting.get(`${shard} ${partition}`) ?? []
        const rest = waiting.findIndex(({ logId }) => compareLogIds(logId, mark) > 0)
        const folded = waiting.splice(0, rest < 0 ? waiting.length : rest)
        for (const { increments } of folded) this.#state.add(increments)
      }
    }
    return true
  }

  async #read(partition: number, lane: Lane, furthest: string, shards: number): Promise<boolean> {
    for (;;) {
      // Partitions are archived one by one: of some the archive may end before what the others had seen of them.
      if (!lane.next && !(await this.#advance(partition, lane))) return compareLogIds(lane.last, furthest) >= 0
      if (!lane.next || compareLogIds(lane.next.logId, furthest) > 0) return true
      const { entry, logId } = lane.next
      lane.next = undefined
      if (entry.kind === 'events' || entry.kind === 'sums') this.#spread(partition, entry, logId, shards)
    }
  }

  /** @returns false at the end, and where an entry has no id */
  async #advance(partition: number, lane: Lane): Promise<boolean> {
    for (;;) {
      const { done, value } = await lane.entries.next()
      if (done) return false
      const { entry, logId } = value
      if (entry.kind === 'layout') this.#translations.set(partition, this.#state.accumulators.layout.admit(entry.names))
      else if (logId === undefined) return false
      else {
        lane.next = { entry, logId }
        lane.last = logId
        return true
      }
    }
  }

  #spread(partition: number, entry: EventsEntry | SumsEntry, logId: string, shards: number): void {
    const byShard = new Map<number, LoggedIncrements[]>()
    for (const logged of entry.increments) {
      const shard = shardOf(logged[0], shards)
      byShard.set(shard, [...(byShard.get(shard) ?? []), logged])
    }
    for (const [shard, logged] of byShard) {
      const increments = new Increments(this.#state.accumulators.layout)
      increments.putLogged(logged, this.#translations.get(partition))
      const key = `${shard} ${partition}`
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), { logId, increments }])
    }
  }
}
