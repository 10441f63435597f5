import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Turns } from '../../turns.ts'
import { writeWhole } from '../durable-file.ts'
import type { CountBytes } from '../erasure-outcome.ts'
import type { LogEntry, PlacedLine, SumsEntry } from '../log-entry.ts'
import { OwnedEntries } from '../owned-entries.ts'
import type { Subject } from '../subject.ts'
import { timeOf } from './archive.ts'
import { PACKED, pack, readSegment } from './compressed-segments.ts'
import { logIdOf, withLogId } from './redis-entry-line.ts'
import type { SegmentIds } from './segment-ids.ts'

/** Characters of a log that are read in one turn of the event loop. If they must all be removed, they take about 20 ms. */
const CHARACTERS_A_TURN = 2 ** 17

/** Removes the entries of some users and lists from a log. Their additions to shared sums stay, without a name. */
export class Erasure extends OwnedEntries {
  readonly #count: CountBytes
  readonly #turns = new Turns(CHARACTERS_A_TURN)
  /** How many entries went, by kind and id of their subject. */
  readonly #erased = new Map<string, number>()

  /** @param count told about the characters of each line that is read, and of each that is written */
  constructor(subjects: readonly Subject[], count: CountBytes) {
    super(subjects)
    this.#count = count
  }

  /** Returns the entry of a line that must be removed, as `entryIn` does. Counts the line, and serves other requests in between. */
  async entryOf({ line, where }: PlacedLine): Promise<LogEntry | 'poisoned' | undefined> {
    this.#count(line.length)
    await this.#turns.worked(line.length)
    return this.entryIn(line, where)
  }

  /** Returns the number of entries of these subjects removed so far. */
  countOf(subjects: readonly Subject[]): number {
    return subjects.reduce((sum, subject) => sum + (this.#erased.get(keyOf(subject)) ?? 0), 0)
  }

  /** Returns the line that remains of an erased entry; undefined for none. */
  rest(entry: LogEntry): string | undefined {
    const sums = sumsOf(entry)
    return sums && JSON.stringify(sums)
  }

  /** Returns whether any line of a packed segment must be removed. */
  async isInPacked(path: string, ids: SegmentIds): Promise<boolean> {
    return (await ids.mayName(path, this.quoted, this.#count)) && (await this.isIn(readSegment(path)))
  }

  /** Returns whether any of the lines must be removed. Stops at the first one. */
  async isIn(lines: AsyncIterable<PlacedLine>): Promise<boolean> {
    for await (const line of lines) if (await this.entryOf(line)) return true
    return false
  }

  /** Counts the entries of a segment that is deleted as a whole. */
  async countSegment(path: string): Promise<void> {
    for await (const line of readSegment(path)) {
      const entry = await this.entryOf(line)
      if (entry && entry !== 'poisoned') this.count(entry)
    }
  }

  /**
   * Removes the entries from the packed segments of an archive. Each segment is replaced as a whole, or stays unchanged.
   * @param ids which ids the segments name, as far as that is known
   */
  async fromArchive(folder: string, ids: SegmentIds): Promise<void> {
    for (const path of await packedSegments(folder)) {
      if (!(await this.isInPacked(path, ids))) continue
      const gone: LogEntry[] = []
      await writeWhole(path, (file) => pack(this.#remaining(path, gone), file))
      for (const entry of gone) this.count(entry)
    }
  }

  /** Counts a removed entry. Entries that an erasure wrote do not count. */
  count(entry: LogEntry): void {
    const subject = this.ownerOf(entry)
    if (!subject || entry.kind === 'erase' || (entry.kind === 'merge' && entry.step === 'erasing')) return
    this.#erased.set(keyOf(subject), (this.#erased.get(keyOf(subject)) ?? 0) + 1)
  }

  async *#remaining(path: string, gone: LogEntry[]): AsyncGenerator<string> {
    for await (const placed of readSegment(path)) {
      const { line } = placed
      const entry = await this.entryOf(placed)
      if (entry === undefined) {
        this.#count(line.length)
        yield `${line}\n`
        continue
      }
      if (entry === 'poisoned') continue
      gone.push(entry)
      const id = logIdOf(line)
      // Decisions of a journal say how many entries their state lacked: the number of its entries stays.
      const kept = this.rest(entry) ?? (id === undefined ? JSON.stringify(nothingOf(entry)) : undefined)
      if (kept !== undefined) yield `${id === undefined ? kept : withLogId(kept, id)}\n`
    }
  }
}

/** Returns what an entry of a user added to shared sums, without the user; undefined for nothing. */
function sumsOf(entry: LogEntry): SumsEntry | undefined {
  if (entry.kind !== 'events' && entry.kind !== 'merge') return undefined
  const { increments = [] } = entry
  return increments.length === 0 ? undefined : { ...nothingOf(entry), increments }
}

/** Returns an entry of the same time that adds nothing. */
function nothingOf(entry: LogEntry): SumsEntry {
  return { kind: 'sums', at: timeOf(entry), increments: [] }
}

/** Returns the paths of the packed segments of an archive, in the order of their names. */
export async function packedSegments(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const names = await readdir(folder)
  return names
    .filter((name) => name.endsWith(`.jsonl${PACKED}`))
    .sort()
    .map((name) => join(folder, name))
}

function keyOf({ kind, id }: Subject): string {
  return `${kind} ${id}`
}
