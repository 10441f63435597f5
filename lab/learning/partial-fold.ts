import { GAIN_STRIDE, Increments, type LoggedIncrements } from '../../src/state/increments.ts'
import { BEGINNING, compareLogIds } from '../../src/state/log/id.ts'
import type { LogEntry, LoggedDecision } from '../../src/state/log-entry.ts'
import { shardOf } from '../../src/state/partition.ts'
import { kindOf } from '../../src/state/slots.ts'
import type { RecordedLog } from './recorded-log.ts'
import { type RecordedState, setKey } from './recorded-state.ts'

/**
 * Returns up to which entry of each partition's log each shard was folded, by shard and partition. Empty for a decision of the
 * embedded store.
 */
export function marksOf({ position }: LoggedDecision): readonly (readonly string[])[] {
  return 'marks' in position ? position.marks : []
}

/** One partition's log, as far as it was read. */
interface Lane {
  readonly entries: ReturnType<ReturnType<RecordedLog['partitions']['get']> & object>
  next: { readonly entry: LogEntry; readonly logId: string } | undefined
  /** Id of the last entry that was read. */
  last: string
}

/**
 * Rebuilds shared sums in which each shard has the entries that it had at a decision. It adds one entry at a time, but the
 * service added many at once. The sums are the same. A set that grew beyond its capacity may differ, because the order decides
 * which members were dropped.
 */
export class PartialFold {
  readonly #state: RecordedState
  readonly #lanes: ReadonlyMap<number, Lane>
  readonly #translations = new Map<number, ReturnType<RecordedState['accumulators']['layout']['admit']>>()
  /** All members that a set ever had, by its key. */
  readonly #members = new Map<string, Set<string>>()
  readonly #trimmed = new Set<string>()
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

  /** Keys of the sets that have grown beyond their capacity. */
  get trimmed(): ReadonlySet<string> {
    return this.#trimmed
  }

  /** @returns false when the log does not reach so far, or says nothing of ids */
  async to(decision: LoggedDecision): Promise<boolean> {
    const marks = marksOf(decision)
    const isAbsent = (mark: string, partition: number) => mark !== BEGINNING && !this.#lanes.has(partition)
    if (marks.some((ofShard) => ofShard.some(isAbsent))) return false
    for (const [partition, lane] of this.#lanes) {
      const furthest = marks.map((ofShard) => ofShard[partition]).reduce((a, b) => (compareLogIds(a, b) > 0 ? a : b))
      if (!(await this.#read(partition, lane, furthest, marks.length))) return false
    }
    for (const [shard, ofShard] of marks.entries()) {
      for (const [partition, mark] of ofShard.entries()) {
        const waiting = this.#waiting.get(`${shard} ${partition}`) ?? []
        const rest = waiting.findIndex(({ logId }) => compareLogIds(logId, mark) > 0)
        const folded = waiting.splice(0, rest < 0 ? waiting.length : rest)
        for (const { increments } of folded) {
          this.#state.add(increments)
          this.#watch(increments)
        }
      }
    }
    return true
  }

  /** Notes which sets have had more members than they hold. */
  #watch({ entities }: Increments): void {
    for (const [entity, { members, gains }] of entities) {
      for (const [i, member] of members.entries()) {
        const set = this.#state.accumulators.layout.setAt(kindOf(entity), gains[i * GAIN_STRIDE])
        const key = setKey(entity, set)
        if (this.#trimmed.has(key)) continue
        const held = this.#members.get(key) ?? new Set()
        this.#members.set(key, held.add(member))
        if (held.size <= set.capacity) continue
        this.#trimmed.add(key)
        this.#members.delete(key)
      }
    }
  }

  async #read(partition: number, lane: Lane, furthest: string, shards: number): Promise<boolean> {
    for (;;) {
      // Partitions are archived one by one: of some the archive may end before what the others had seen of them.
      if (!lane.next && !(await this.#advance(partition, lane))) return compareLogIds(lane.last, furthest) >= 0
      if (!lane.next || compareLogIds(lane.next.logId, furthest) > 0) return true
      const { entry, logId } = lane.next
      lane.next = undefined
      if ('increments' in entry) this.#spread(partition, entry.increments ?? [], logId, shards)
      // Candidates are compared with the embeddings of items that are none, which decisions do not name.
      else if (entry.kind === 'item') await this.#state.apply(entry, logId)
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

  #spread(partition: number, logged: readonly LoggedIncrements[], logId: string, shards: number): void {
    const byShard = new Map<number, LoggedIncrements[]>()
    for (const ofEntity of logged) {
      const shard = shardOf(ofEntity[0], shards)
      byShard.set(shard, [...(byShard.get(shard) ?? []), ofEntity])
    }
    for (const [shard, ofShard] of byShard) {
      const increments = new Increments(this.#state.accumulators.layout)
      increments.putLogged(ofShard, this.#translations.get(partition))
      const key = `${shard} ${partition}`
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), { logId, increments }])
    }
  }
}
