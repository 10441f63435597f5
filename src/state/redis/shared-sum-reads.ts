import { SEPARATOR } from '../column-codec.ts'
import { type RowBlock, rankedView, type SetView } from '../shared-sums.ts'
import type { SharedKind, SlotLayout } from '../slots.ts'
import type { SetRead } from '../store.ts'
import { JoinedReads } from './joined-reads.ts'
import type { RedisKeys } from './keys.ts'
import type { RedisCommands } from './scripts.ts'
import type { ValueReads } from './value-reads.ts'

/** Reads rows and scored sets of shared sums. */
export class SharedSumReads {
  readonly #commands: RedisCommands
  readonly #keys: RedisKeys
  readonly #layout: SlotLayout
  readonly #values: ValueReads
  readonly #sets: JoinedReads<SetRead, SetView>

  constructor(commands: RedisCommands, keys: RedisKeys, layout: SlotLayout, values: ValueReads) {
    this.#commands = commands
    this.#keys = keys
    this.#layout = layout
    this.#values = values
    this.#sets = new JoinedReads<SetRead, SetView>({
      idOf: ({ entity, set, limit, inAnyOrder }) => `${set.name} ${inAnyOrder ? 'all' : limit} ${entity}`,
      slotOf: ({ entity }) => (commands.isCluster ? String(keys.shard(entity)) : ''),
      send: (reads) => this.#readSets(reads),
    })
  }

  /** Reads the rows of entities, in their order. Absent rows are zeros. */
  async rows(kind: SharedKind, entities: readonly string[]): Promise<RowBlock> {
    const width = this.#layout.width(kind)
    const data = new Float64Array(entities.length * width)
    const bytes = new Uint8Array(data.buffer)
    const rows = await this.#values.read(entities.map((entity) => this.#keys.row(entity)))
    const most = width * 8
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]
      if (row) bytes.set(row.length > most ? row.subarray(0, most) : row, i * most)
    }
    // Left by a version that let them in.
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) data[i] = 0
    return { width, data }
  }

  /** Reads scored sets, highest members first. */
  sets(reads: readonly SetRead[]): Promise<SetView[]> {
    return this.#sets.read(reads)
  }

  async #readSets(reads: readonly SetRead[]): Promise<SetView[]> {
    const keys = reads.flatMap(({ entity, set }) => [this.#keys.set(entity, set.name), this.#keys.row(entity)])
    const layout = this.#layout
    const bounds = reads.flatMap(({ set, limit, inAnyOrder }) => [
      ...[layout.indexOf(set), layout.latestOf(set)],
      inAnyOrder ? set.capacity : limit,
    ])
    const replies = await this.#commands.liverankReadSets(keys.length, ...keys, ...bounds)
    return reads.map(({ limit, inAnyOrder }, at) => {
      const view = setView(replies[3 * at], replies[3 * at + 1], replies[3 * at + 2])
      return inAnyOrder ? view : rankedView(view, limit)
    })
  }
}

/** @param scored members and scores in turn, with the separator between */
function setView(epoch: string, latest: string, scored: string): SetView {
  const flat = scored === '' ? [] : scored.split(SEPARATOR)
  const members: string[] = []
  const scores = new Float64Array(flat.length / 2)
  if (!Number.isFinite(Number(epoch))) return { epoch: 0, latest: 0, members, scores: new Float64Array(0) }
  for (let at = 0; at < scores.length; at++) {
    members.push(flat[2 * at])
    const score = Number(flat[2 * at + 1])
    scores[at] = Number.isFinite(score) ? score : 0
  }
  return { epoch: Number(epoch), latest: Number(latest), members, scores }
}
