import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { LiverankError } from '../../errors.ts'
import type { LayoutEntry, LogEntry, PlacedLine, SlateEntry } from '../log-entry.ts'
import { parseLogEntry } from '../parse-log-entry.ts'
import { readSegment } from './compressed-segments.ts'
import { compareLogIds } from './id.ts'
import { LIVE_JOURNAL, segmentNumber } from './journal-names.ts'
import { readJournal } from './read-journal.ts'
import { logIdOf } from './redis-entry-line.ts'

/** A log entry with its place, for messages. */
export interface PlacedEntry {
  readonly entry: LogEntry
  /** The entry as logged: one line of JSON. */
  readonly line: string
  readonly where: string
  /** Id of the entry in the log of its partition; absent for entries of an embedded store. */
  readonly logId?: string
}

const OF_PARTITION = /^p(\d{3,})-(\d+-\d+)--(\d+-\d+)\.jsonl\.gz$/

/** Returns whether a file name is that of an archived segment of a partition's log. */
export function isArchived(name: string): boolean {
  return OF_PARTITION.test(name)
}

/** Returns the range of a partition's log that an archive file holds, from its name; undefined for other files. */
export function archivedStretch(name: string): { partition: number; first: string; last: string } | undefined {
  const [, partition, first, last] = OF_PARTITION.exec(name) ?? []
  return partition === undefined ? undefined : { partition: Number(partition), first, last }
}

/** Returns the file name of the segment with a partition's log entries from `first` to `last`, both included. */
export function partitionSegmentName(partition: number, first: string, last: string): string {
  return `p${String(partition).padStart(3, '0')}-${first}--${last}.jsonl.gz`
}

/** One log in the order in which it was written. */
interface Lane {
  readonly entries: AsyncIterator<PlacedEntry>
  next: PlacedEntry
  layout: LayoutEntry | undefined
}

/**
 * Yields the entries of all archives as one log. Entries of a partition keep their order; partitions are merged by time of
 * recording. Column names come before all entries that refer to them, so that the stream can be restored, or used for training,
 * like a journal.
 * @param folders archives of Redis or of the embedded store; add DATA_DIR for the part that is not archived yet
 * @throws LiverankError DAMAGED_LOG naming the segment, and the line in it, that is broken; or the segments of a journal,
 * or segments of a Redis log, between which one is missing
 */
export async function* readArchive(...folders: readonly string[]): AsyncGenerator<PlacedEntry> {
  yield* (await Archive.open(folders)).entries()
}

/** Archives as found when they were opened. Later additions are not included, so the archives can be read several times. */
export class Archive {
  readonly #lanes: readonly LaneFiles[]

  private constructor(lanes: readonly LaneFiles[]) {
    this.#lanes = lanes
  }

  /**
   * Opens archives.
   * @param behind number of the closed journal segment after which to begin; 0 for all
   * @throws LiverankError DAMAGED_LOG if journal segments are missing, or two segments of Redis hold the same entries
   */
  static async open(folders: readonly string[], behind = 0): Promise<Archive> {
    return new Archive(await lanesOf(folders, behind))
  }

  get isEmpty(): boolean {
    return this.#lanes.length === 0
  }

  /** Logs of Redis by partition, each in its own order. */
  get partitions(): ReadonlyMap<number, () => AsyncGenerator<PlacedEntry>> {
    const partitions = new Map<number, () => AsyncGenerator<PlacedEntry>>()
    for (const files of this.#lanes) {
      // `entries` reports poisoned entries.
      if (files.partition !== undefined) partitions.set(files.partition, () => entriesOf(files, () => {}))
    }
    return partitions
  }

  /** Returns each log separately: one per partition of Redis, and the journal of an embedded store, which has no partition. */
  lanes(
    onBroken: (error: LiverankError) => void,
  ): readonly { readonly partition: number | undefined; readonly entries: AsyncGenerator<PlacedEntry> }[] {
    return this.#lanes.map((files) => ({ partition: files.partition, entries: entriesOf(files, onBroken) }))
  }

  /**
   * Yields the entries as `readArchive` does.
   * @param onBroken called for each line that is no entry, and for increments that cannot be added; both are left out. If absent,
   * an error is thrown for them
   */
  async *entries(onBroken?: (error: LiverankError) => void): AsyncGenerator<PlacedEntry> {
    const lanes: Lane[] = []
    for (const files of this.#lanes) {
      const lane: Lane = {
        entries: entriesOf(files, onBroken),
        next: { entry: { kind: 'layout', format: 1, names: { item: [], attribute: [] } }, line: '', where: '' },
        layout: undefined,
      }
      if (await advance(lane)) lanes.push(lane)
    }
    let layout: string | undefined
    while (lanes.length > 0) {
      let earliest = 0
      for (let i = 1; i < lanes.length; i++) if (timeOf(lanes[i].next.entry) < timeOf(lanes[earliest].next.entry)) earliest = i
      const lane = lanes[earliest]
      const { next } = lane
      const names = JSON.stringify(lane.layout) ?? ''
      if (lane.layout && names !== layout) {
        layout = names
        yield { entry: lane.layout, line: names, where: next.where }
      }
      yield next
      if (!(await advance(lane))) lanes.splice(earliest, 1)
    }
  }
}

