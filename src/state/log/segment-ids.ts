import { stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import type { CountBytes } from '../erasure-outcome.ts'
import { namedIds } from '../owned-entries.ts'
import { readSegment } from './compressed-segments.ts'

/** Most memory that is kept, in bytes: four for each id that a segment names. */
const MOST_BYTES = 2 ** 26

/**
 * An index of the ids in the packed segments of an archive, as hashes. With it, a segment is read once and not for each erasure.
 */
export class SegmentIds {
  /** Hashes in ascending order, by path and by what tells a file from another one that takes its place. */
  readonly #hashes = new LRUCache<string, Uint32Array>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ byteLength }) => byteLength + 1,
  })

  /**
   * Whether a segment may name one of the ids: seldom true of one that does not.
   * @param quoted ids in JSON, with their quotes
   * @param count told about the characters of each line, if the segment must be read; ignored if absent
   * @throws LiverankError DAMAGED_LOG naming the line where it cannot be read
   */
  async mayName(path: string, quoted: ReadonlySet<string>, count: CountBytes = () => {}): Promise<boolean> {
    const { ino, size, mtimeMs } = await stat(path)
    const file = `${path} ${ino} ${size} ${mtimeMs}`
    const hashes = this.#hashes.get(file) ?? (await this.#read(path, file, count))
    for (const id of quoted) if (isIn(hashes, crc32(id))) return true
    return false
  }

  async #read(path: string, file: string, count: CountBytes): Promise<Uint32Array> {
    const found = new Set<number>()
    for await (const { line } of readSegment(path)) {
      count(line.length)
      for (const id of namedIds(line)) found.add(crc32(id))
    }
    const hashes = Uint32Array.from(found).sort()
    this.#hashes.set(file, hashes)
    return hashes
  }
}

function isIn(ascending: Uint32Array, hash: number): boolean {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] < hash) low = middle + 1
    else high = middle
  }
  return ascending[low] === hash
}
