import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { LiverankError } from '../errors.ts'
import { syncDirectory } from '../state/durable-file.ts'
import { type Archive, type PlacedEntry, partitionSegmentName } from '../state/log/archive.ts'
import { PACKED, pack } from '../state/log/compressed-segments.ts'

/** What an export contains. It is also written beside the log, as `export.json`. */
export interface ExportSummary {
  /** Number of log entries, without those that name columns. */
  entries: number
  events: number
  /** Time at which the first event was recorded, in ms; undefined without events. `to` is that of the last event. */
  from: number | undefined
  to: number | undefined
  /** Messages about broken lines, which are left out. */
  readonly broken: string[]
}

/** The log to export, and how to follow and abort its export. */
export interface ExportTask {
  readonly archive: Archive
  /** Called with the number of entries written so far. */
  readonly onProgress: (entries: number) => void
  readonly signal: AbortSignal
}

/** File of the summary. */
const SUMMARY_FILE = 'export.json'
const JOURNAL_FILE = `journal-000001.jsonl${PACKED}`

/**
 * Writes a log into a new folder, in the form that `liverank import` and `liverank train` read: one gzip file per partition of
 * Redis, or one for the journal of an embedded store. The folder appears when it is complete.
 * @throws Error if the folder cannot be written, or the signal aborts; nothing is left behind then
 */
export async function exportToFolder(folder: string, task: ExportTask): Promise<ExportSummary> {
  const parent = dirname(resolve(folder))
  const unfinished = `${resolve(folder)}.unfinished-${process.pid}`
  await mkdir(unfinished, { recursive: true })
  try {
    const summary = newSummary()
    for (const { partition, entries } of task.archive.lanes(({ message }) => void summary.broken.push(message)))
      await writeLane(unfinished, partition, counted(entries, summary, task))
    await writeFile(join(unfinished, SUMMARY_FILE), `${JSON.stringify({ format: 1, ...summary }, null, 2)}\n`)
    await syncDirectory(unfinished)
    await rename(unfinished, folder)
    await syncDirectory(parent)
    return summary
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

/** Writes a log as JSON lines. Entries of all partitions are merged in the order of recording. */
export async function exportToStream(target: Writable, task: ExportTask): Promise<ExportSummary> {
  const summary = newSummary()
  const entries = task.archive.entries(({ message }: LiverankError) => void summary.broken.push(message))
  await pipeline(Readable.from(linesOf(counted(entries, summary, task))), target, { end: false, signal: task.signal })
  return summary
}

function newSummary(): ExportSummary {
  return { entries: 0, events: 0, from: undefined, to: undefined, broken: [] }
}

async function* linesOf(entries: AsyncIterable<PlacedEntry>): AsyncGenerator<string> {
  for await (const { line } of entries) yield `${line}\n`
}

async function* counted(
  entries: AsyncIterable<PlacedEntry>,
  summary: ExportSummary,
  { onProgress, signal }: ExportTask,
): AsyncGenerator<PlacedEntry> {
  for await (const placed of entries) {
    signal.throwIfAborted()
    const { entry } = placed
    if (entry.kind === 'events') {
      summary.events += entry.events.length
      summary.from = Math.min(summary.from ?? entry.recordedAt, entry.recordedAt)
      summary.to = Math.max(summary.to ?? entry.recordedAt, entry.recordedAt)
    }
    if (entry.kind !== 'layout' && ++summary.entries % 1000 === 0) onProgress(summary.entries)
    yield placed
  }
}

/** One file; none for a partition without entries. */
async function writeLane(folder: string, partition: number | undefined, entries: AsyncIterable<PlacedEntry>): Promise<void> {
  const path = join(folder, JOURNAL_FILE)
  let first: string | undefined
  let last: string | undefined
  async function* lines(): AsyncGenerator<string> {
    for await (const { line, logId } of entries) {
      first ??= logId
      last = logId ?? last
      yield `${line}\n`
    }
  }
  const file = await open(path, 'wx')
  try {
    await pack(lines(), file)
    await file.sync()
  } finally {
    await file.close()
  }
  if (partition === undefined) return
  if (first === undefined || last === undefined) await rm(path)
  else await rename(path, join(folder, partitionSegmentName(partition, first, last)))
}
