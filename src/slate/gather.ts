import type { Expiry } from '../accumulators/expiry.ts'
import type { SourceStanding } from '../accumulators/feature-input.ts'
import { SharedRows } from '../accumulators/feature-input.ts'
import { NEIGHBOURS, STRENGTH } from '../accumulators/item-to-item.ts'
import type { CandidateReason, CandidateRequest, CandidateSource } from '../candidates/source.ts'
import { decodeOfflineList } from '../state/offline-list.ts'
import type { SetView } from '../state/shared-sums.ts'
import { itemKey, type SlotLayout } from '../state/slots.ts'
import type { StateStore } from '../state/store.ts'

/** Of an item that no source brought. */
const UNBROUGHT: CandidateReason = { code: 'NEW' }

/** Candidates of all sources, each item once. */
export interface Gathered {
  readonly itemIds: string[]
  readonly standings: ReadonlyMap<string, SourceStanding>
  /** Reason by the source that brings the item highest. */
  readonly reasons: readonly CandidateReason[]
  /** Neighbours of items that a source asked for, by the item's key: features are read from the same. */
  readonly neighbours: ReadonlyMap<string, SetView>
}

/**
 * Asks all sources in one trip to the store, and merges what they bring.
 * @param also items that stand behind them although no source need bring them
 */
export async function gather(
  sources: readonly CandidateSource[],
  request: CandidateRequest,
  store: StateStore,
  layout: SlotLayout,
  expiry: Expiry,
  keep: (itemId: string) => boolean,
  also: readonly string[] = [],
): Promise<Gathered> {
  const reads = sources.map((source) => source.reads(request))
  const strengthKeys = reads.flatMap(({ strengths = [] }) => strengths.map(itemKey))
  const setReads = reads.flatMap(({ sets = [] }) => sets)
  const [sets, lists, strengthRows] = await Promise.all([
    store.readSets(setReads),
    store.readValues(reads.flatMap(({ lists = [] }) => lists.map((id) => ({ kind: 'list' as const, id })))),
    store.readRows('item', strengthKeys),
  ])
  const strength = new SharedRows(layout, 'item', strengthRows, request.now, expiry.item).decayed(STRENGTH)
  let set = 0
  let list = 0
  let anchor = 0
  const brought = sources.map((source, i) => {
    const asked = reads[i]
    const answers = {
      sets: sets.slice(set, set + (asked.sets?.length ?? 0)),
      lists: lists.slice(list, list + (asked.lists?.length ?? 0)).map((value) => value && decodeOfflineList(value)),
      strengths: (asked.strengths ?? []).map((_, at) => strength(anchor + at)),
    }
    set += asked.sets?.length ?? 0
    list += asked.lists?.length ?? 0
    anchor += asked.strengths?.length ?? 0
    return source.candidates(request, answers)
  })
  const neighbours = new Map(
    setReads.flatMap(({ entity, set: slot }, at) => (slot === NEIGHBOURS ? [[entity, sets[at]] as const] : [])),
  )
  return { ...merge(sources, brought, keep, also), neighbours }
}

function merge(
  sources: readonly CandidateSource[],
  brought: readonly ReturnType<CandidateSource['candidates']>[],
  keep: (itemId: string) => boolean,
  also: readonly string[],
): Omit<Gathered, 'neighbours'> {
  const rows = new Map<string, number>()
  for (const { itemIds } of brought)
    for (const itemId of itemIds) if (!rows.has(itemId) && keep(itemId)) rows.set(itemId, rows.size)
  for (const itemId of also) if (!rows.has(itemId)) rows.set(itemId, rows.size)
  const standings = new Map<string, SourceStanding>()
  const reasons = new Array<CandidateReason>(rows.size).fill(UNBROUGHT)
  const bestRank = new Array<number>(rows.size).fill(Number.POSITIVE_INFINITY)
  sources.forEach(({ name }, i) => {
    const { itemIds, scores, generatedAt = Number.NaN, reason } = brought[i]
    const standing = {
      scores: new Float64Array(rows.size).fill(Number.NaN),
      ranks: new Float64Array(rows.size).fill(Number.NaN),
      generatedAt,
    }
    itemIds.forEach((itemId, at) => {
      const row = rows.get(itemId)
      if (row === undefined) return
      standing.scores[row] = scores[at]
      standing.ranks[row] = at + 1
      if (at + 1 < bestRank[row]) {
        bestRank[row] = at + 1
        reasons[row] = reason(at)
      }
    })
    standings.set(name, standing)
  })
  return { itemIds: [...rows.keys()], standings, reasons }
}
