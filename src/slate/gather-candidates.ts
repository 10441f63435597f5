import { COHORT_CATEGORIES, COHORT_ITEMS } from '../accumulators/cohort-sums.ts'
import { type CohortLists, SharedRows, type SourceStanding } from '../accumulators/feature-input.ts'
import type { PairSums } from '../accumulators/pair-sums.ts'
import type { BuiltInReason } from '../candidates/built-in-reason.ts'
import {
  type CandidateAnswers,
  type CandidateReads,
  type CandidateReason,
  type CandidateRequest,
  type CandidateSource,
  type Candidates,
  SOURCE_BUDGET_MS,
} from '../candidates/source.ts'
import type { DropCause, SourceHealth } from '../candidates/source-health.ts'
import type { Expiry } from '../state/expiry.ts'
import { decodeOfflineList } from '../state/offline-list.ts'
import type { RowBlock, SetView } from '../state/shared-sums.ts'
import type { SetSlot, SharedKind, SlotLayout } from '../state/slots.ts'
import type { SetRead, StateStore } from '../state/store.ts'
import type { Timers } from '../timers.ts'

/** Of an item that no source brought. */
const UNBROUGHT: BuiltInReason = { code: 'MORE' }

/** Candidates of all sources; each item once. */
export interface Gathered {
  readonly itemIds: string[]
  readonly standings: ReadonlyMap<string, SourceStanding>
  /** Reason by row, from the source that ranks the item highest. */
  readonly reasons: readonly CandidateReason[]
  /** Sources that were dropped, because they failed or exceeded their time budget. */
  readonly dropped: readonly { readonly name: string; readonly cause: DropCause }[]
  /** Neighbours that sources read, by item key. Features are read from the same neighbours. */
  readonly neighbours: ReadonlyMap<string, SetView>
  /** Sets of values of cohorts that sources read, by the key of their shared sums. Features are read from the same sets. */
  readonly cohorts: ReadonlyMap<string, CohortLists>
  /** Answers to the further reads, in their order. */
  readonly further: readonly SetView[]
}

export interface GatherParts {
  readonly store: StateStore
  readonly layout: SlotLayout
  readonly expiry: Expiry
  readonly pairs: PairSums
  readonly timers: Timers
  readonly health: SourceHealth
}

/**
 * Reads for all sources in one trip to the store, and merges their candidates. A source that fails or exceeds its time budget is
 * dropped.
 * @param also items to add behind the candidates, even if no source proposes them
 * @param further sets that the caller wants from the same trip
 * @throws UnavailableError if the store does not answer
 */
export async function gather(
  sources: readonly CandidateSource[],
  request: CandidateRequest,
  parts: GatherParts,
  also: readonly string[] = [],
  further: readonly SetRead[] = [],
): Promise<Gathered> {
  const dropped: { name: string; cause: DropCause }[] = []
  const drop = (name: string, cause: DropCause, error: unknown): undefined => {
    dropped.push({ name, cause })
    parts.health.dropped(name, cause, error)
  }
  const asking = sources.flatMap((source) => {
    try {
      return [{ source, reads: source.reads(request) }]
    } catch (error) {
      drop(source.name, 'failed', error)
      return []
    }
  })
  const {
    answers: first,
    neighbours,
    cohorts,
  } = await readAll([...asking.map(({ reads }) => reads), { sets: further }], request, parts)
  const choosing = asking.flatMap(({ source }, i) => {
    try {
      const itemIds = source.itemsToRead?.(request, first[i])
      return [{ source, answer: first[i], itemIds, sets: source.setsToRead?.(request, first[i]) }]
    } catch (error) {
      drop(source.name, 'failed', error)
      return []
    }
  })
  const answers = await readChosen(choosing, neighbours, request, parts)
  const brought = await Promise.all(
    choosing.map(({ source }, i) => {
      const { name, budgetMs = SOURCE_BUDGET_MS } = source
      try {
        const candidates = source.candidates(request, answers[i])
        if (!(candidates instanceof Promise)) return candidates
        return within(budgetMs, candidates, parts.timers, (cause, error) => drop(name, cause, error))
      } catch (error) {
        return drop(name, 'failed', error)
      }
    }),
  )
  const found = new Map(choosing.flatMap(({ source }, i) => (brought[i] ? [[source.name, brought[i]] as const] : [])))
  return { ...merge(sources, found, request.admits, also), dropped, neighbours, cohorts, further: first[asking.length].sets }
}

