import { createReadStream, existsSync } from 'node:fs'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { LiverankError, OtherFormatError } from '../../errors.ts'
import { invariant } from '../../invariant.ts'
import { makeFolder, syncDirectory, UNFINISHED, writeWhole } from '../durable-file.ts'
import { PACKED, pack } from '../log/compressed-segments.ts'
import { LIVE_JOURNAL, segmentNumbers, snapshotNumbers } from '../log/journal-names.ts'
import type { SlotLayout } from '../slots.ts'
import { MemoryContents } from './memory-contents.ts'
import { readSnapshot } from './snapshot-file.ts'

/** Damaged files that a start has set aside. */
const ASIDE = /^(?:journal\.jsonl\.torn-\d+|snapshot-\d+\.broken)$/

function padded(number: number): string {
  return String(number).padStart(6, '0')
}

/** Recovered state, and the segments that must still be applied to it, in order. */
export interface Recovered {
  readonly contents: MemoryContents
  /** Time of the snapshot on the clock of features, in ms; undefined without a snapshot. */
  readonly now: number | undefined
  /** Paths of the closed segments to apply. */
  readonly segments: readonly string[]
}

/**
 * The folder of an embedded store: the live journal, closed segments 1, 2, …, and snapshots, each named after the last segment that
 * it contains. The folder keeps the newest snapshots, and all segments after the oldest of them. Earlier segments move to the
 * archive.
 */
export class JournalFolder {
  readonly path: string
  /** Folder of the archive; if undefined, segments that are no longer needed are deleted. */
  readonly archive: string | undefined
  #segments: number[] = []
  #snapshots: number[] = []
  #last = 0
  /** Unfinished files that the start could not remove. */
  readonly #leftovers: string[] = []

  private constructor(path: string, archive: string | undefined) {
    this.path = path
    this.archive = archive
  }

  /** Opens the folder, and removes unfinished files that a crash left. @param warn hears of those that cannot be removed */
  static async open(path: string, archive: string | undefined, warn: (message: string) => void): Promise<JournalFolder> {
    const folder = new JournalFolder(path, archive)
    const names = await readdir(path)
    for (const name of names) if (name.endsWith(UNFINISHED)) await folder.#removeLeftover(join(path, name), warn)
    folder.#segments = segmentNumbers(names)
    folder.#snapshots = snapshotNumbers(names)
    const inArchive = archive !== undefined && existsSync(archive) ? await readdir(archive) : []
    for (const name of inArchive) {
      if (archive !== undefined && name.startsWith('journal-') && name.endsWith(UNFINISHED))
        await folder.#removeLeftover(join(archive, name), warn)
    }
    const archived = segmentNumbers(inArchive)
    folder.#last = Math.max(0, ...folder.#segments, ...folder.#snapshots, ...archived)
    return folder
  }

