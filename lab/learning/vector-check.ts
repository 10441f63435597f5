import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import { segmentListId, userListId } from '../../src/candidates/offline.ts'
import { parseItem, type StoredItem } from '../../src/catalogue/catalogue.ts'
import { parseSlate } from '../../src/import/log-lines.ts'
import { unpackVectors } from '../../src/slate/decision-log.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import { compareLogIds } from '../../src/state/log/id.ts'
import type { LogEntry, LoggedDecision, UploadEntry } from '../../src/state/log-entry.ts'
import { ItemLifeVersions } from './item-life-versions.ts'
import { LowestSample } from './lowest-sample.ts'
import { NeighbourVersions } from './neighbour-versions.ts'
import { marksOf, PartialFold } from './partial-fold.ts'
import { type RecordedLog, requestOfSlate } from './recorded-log.ts'
import type { RecordedState } from './recorded-state.ts'

/** The result of a comparison of served with replayed feature vectors. */
export interface VectorCheck {
  readonly compared: number
  readonly differing: number
  /** Number of compared decisions that differ only in features that depend on a trimmed set of Redis. */
  readonly trimmed: number
  /**
   * Number of decisions with vectors that cannot be compared. The log does not give their state: it begins too late or ends too
   * early, or a user was erased from it.
   */
  readonly passedOver: number
  /** The first differing value of each differing decision; at most ten. */
  readonly examples: readonly string[]
}

const NAMED = 10
/** Number of decisions of a log that are compared by default. */
export const SAMPLED_DECISIONS = 1000
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
 * Compares the vectors that were served with those that a replay gives. For each sampled decision whose vectors were logged it rebuilds
 * the state that the decision read, and reads the vectors of its candidates from that. Vectors are equal when all float32 values are,
 * bit for bit.
 *
 * In a journal the state is that after a number of entries. In the archive of Redis it is the user at the version that was read, and each
 * shard folded to the marks that it had. What a full set of Redis drops depends on how many entries a fold took at once, which no log
 * says. So where such a set was read, features that it decides are told apart from others: decisions that differ in them alone are
 * `trimmed`, not `differing`.
 * @param decisions how many are drawn from the log, at most
 * @throws LiverankError DAMAGED_LOG when the log cannot be read
 */
export async function checkVectors(log: RecordedLog, decisions = SAMPLED_DECISIONS): Promise<VectorCheck> {
  const tally = new Tally()
  if (log.partitions.size > 0) await checkArchive(log, decisions, tally)
  else await checkJournal(log, decisions, tally)
  return tally
}

class Tally implements VectorCheck {
  compared = 0
  differing = 0
  trimmed = 0
  passedOver = 0
  readonly examples: string[] = []

  /** @param difference undefined where there is none */
  add({ recommendationId }: Served, difference: string | undefined, isTrimmed = false): void {
    this.compared++
    if (isTrimmed) this.trimmed++
    if (difference === undefined) return
    this.differing++
    if (this.examples.length < NAMED) this.examples.push(`${recommendationId}: ${difference}`)
  }
}

async function checkJournal(log: RecordedLog, decisions: number, tally: Tally): Promise<void> {
  const sample = new LowestSample<Served & { readonly after: number }>(decisions, SEED)
  const known = { items: new ItemVersions(), neighbours: new NeighbourVersions(), lives: new ItemLifeVersions() }
  const { items, neighbours, lives } = known
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
    items.need(served.decision)
    neighbours.need(served.decision)
    lives.need(served.decision)
    if (served.after < 0) tally.passedOver++
    else byState.set(served.after, [...(byState.get(served.after) ?? []), served])
  }
  if (byState.size === 0) return
  const state = await log.begin()
  items.beginWith(state)
  neighbours.see(state)
  lives.see(state.lives)
  let applied = 0
  const compare = async () => {
    for (const served of byState.get(applied) ?? []) {
      if (isMissing(known, served.decision)) tally.passedOver++
      else tally.add(served, difference(served, await replayed(state, served, known)))
    }
  }
  await compare()
  for await (const { entry, where } of log.entries()) {
    items.see(entry)
    await state.apply(entry, where)
    if (entry.kind === 'neighbours') neighbours.see(state)
    if (entry.kind === 'item') lives.see(state.lives)
    if (entry.kind === 'layout') continue
    applied++
    await compare()
  }
}

async function checkArchive(log: RecordedLog, most: number, tally: Tally): Promise<void> {
  const sample = new LowestSample<Served>(most, SEED)
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
    const isUnknown = (version > 0 && value === undefined) || isMissing(known, decision)
    if (isUnclear || isUnknown || !(await fold.to(decision))) {
      tally.passedOver++
      continue
    }
    state.setValue(decision.userId, value)
    for (const [id, uploads] of known.lists) {
      const upload = uploads.findLast(({ at }) => at <= generatedAt)
      if (upload) await state.apply(upload, id)
    }
    const asked = { ...served, request: { ...request, userId: decision.userId } }
    const vectors = await replayed(state, asked, known)
    const found = difference(served, vectors)
    if (found === undefined) {
      tally.add(served, undefined)
      continue
    }
    const without = await state.leavingOut(fold.trimmed, () => replayed(state, asked, known))
    const left = difference(served, vectors, (column) => isSameColumn(vectors, without, column))
    tally.add(served, left, left === undefined)
  }
}