/** @returns false at the end of the lane */
async function advance(lane: Lane): Promise<boolean> {
  for (;;) {
    const { done, value } = await lane.entries.next()
    if (done) return false
    if (value.entry.kind !== 'layout') {
      lane.next = value
      return true
    }
    lane.layout = value.entry
  }
}

/** Returns when an entry was recorded, in ms of the clock of features; 0 for a layout. */
export function timeOf(entry: LogEntry): number {
  if (entry.kind === 'events') return entry.recordedAt
  if (entry.kind === 'slate') return generatedAt(entry)
  return entry.kind === 'layout' ? 0 : entry.at
}

interface Segment {
  readonly path: string
  readonly first: string
  readonly last: string
}

/** What is kept of a slate is dated by the clock of the machine; the slate itself, by that of its features. */
function generatedAt({ slate, at }: SlateEntry): number {
  return 'generatedAt' in slate && typeof slate.generatedAt === 'number' ? slate.generatedAt : at
}

/** The files of one log, in order, and the one that is still being written. */
interface LaneFiles {
  /** Of a log of Redis. */
  readonly partition: number | undefined
  readonly segments: readonly string[]
  readonly live: string | undefined
}

async function lanesOf(folders: readonly string[], behind: number): Promise<LaneFiles[]> {
  const partitions = new Map<number, Segment[]>()
  const journal = new Map<number, string>()
  let live: string | undefined
  for (const folder of folders) {
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name)
      const stretch = archivedStretch(name)
      const number = segmentNumber(name)
      if (number !== undefined) {
        if (number > behind) journal.set(number, path)
      } else if (stretch !== undefined) {
        const { partition, first, last } = stretch
        const segments = partitions.get(partition) ?? []
        partitions.set(partition, segments)
        // Folders of several replicas may hold the same segment.
        if (!segments.some((held) => held.first === first && held.last === last)) segments.push({ path, first, last })
      } else if (name === LIVE_JOURNAL) live = path
    }
  }
  const lanes: LaneFiles[] = Array.from(partitions, ([partition, segments]) => ({
    partition,
    segments: ordered(segments),
    live: undefined,
  }))
  if (journal.size > 0 || live !== undefined) lanes.push({ partition: undefined, segments: contiguous(journal), live })
  return lanes
}

/** @throws LiverankError DAMAGED_LOG when two segments hold the same entries */
function ordered(segments: Segment[]): string[] {
  segments.sort((a, b) => compareLogIds(a.first, b.first))
  for (let i = 1; i < segments.length; i++) {
    const [before, segment] = [segments[i - 1], segments[i]]
    if (compareLogIds(segment.first, before.last) > 0) continue
    throw new LiverankError(
      'DAMAGED_LOG',
      `${before.path} and ${segment.path} hold the same entries, from ${segment.first} on. They are archives of two stores: read each separately.`,
    )
  }
  return segments.map(({ path }) => path)
}

/** @throws LiverankError DAMAGED_LOG when one is missing */
function contiguous(segments: ReadonlyMap<number, string>): string[] {
  const numbers = [...segments.keys()].sort((a, b) => a - b)
  const missing = numbers.find((number, i) => i > 0 && number !== numbers[i - 1] + 1)
  if (missing !== undefined) {
    const [before, after] = [numbers[numbers.indexOf(missing) - 1], missing]
    throw missingBetween(segments.get(before)!, segments.get(after)!)
  }
  return numbers.map((number) => segments.get(number)!)
}

function missingBetween(before: string, after: string): LiverankError {
  return new LiverankError(
    'DAMAGED_LOG',
    `Segments are missing between ${before} and ${after}: restore them from a copy, or also name the folder that holds them.`,
  )
}

async function* entriesOf(
  { segments, live }: LaneFiles,
  onBroken: ((error: LiverankError) => void) | undefined,
): AsyncGenerator<PlacedEntry> {
  let before: string | undefined
  for (const path of segments) {
    yield* parsed(readSegment(path), { path, before }, onBroken)
    before = path
  }
  if (live !== undefined && existsSync(live))
    yield* parsed(readJournal(live, undefined), { path: live, before: undefined }, onBroken)
}

/**
 * @param after id of the last entry that was archived before the segment at `path`
 * @throws LiverankError DAMAGED_LOG when the segment `before` does not reach up to it
 */
function expectNext(before: string, path: string, after: string): void {
  const stretch = archivedStretch(basename(before))
  if (stretch && compareLogIds(after, stretch.last) > 0) throw missingBetween(before, path)
}

async function* parsed(
  lines: AsyncIterable<PlacedLine>,
  { path, before }: { readonly path: string; readonly before: string | undefined },
  onBroken: ((error: LiverankError) => void) | undefined,
): AsyncGenerator<PlacedEntry> {
  let hasLayout = false
  for await (const { line, where } of lines) {
    let entry: LogEntry
    try {
      entry = parseLogEntry(line, where, onBroken)
    } catch (error) {
      if (!onBroken || !(error instanceof LiverankError)) throw error
      onBroken(error)
      continue
    }
    if (entry.kind === 'layout') {
      const { after, ...layout } = entry
      if (!hasLayout && before !== undefined && after !== undefined) expectNext(before, path, after)
      entry = layout
      hasLayout = true
    }
    if (!hasLayout)
      throw new LiverankError('DAMAGED_LOG', `${where}: the start of ${path} is missing. Restore the file from a copy.`)
    const logId = logIdOf(line)
    yield { entry, line, where, ...(logId !== undefined && { logId }) }
  }
}