  async #removeLeftover(path: string, warn: (message: string) => void): Promise<void> {
    try {
      await rm(path, { force: true })
    } catch (error) {
      this.#leftovers.push(path)
      warn(`The unfinished file ${path} cannot be removed (${(error as Error).message}): remove it by hand. The start continues.`)
    }
  }

  /** Number of the last closed segment; 0 for none. */
  get last(): number {
    return this.#last
  }

  get livePath(): string {
    return join(this.path, LIVE_JOURNAL)
  }

  segmentPath(number: number): string {
    return join(this.path, `journal-${padded(number)}.jsonl`)
  }

  snapshotPath(number: number): string {
    return join(this.path, `snapshot-${padded(number)}`)
  }

  /**
   * Reads the newest complete snapshot. A broken snapshot is set aside, and the one before it is used, or none, if the segments
   * after that are still here or in the archive.
   * @param lateness time for which an event id stays known, in ms
   * @throws LiverankError DAMAGED_LOG if too much is missing, LAYOUT_MISMATCH if another version wrote the snapshot
   */
  async recover(layout: SlotLayout, lateness: number, warn: (message: string) => void): Promise<Recovered> {
    const broken: string[] = []
    while (this.#snapshots.length > 0) {
      const number = this.#snapshots[this.#snapshots.length - 1]
      const path = this.snapshotPath(number)
      const read = await readSnapshot(path, layout, lateness).catch((error: LiverankError) => error)
      if (read instanceof OtherFormatError) throw read
      if (!(read instanceof Error)) return { ...read, segments: this.#segmentsBehind(number, broken) }
      broken.push(read.message)
      // Known to be possible before anything is changed: whoever mends the folder finds it as it was.
      this.#segmentsBehind(this.#snapshots.at(-2) ?? 0, broken)
      await rename(path, `${path}.broken`)
      warn(`${read.message}. Set aside as ${path}.broken; the start continues from the state before it.`)
      this.#snapshots.pop()
    }
    return { contents: new MemoryContents(layout, lateness), now: undefined, segments: this.#segmentsBehind(0, broken) }
  }

  /** Returns the paths of all snapshots in the folder, including those that are no longer needed. */
  async snapshotPaths(): Promise<string[]> {
    return snapshotNumbers(await readdir(this.path)).map((number) => this.snapshotPath(number))
  }

  /** Returns the paths of damaged files that a start set aside, and of unfinished files that it could not remove. */
  async asides(): Promise<string[]> {
    const damaged = (await readdir(this.path)).filter((name) => ASIDE.test(name)).map((name) => join(this.path, name))
    return [...damaged, ...this.#leftovers.filter(existsSync)]
  }

  /** Removes these files. @throws Error if one cannot be removed */
  async removeAsides(): Promise<void> {
    for (const path of await this.asides()) await rm(path, { force: true })
    await this.keepDeletions()
  }

  /** Makes deletions durable: after it, no file deleted so far can come back through a loss of power. */
  async keepDeletions(): Promise<void> {
    await syncDirectory(this.path)
  }

  /** Returns the paths of closed segments in the folder, oldest first. */
  segmentPaths(): string[] {
    return this.#segments.map((number) => this.segmentPath(number))
  }

  /** Notes that the live journal has become the segment with this number. */
  closed(number: number): void {
    invariant(
      number === this.#last + 1,
      'SEGMENTS_DO_NOT_ABUT',
      `segment ${number} of ${this.path} was closed right after segment ${this.#last}`,
    )
    this.#segments.push(number)
    this.#last = number
  }

  /**
   * Keeps a new snapshot. Removes files that the kept snapshots make unnecessary.
   * @param snapshots number of snapshots that the folder keeps, with the new one
   */
  async keep(number: number, snapshots: number, signal: AbortSignal): Promise<void> {
    invariant(
      number === this.#last,
      'SNAPSHOT_BEHIND',
      `snapshot ${number} of ${this.path} does not end with segment ${this.#last}`,
    )
    this.#snapshots = [...this.#snapshots, number].slice(-snapshots)
    // As the folder has them: one that got its name may have failed behind that.
    for (const path of await this.snapshotPaths()) {
      if (!this.#snapshots.some((kept) => this.snapshotPath(kept) === path)) await rm(path, { force: true })
    }
    const [oldest] = this.#snapshots
    if (this.#snapshots.length < snapshots) return
    for (const old of this.#segments.filter((segment) => segment <= oldest)) {
      if (this.archive !== undefined) await copyToArchive(this.segmentPath(old), this.archive, signal)
      await rm(this.segmentPath(old))
      this.#segments = this.#segments.filter((segment) => segment !== old)
    }
  }

  #segmentsBehind(number: number, broken: readonly string[]): string[] {
    const paths: string[] = []
    const missing: number[] = []
    for (let segment = number + 1; segment <= this.#last; segment++) {
      const path = this.segmentPath(segment)
      const places = this.archive === undefined ? [path] : [path, archivedPath(path, this.archive)]
      const found = places.find((place) => existsSync(place))
      if (found === undefined) missing.push(segment)
      else paths.push(found)
    }
    if (missing.length === 0) return paths
    const names = missing.map((segment) => `journal-${padded(segment)}.jsonl`).join(', ')
    const places = this.archive === undefined ? this.path : `${this.path} or, packed, in ${this.archive}`
    throw new LiverankError(
      'DAMAGED_LOG',
      `${[...broken, `${this.path} cannot be read back`].join('. ')}: ${names} must be in ${places}. Restore them, or restore the whole folder from a copy. To start without the recorded data, move the folder${this.archive === undefined ? '' : ' and the archive'} away.`,
    )
  }
}

function archivedPath(segment: string, archive: string): string {
  return join(archive, `${segment.slice(segment.lastIndexOf('/') + 1)}${PACKED}`)
}

/** @throws Error when the archive holds another segment of this name */
async function copyToArchive(segment: string, archive: string, signal: AbortSignal): Promise<void> {
  const target = archivedPath(segment, archive)
  if (existsSync(target)) {
    if (await holds(target, segment)) return
    throw new Error(`${target} belongs to another store, so ${segment} is not archived. Give each store its own ARCHIVE_DIR.`)
  }
  const made = await makeFolder(archive)
  if (made !== undefined) await syncDirectory(dirname(made))
  await writeWhole(target, (file) => pack(createReadStream(segment, { highWaterMark: 2 ** 18 }), file, signal))
}

/** Whether a packed file holds what the other file does, by the checksum and length that gzip puts at its end. */
async function holds(packed: string, path: string): Promise<boolean> {
  const file = await open(packed)
  try {
    const { size } = await file.stat()
    const trailer = Buffer.alloc(8)
    await file.read(trailer, 0, 8, Math.max(0, size - 8))
    let checksum = 0
    let length = 0
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      checksum = crc32(chunk, checksum)
      length += chunk.length
    }
    return trailer.readUInt32LE(0) === checksum && trailer.readUInt32LE(4) === length % 2 ** 32
  } finally {
    await file.close()
  }
}
