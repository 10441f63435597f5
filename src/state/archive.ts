import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LiverankError } from '../errors.ts'
import { readJournal } from './journal.ts'
import { LIVE_JOURNAL, segmentNumber } from './journal-folder.ts'
import { type LayoutEntry, type LogEntry, parseLogEntry } from './log-entry.ts'
import { compareLogIds } from './log-id.ts'
import { type PlacedLine, readSegment } from './segments.ts'

/** A log entry, and its place for messages. */
export interface PlacedEntry {
  readonly entry: LogEntry
  readonly where: string
}

const OF_PARTITION = /^p(\d{3,})-(\d+-\d+)--(\d+-\d+)\.jsonl\.gz$/

/** Name of the segment of a partition's log from one id to another, both included. */
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
 * Everything that archives hold, as one log: the order of each partition, and between partitions that of recording. The names of
 * the columns stand before whatever refers to them, so that the stream can be restored, or learned from, like a journal.
 * @param folders archives of Redis or of the embedded store, and DATA_DIR for what is not in the archive yet
 * @throws LiverankError DAMAGED_LOG naming the segment, and the line within it, that is broken or missing
 */
export async function* readArchive(...folders: readonly string[]): AsyncGenerator<PlacedEntry> {
  const lanes: Lane[] = []
  for (const entries of await lanesOf(folders)) {
    const lane: Lane = {
      entries,
      next: { entry: { kind: 'layout', format: 1, names: { item: [], attribute: [] } }, where: '' },
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
    const names = JSON.stringify(lane.layout)
    if (lane.layout && names !== layout) {
      layout = names
      yield { entry: lane.layout, where: next.where }
    }
    yield next
    if (!(await advance(lane))) lanes.splice(earliest, 1)
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

/** ms at which an entry was recorded. */
function timeOf(entry: LogEntry): number {
  if (entry.kind === 'events') return entry.recordedAt
  return entry.kind === 'layout' ? 0 : entry.at
}

interface Segment {
  readonly path: string
  readonly first: string
  readonly last: string
}

async function lanesOf(folders: readonly string[]): Promise<AsyncGenerator<PlacedEntry>[]> {
  const partitions = new Map<number, Segment[]>()
  const journal = new Map<number, string>()
  let live: string | undefined
  for (const folder of folders) {
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name)
      const [, partition, first, last] = OF_PARTITION.exec(name) ?? []
      const number = segmentNumber(name)
      if (number !== undefined) journal.set(number, path)
      else if (partition !== undefined) {
        const segments = partitions.get(Number(partition)) ?? []
        partitions.set(Number(partition), segments)
        // Folders of several replicas may hold the same segment.
        if (!segments.some((held) => held.first === first && held.last === last)) segments.push({ path, first, last })
      } else if (name === LIVE_JOURNAL) live = path
    }
  }
  const lanes = [...partitions.values()].map((segments) => entriesOf(ordered(segments)))
  if (journal.size > 0 || live !== undefined) lanes.push(journalEntries(journal, live))
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
      `${before.path} and ${segment.path} hold the same entries, from ${segment.first} on. They are archives of two stores: read each by itself.`,
    )
  }
  return segments.map(({ path }) => path)
}

async function* entriesOf(paths: readonly string[]): AsyncGenerator<PlacedEntry> {
  for (const path of paths) yield* parsed(readSegment(path), path)
}

async function* journalEntries(segments: ReadonlyMap<number, string>, live: string | undefined): AsyncGenerator<PlacedEntry> {
  const numbers = [...segments.keys()].sort((a, b) => a - b)
  const missing = numbers.find((number, i) => i > 0 && number !== numbers[i - 1] + 1)
  if (missing !== undefined) {
    const [before, after] = [numbers[numbers.indexOf(missing) - 1], missing]
    throw new LiverankError(
      'DAMAGED_LOG',
      `Between ${segments.get(before)} and ${segments.get(after)} segments are missing: put them back from a copy, or name their folder too.`,
    )
  }
  yield* entriesOf(numbers.map((number) => segments.get(number)!))
  if (live !== undefined && existsSync(live)) yield* parsed(readJournal(live, undefined), live)
}

async function* parsed(lines: AsyncIterable<PlacedLine>, path: string): AsyncGenerator<PlacedEntry> {
  let hasLayout = false
  for await (const { line, where } of lines) {
    const entry = parseLogEntry(line, where)
    hasLayout ||= entry.kind === 'layout'
    if (!hasLayout) throw new LiverankError('DAMAGED_LOG', `${where}: the start of ${path} is missing: put it back from a copy.`)
    yield { entry, where }
  }
}