function servedBy(entry: LogEntry, number: number): Served | undefined {
  if (entry.kind !== 'slate' || !entry.decision) return undefined
  const { generatedAt, version = 0, recommendationId } = parseSlate(entry.slate)
  // That they were admitted is in the log, so that rules need not be asked again.
  const { rules: _, ...request } = requestOfSlate(entry)
  return { number, recommendationId, request, generatedAt, version, decision: entry.decision }
}

/** Vectors of a decision: a row for each of its candidates, in their order. */
interface Replayed {
  readonly features: readonly string[]
  readonly rows: number
  readonly matrix: Float32Array
  /** Whether there is a feature of that name still. */
  readonly isKnown: (column: number) => boolean
}

async function replayed(
  state: RecordedState,
  { request, generatedAt, decision }: Served,
  { items, neighbours, lives }: Versions,
): Promise<Replayed> {
  const { itemIds, features } = decision
  const known = features.map((name) => state.accumulators.features.get(name))
  const { gathered, input } = await state.at(generatedAt, async () => {
    const compared = [...(request.anchorItemIds ?? []), ...(await state.sessionItems(request, decision.userId))]
    const recommender = state.knowing(items.of(decision), neighbours.of(decision), lives.of(decision), compared)
    return recommender.candidates(request, itemIds, new Set(itemIds))
  })
  const columns = known.map((feature) => feature ?? { column: () => () => Number.NaN })
  const found = featureMatrix(columns, input)
  const width = features.length
  const rowOf = new Map(gathered.itemIds.map((itemId, row) => [itemId, row]))
  const matrix = new Float32Array(itemIds.length * width)
  for (const [row, itemId] of itemIds.entries()) {
    const at = rowOf.get(itemId)! * width
    matrix.set(found.subarray(at, at + width), row * width)
  }
  return { features, rows: itemIds.length, matrix, isKnown: (column) => known[column] !== undefined }
}

/** The first value that differs, in words; undefined where all are the same. @param counts whether a column is looked at */
function difference(
  { decision }: Served,
  { features, matrix, isKnown }: Replayed,
  counts: (column: number) => boolean = () => true,
): string | undefined {
  const vectors = unpackVectors(decision)
  const looked = features.map((_, column) => isKnown(column) && counts(column))
  for (const [row, itemId] of decision.itemIds.entries()) {
    for (const [column, name] of features.entries()) {
      const at = row * features.length + column
      if (!looked[column] || Object.is(vectors[at], matrix[at])) continue
      return `${name} of ${itemId} was ${vectors[at]} when served, and is ${matrix[at]} in the replay`
    }
  }
  return undefined
}

function isSameColumn({ features, rows, matrix }: Replayed, other: Replayed, column: number): boolean {
  for (let row = 0; row < rows; row++) {
    const at = row * features.length + column
    if (!Object.is(matrix[at], other.matrix[at])) return false
  }
  return true
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

  /** Takes what a log that begins with a snapshot knows from there. */
  beginWith(state: RecordedState): void {
    for (const [itemId, versions] of this.#needed) {
      const item = state.itemOf(itemId)
      if (item && versions.has(item.updatedAt)) versions.set(item.updatedAt, item)
    }
  }

  /** Whether the log lacks an item as the decision knew it. */
  isMissing({ itemIds, updatedAt }: LoggedDecision): boolean {
    return itemIds.some((itemId, row) => {
      const at = updatedAt[row]
      return at !== null && this.#needed.get(itemId)?.get(at) === undefined
    })
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

/** What each process had of uploads, when it made a decision. */
interface Versions {
  readonly items: ItemVersions
  readonly neighbours: NeighbourVersions
  readonly lives: ItemLifeVersions
}

function isMissing({ items, neighbours, lives }: Versions, decision: LoggedDecision): boolean {
  return items.isMissing(decision) || neighbours.isMissing(decision) || lives.isMissing(decision)
}

interface Known extends Versions {
  /** Values by user and version. */
  readonly users: ReadonlyMap<string, Buffer>
  /** Uploads of the lists that decisions may have read, in order. */
  readonly lists: ReadonlyMap<string, readonly UploadEntry[]>
}

/** Finds, in one pass, what decisions read beside the shared sums. */
async function knownThen(log: RecordedLog, decisions: readonly Served[]): Promise<Known> {
  const needed = new Set(decisions.map(({ decision, version }) => userKey(decision.userId, version)))
  const ownLists = new Set(decisions.map(({ decision }) => userListId(decision.userId)))
  const users = new Map<string, Buffer>()
  const items = new ItemVersions()
  const neighbours = new NeighbourVersions()
  const lives = new ItemLifeVersions()
  for (const { decision } of decisions) {
    items.need(decision)
    neighbours.need(decision)
    lives.need(decision)
  }
  const lists = new Map<string, UploadEntry[]>()
  const state = await log.begin()
  items.beginWith(state)
  neighbours.see(state)
  lives.see(state.lives)
  for await (const { entry, where } of log.entries()) {
    items.see(entry)
    await state.apply(entry, where)
    if (entry.kind === 'neighbours') neighbours.see(state)
    if (entry.kind === 'item') lives.see(state.lives)
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
  return { users, items, neighbours, lives, lists }
}

function userStep(entry: LogEntry): { userId: string; version: number } | undefined {
  if (entry.kind === 'events') return entry
  if (entry.kind === 'merge') return { userId: entry.id, version: entry.version }
  return entry.kind === 'user' && entry.version !== undefined ? { userId: entry.id, version: entry.version } : undefined
}

function userKey(userId: string, version: number): string {
  return `${version}\0${userId}`
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
