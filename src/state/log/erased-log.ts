import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { LiverankError } from '../../errors.ts'
import { writeWhole } from '../durable-file.ts'
import type { Subject } from '../subject.ts'
import { type LogEntry, parseLogEntry } from './entry.ts'
import { logIdOf, withLogId } from './line.ts'
import { isTextInSegment, PACKED, type PlacedLine, pack, readSegment } from './segments.ts'

/** Every id in a log entry by which the entry can belong to someone, as it stands in JSON. */
const IDS = /"(?:userId|id)":("(?:[^"\\]|\\.)*")/g

/** Ids that are looked for one by one in the text of a segment; with more of them it is faster to read its lines. */
const FEW = 32

/** Takes entries of some users and lists out of a log. What the entries had added to shared sums stays, under no name. */
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

  /** Whether a line, or a slate in JSON, names one of the ids. */
  concerns(line: string): boolean {
    for (const [, quoted] of line.matchAll(IDS)) if (this.#quoted.has(quoted)) return true
    return false
  }

  erasesSubject({ kind, id }: Subject): boolean {
    return kind === 'user' ? this.#users.has(id) : kind === 'list' && this.#lists.has(id)
  }

  erases(entry: LogEntry): boolean {
    return this.#subjectOf(entry) !== undefined
  }

  /** How many entries of these subjects went until now. */
  countOf(subjects: readonly Subject[]): number {
    return subjects.reduce((sum, subject) => sum + (this.#erased.get(keyOf(subject)) ?? 0), 0)
  }

  /** The subject of an entry, if it is erased. */
  #subjectOf(entry: LogEntry): Subject | undefined {
    const subject = subjectOf(entry)
    return subject && this.erasesSubject(subject) ? subject : undefined
  }

  /** What stays of an entry that is erased, as a line; undefined for nothing. */
  rest(entry: LogEntry): string | undefined {
    if (entry.kind !== 'events' || entry.increments.length === 0) return undefined
    return JSON.stringify({ kind: 'sums', at: entry.recordedAt, increments: entry.increments } satisfies LogEntry)
  }

  /** Whether any line of a closed segment would go. */
  async isInSegment(path: string): Promise<boolean> {
    const mayBeIn = this.#quoted.size > FEW || (await this.#isTextIn(path))
    return mayBeIn && (await this.isIn(readSegment(path)))
  }

  /** A segment that cannot be read to its end is left to whoever reads its lines, and says where. */
  async #isTextIn(path: string): Promise<boolean> {
    const texts = Array.from(this.#quoted, (quoted) => Buffer.from(quoted))
    try {
      return texts.length > 0 && (await isTextInSegment(path, texts))
    } catch {
      return true
    }
  }

  /** Whether any of the lines would go. Reads no further than the first one. */
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
   * Takes the entries out of the packed segments of an archive. Each segment is replaced whole, or stays as it was.
   * @param searched segments that have none of these entries any more, and are left out; gets those that are searched now
   * @returns how many entries went
   */
  async fromArchive(folder: string, searched: Set<string> = new Set()): Promise<number> {
    let erased = 0
    for (const path of await packedSegments(folder)) {
      if (searched.has(path)) continue
      searched.add(path)
      if (!(await this.isInSegment(path))) continue
      const gone: LogEntry[] = []
      await writeWhole(path, (file) => pack(this.#remaining(path, gone), file))
      for (const entry of gone) erased += this.count(entry)
    }
    return erased
  }

  /** Counts an entry that went. One that an erasure wrote itself counts for nothing. @returns how many it counts for */
  count(entry: LogEntry): number {
    const subject = this.#subjectOf(entry)
    if (!subject || entry.kind === 'erase' || (entry.kind === 'merge' && entry.step === 'erasing')) return 0
    this.#erased.set(keyOf(subject), (this.#erased.get(keyOf(subject)) ?? 0) + 1)
    return 1
  }

  /**
   * The entry of a line that goes; undefined for a line that stays. A line that names one of the ids and cannot be read goes whole:
   * nobody can tell whose it is. Increments that cannot be added go too.
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

/** Paths of the packed segments of an archive. */
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