/** What is promised, or undefined, once the cause is told, when it fails or takes longer. */
function within(
  ms: number,
  promised: Promise<Candidates>,
  timers: Timers,
  drop: (cause: DropCause, error: unknown) => void,
): Promise<Candidates | undefined> {
  return new Promise((resolve) => {
    let isOver = false
    const end = (candidates: Candidates | undefined, cause?: DropCause, error?: unknown) => {
      if (isOver) return
      isOver = true
      cancel()
      if (cause) drop(cause, error)
      resolve(candidates)
    }
    const cancel = timers.after(ms, () => end(undefined, 'slow', new Error(`it did not finish within ${ms} ms`)))
    promised.then(
      (candidates) => end(candidates),
      (error: unknown) => end(undefined, 'failed', error),
    )
  })
}

/** Answers of each source, in one trip for all; a list that several ask for is read once. */
async function readAll(
  reads: readonly CandidateReads[],
  { now, catalogue: { lives } }: CandidateRequest,
  { store, layout, expiry, pairs }: GatherParts,
): Promise<Pick<Gathered, 'neighbours' | 'cohorts'> & { answers: CandidateAnswers[] }> {
  const wanted = new WantedSets()
  for (const { sets = [] } of reads) for (const read of sets) wanted.add(read)
  const valueKeys = reads.flatMap(({ values = [] }) => values)
  const [views, lists, strengthRows, valueRows] = await Promise.all([
    lives.readSets(store, wanted.reads),
    store.readValues(reads.flatMap(({ lists = [] }) => lists.map((id) => ({ kind: 'list' as const, id })))),
    lives.readRows(
      store,
      reads.flatMap(({ strengths = [] }) => strengths),
    ),
    valueKeys.length === 0 ? undefined : store.readRows('attribute', valueKeys),
  ])
  const viewOf = (read: SetRead) => views[wanted.placeOf(read.set, read.entity)]
  const rowsOf = (kind: SharedKind, block: RowBlock) => new SharedRows(layout, kind, block, now, expiry.item)
  const strength = rowsOf('item', strengthRows).decayed(pairs.strength)
  const neighbours = new Map<string, SetView>()
  const cohorts = new Map<string, CohortLists>()
  for (const [at, { entity, set, limit }] of wanted.reads.entries()) {
    if (set === pairs.neighbours && limit >= set.capacity) neighbours.set(entity, views[at])
    const categories = set === COHORT_ITEMS ? wanted.placeOf(COHORT_CATEGORIES, entity) : -1
    if (categories >= 0) cohorts.set(entity, { items: views[at], categories: views[categories] })
  }
  let list = 0
  let anchor = 0
  let value = 0
  const answers = reads.map(({ sets = [], lists: asked = [], strengths = [], values = [] }) => {
    const answer = {
      ...(valueRows && values.length > 0 && { values: rowsOf('attribute', part(valueRows, value, values.length)) }),
      sets: sets.map((read) => highestOf(viewOf(read), read.limit)),
      lists: lists.slice(list, list + asked.length).map((value) => value && decodeOfflineList(value)),
      strengths: strengths.map((_, at) => strength(anchor + at)),
    }
    list += asked.length
    anchor += strengths.length
    value += values.length
    return answer
  })
  return { answers, neighbours, cohorts }
}

/** The answers to the first reads of a source, and the items and sets that it then asks for; undefined for none. */
interface Choice {
  readonly answer: CandidateAnswers
  readonly itemIds: readonly string[] | undefined
  readonly sets: readonly SetRead[] | undefined
}

/**
 * Adds what sources have chosen to their answers, in a second trip for all.
 * @param neighbours sets of neighbours that the first trip read, by item key
 */
