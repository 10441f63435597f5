import { invariant } from '../../invariant.ts'
import { type EntityIncrements, GAIN_STRIDE, type Increments, NUMBER_STRIDE } from '../increments.ts'
import { compareLogIds } from '../log/id.ts'
import { kindOf, type SlotLayout } from '../slots.ts'
import type { RedisKeys } from './keys.ts'

/** A range of one partition's log: after `from`, up to and including `to`. */
export interface Range {
  readonly partition: number
  readonly from: string
  readonly to: string
}

/** The place from which increments were read. The script checks that it is still the same. */
export interface FoldSource {
  /** The shard's copy of the store's id, as it was read with the marks. */
  readonly store: string
  /** Run id of the only server. Empty in a cluster, where the logs may be on another server than the shard. */
  readonly run: string
}

/** Arguments of one call of the fold script. */
export interface FoldCall {
  readonly names: readonly string[]
  readonly args: readonly (string | Buffer | number)[]
}

export interface FoldCallParts {
  readonly keys: RedisKeys
  readonly layout: SlotLayout
  /** Time without an event after which a row may be deleted, in ms. */
  readonly expiresIn: number
}

/**
 * Makes a call of the fold script for one shard.
 * @param source place from which the increments were read
 */
export function foldCall(
  { keys, layout, expiresIn }: FoldCallParts,
  { store, run }: FoldSource,
  shard: number,
  ranges: readonly Range[],
  increments: Increments,
): FoldCall {
  const args: (string | Buffer | number)[] = [store, run, expiresIn, ranges.length]
  for (const { partition, from, to } of ranges) {
    invariant(compareLogIds(from, to) < 0, 'FOLD_GOES_BACK', 'a fold would move the mark of a log back.')
    args.push(partition, from, to)
  }
  const gained = [...increments.entities]
  args.push(gained.length)
  const setKeys: string[] = []
  for (const [entity, ofEntity] of gained) {
    const kind = kindOf(entity)
    const { members, gains } = ofEntity
    const setColumns = [...new Set(members.map((_, i) => gains[i * GAIN_STRIDE]))]
    args.push(layout.width(kind), packNumbers(ofEntity), setColumns.length)
    for (const column of setColumns) {
      const { name, keep, capacity } = layout.setAt(kind, column)
      setKeys.push(keys.set(entity, name))
      const ofSet = members.flatMap((_, i) => (gains[i * GAIN_STRIDE] === column ? [i] : []))
      args.push(column, keep, capacity, ofSet.length)
      for (const i of ofSet) args.push(members[i], packMember(gains[i * GAIN_STRIDE + 1], gains[i * GAIN_STRIDE + 2]))
    }
  }
  return { names: [keys.marks(shard), ...gained.map(([entity]) => keys.row(entity)), ...setKeys], args }
}

function packNumbers({ numbers }: EntityIncrements): Buffer {
  const packed = Buffer.allocUnsafe((numbers.length / NUMBER_STRIDE) * 19)
  for (let i = 0, at = 0; i < numbers.length; i += NUMBER_STRIDE, at += 19) {
    packed.writeUInt8(numbers[i], at)
    packed.writeUInt16LE(numbers[i + 1], at + 1)
    packed.writeDoubleLE(numbers[i + 2], at + 3)
    packed.writeDoubleLE(numbers[i + 3], at + 11)
  }
  return packed
}

function packMember(epoch: number, gain: number): Buffer {
  const packed = Buffer.allocUnsafe(16)
  packed.writeDoubleLE(epoch, 0)
  packed.writeDoubleLE(gain, 8)
  return packed
}
