import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LiverankError } from '../../errors.ts'
import { writeWhole } from '../durable-file.ts'
import type { Subject } from '../subject.ts'
import { PACKED, type PlacedLine, pack, readSegment } from './compressed-segments.ts'
import type { LogEntry } from './entry.ts'
import { namedIds } from './named-ids.ts'
import { parseLogEntry } from './parse-entry.ts'
import { logIdOf, withLogId } from './redis-entry-line.ts'
import type { SegmentIds } from './segment-ids.ts'

/** Removes the entries of some users and lists from a log. Their additions to shared sums stay, without a name. */
export class Erasure {
  readonly #users: ReadonlySet<string>
  readonly #lists: ReadonlySet<string>
  /** The ids as they stand in JSON: a line without any of them need not be parsed. */
  readonly #quoted: ReadonlySet<string>
  /** How many entries went, by kind and id of their subject. */
  readonly #erased = new Map<string, number>()

  constructor(subjects: readonly Subject[]) {
    const ids = (kind: Subject['kind']) => subjects.filter((subject) => subject.kind === kind).map(({ id }) => id)
    this.#users = new Set(ids('user'))
    this.#lists = new Set(ids('list'))
    this.#quoted = new Set([...this.#users, ...this.#lists].map((id) => JSON.stringify(id)))
  }

  /** Returns whether a line, or a slate in JSON, names one of the ids. */
  concerns(line: string): boolean {
    for (const quoted of namedIds(line)) if (this.#quoted.has(quoted)) return true
    return false
  }

  erasesSubject({ kind, id }: Subject): boolean {
    return kind === 'user' ? this.#users.has(id) : kind === 'list' && this.#lists.has(id)
  }

  erases(entry: LogEntry): boolean {
    return this.#subjectOf(entry) !== undefined
  }

  /** Returns the number of entries of these subjects removed so far. */
  countOf(subjects: readonly Subject[]): number {
    return subjects.reduce((sum, subject) => sum + (this.#erased.get(keyOf(subject)) ?? 0), 0)
  }

  /** The subject of an entry, if it is erased. */
  #subjectOf(entry: LogEntry): Subject | undefined {
    const subject = subjectOf(entry)
    return subject && this.erasesSubject(subject) ? subject : undefined
  }

  /** Returns the line that remains of an erased entry; undefined for none. */
  rest(entry: LogEntry): string | undefined {
    if (entry.kind !== 'events' || entry.increments.length === 0) return undefined
    return JSON.stringify({ kind: 'sums', at: entry.recordedAt, increments: entry.increments } satisfies LogEntry)
  }

  /** Returns whether any line of a packed segment must be removed. */
  async isInPacked(path: string, ids: SegmentIds): Promise<boolean> {
    return (await ids.mayName(path, this.#quoted)) && (await this.isIn(readSegment(path)))
  }

  /** Returns whether any of the lines must be removed. Stops at the first one. */
  async isIn(lines: AsyncIterable<PlacedLine>): Promise<boolean> {
    for await (const { line, where } of lines) if (this.erased(line, where)) return true
    return false
  }

  /** Counts the entries of a segment that is deleted as a whole. */
  async countSegment(path: string): Promise<void> {
    for await (const { line, where } of readSegment(path)) {
      const entry = this.erased(line, where)
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
    const subject = this.#subjectOf(entry)
    if (!subject || entry.kind === 'erase' || (entry.kind === 'merge' && entry.step === 'erasing')) return
    this.#erased.set(keyOf(subject), (this.#erased.get(keyOf(subject)) ?? 0) + 1)
  }

  /**
   * Returns the entry of a line that must be removed; undefined if the line stays. An unreadable line that names one of the ids is
   * removed as a whole ('poisoned'), because its owner is unknown. Increments that cannot be added are removed too.
   */
  erased(line: string, where: string): LogEntry | 'poisoned' | undefined {
    if (!this.concerns(line)) return undefined
    try {
      const entry = parseLogEntry(line, where, () => {})
      return this.erases(entry) ? entry : undefined
    } catch (error) {
      if (error instanceof LiverankError) return 'poisoned'
      throw error
    }
  }

  async *#remaining(path: string, gone: LogEntry[]): AsyncGenerator<string> {
    for await (const { line, where } of readSegment(path)) {
      const entry = this.erased(line, where)
      if (entry === undefined) {
        yield `${line}\n`
        continue
      }
      if (entry === 'poisoned') continue
      gone.push(entry)
      const kept = this.rest(entry)
      const id = logIdOf(line)
      if (kept !== undefined) yield `${id === undefined ? kept : withLogId(kept, id)}\n`
    }
  }
}

/** Returns the paths of the packed segments of an archive. */
export async function packedSegments(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith(`.jsonl${PACKED}`)).map((name) => join(folder, name))
}

/** Whose entry it is. */
function subjectOf(entry: LogEntry): Subject | undefined {
  switch (entry.kind) {
    case 'events':
    case 'slate':
      return { kind: 'user', id: entry.userId }
    case 'merge':
      // Of the user whose value it changes. Whoever else it names is one person with that user, or begins anew after the erasure.
      return { kind: 'user', id: entry.id }
    case 'user':
    case 'list':
      return { kind: entry.kind, id: entry.id }
    case 'erase':
      return { kind: entry.of, id: entry.id }
    default:
      return undefined
  }
}

function keyOf({ kind, id }: Subject): string {
  return `${kind} ${id}`
}