async function readChosen(
  choices: readonly Choice[],
  neighbours: ReadonlyMap<string, SetView>,
  { now, catalogue: { lives } }: CandidateRequest,
  { store, layout, expiry, pairs }: GatherParts,
): Promise<readonly CandidateAnswers[]> {
  const heldOf = ({ entity, set }: SetRead) => (set === pairs.neighbours ? neighbours.get(entity) : undefined)
  const ids = choices.flatMap(({ itemIds = [] }) => itemIds)
  const wanted = choices.flatMap(({ sets = [] }) => sets.filter((read) => !heldOf(read)))
  if (choices.every(({ itemIds, sets }) => !itemIds && !sets)) return choices.map(({ answer }) => answer)
  const [block, views] = await Promise.all([
    ids.length === 0 ? undefined : lives.readRows(store, ids),
    wanted.length === 0 ? [] : lives.readSets(store, wanted),
  ])
  let item = 0
  let view = 0
  return choices.map(({ answer, itemIds = [], sets = [] }) => {
    const rows = block && part(block, item, itemIds.length)
    item += itemIds.length
    return {
      ...answer,
      ...(rows && { items: new SharedRows(layout, 'item', rows, now, expiry.item) }),
      chosenSets: sets.map((read) => highestOf(heldOf(read) ?? views[view++], read.limit)),
    }
  })
}

/** Returns some rows of a block. */
function part(block: RowBlock, from: number, rows: number): RowBlock {
  const { width, data } = block
  if (data.length === rows * width) return block
  return { width, data: data.slice(from * width, (from + rows) * width) }
}

/** The sets that sources ask for, each once, with the largest of the limits. */
class WantedSets {
  readonly reads: SetRead[] = []
  readonly #places = new Map<SetSlot, Map<string, number>>()

  add(read: SetRead): void {
    const place = this.placeOf(read.set, read.entity)
    if (place < 0) this.#placesIn(read.set).set(read.entity, this.reads.push(read) - 1)
    else if (this.reads[place].limit < read.limit) this.reads[place] = read
  }

  /** @returns -1 for a set that nobody asks for */
  placeOf(set: SetSlot, entity: string): number {
    return this.#places.get(set)?.get(entity) ?? -1
  }

  #placesIn(set: SetSlot): Map<string, number> {
    let places = this.#places.get(set)
    if (!places) {
      places = new Map()
      this.#places.set(set, places)
    }
    return places
  }
}

function highestOf(view: SetView, limit: number): SetView {
  const { members, scores } = view
  return members.length <= limit ? view : { ...view, members: members.slice(0, limit), scores: scores.slice(0, limit) }
}

function merge(
  sources: readonly CandidateSource[],
  brought: ReadonlyMap<string, Candidates>,
  admits: (itemId: string) => boolean,
  also: readonly string[],
): Pick<Gathered, 'itemIds' | 'standings' | 'reasons'> {
  const rows = new Map<string, number>()
  /** Of what each source brought, in its order: the row; -1 of what is not admitted. */
  const rowsOf = new Map<string, Int32Array>()
  const itemIds: string[] = []
  for (const [name, found] of brought) {
    const held = new Int32Array(found.itemIds.length)
    for (let at = 0; at < held.length; at++) {
      const itemId = found.itemIds[at]
      let row = rows.get(itemId)
      if (row === undefined) {
        row = admits(itemId) ? itemIds.push(itemId) - 1 : -1
        rows.set(itemId, row)
      }
      held[at] = row
    }
    rowsOf.set(name, held)
  }
  for (const itemId of also) {
    if ((rows.get(itemId) ?? -1) >= 0) continue
    rows.set(itemId, itemIds.push(itemId) - 1)
  }
  const standings = new Map<string, SourceStanding>()
  const reasons = new Array<CandidateReason>(itemIds.length).fill(UNBROUGHT)
  const bestRank = new Array<number>(itemIds.length).fill(Number.POSITIVE_INFINITY)
  for (const { name } of sources) {
    const found = brought.get(name)
    const standing = {
      scores: new Float64Array(itemIds.length).fill(Number.NaN),
      ranks: new Float64Array(itemIds.length).fill(Number.NaN),
      generatedAt: found?.generatedAt ?? Number.NaN,
    }
    standings.set(name, standing)
    const held = rowsOf.get(name)
    if (!found || !held) continue
    for (let at = 0; at < held.length; at++) {
      // What is not admitted may stand among those behind.
      const row = held[at] < 0 ? rows.get(found.itemIds[at])! : held[at]
      if (row < 0) continue
      standing.scores[row] = found.scores[at]
      standing.ranks[row] = at + 1
      if (at + 1 < bestRank[row]) {
        bestRank[row] = at + 1
        reasons[row] = found.reason(at)
      }
    }
  }
  return { itemIds, standings, reasons }
}
