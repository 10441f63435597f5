import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from './durable-file.ts'
import { type LogEntry, PoisonedEntryError, parseLogEntry } from './log-entry.ts'
import { logIdOf, withLogId } from './log-line.ts'
import { PACKED, pack, readSegment } from './segments.ts'
import type { Subject } from './store.ts'

/** So many ids are sought one by one; of more, each text of a line is looked up. */
const FEW = 20
/** A text in JSON. */
const TEXT = /"(?:[^"\\]|\\.)*"/g

/** Whose entries go from a log. What they had added to shared sums stays, under no name. */
export class Erasure {
  readonly #users: ReadonlySet<string>
  readonly #lists: ReadonlySet<string>
  /** As the ids stand in JSON: a line without any of them need not be parsed. */
  readonly #quoted: ReadonlySet<string>

  constructor(subjects: readonly Subject[]) {
    const ids = (kind: Subject['kind']) => subjects.filter((subject) => subject.kind === kind).map(({ id }) => id)
    this.#users = new Set(ids('user'))
    this.#lists = new Set(ids('list'))
    this.#quoted = new Set([...this.#users, ...this.#lists].map((id) => JSON.stringify(id)))
  }

  concerns(line: string): boolean {
    if (this.#quoted.size > FEW) return line.match(TEXT)?.some((text) => this.#quoted.has(text)) ?? false
    for (const id of this.#quoted) if (line.includes(id)) return true
    return false
  }

  /**
   * The entry of a line that goes; undefined for one that stays. A poisoned line that names one of the ids goes whole, and so do
   * increments that cannot be added.
   */
  erased(line: string, where: string): LogEntry | 'poisoned' | undefined {
    if (!this.concerns(line)) return undefined
    try {
      const entry = parseLogEntry(line, where, () => {})
      return this.erases(entry) ? entry : undefined
    } catch (error) {
      if (error instanceof PoisonedEntryError) return 'poisoned'
      throw error
    }
  }

  erases(entry: LogEntry): boolean {
    switch (entry.kind) {
      case 'events':
      case 'slate':
        return this.#users.has(entry.userId)
      case 'merge':
        return this.#users.has(entry.id) || this.#users.has(entry.other)
      case 'user':
        return this.#users.has(entry.id)
      case 'erase':
        return (entry.of === 'list' ? this.#lists : this.#users).has(entry.id)
      case 'list':
        return this.#lists.has(entry.id)
      default:
        return false
    }
  }

  /** What stays of an entry that is erased, as a line; undefined for nothing. */
  rest(entry: LogEntry | 'poisoned'): string | undefined {
    if (entry === 'poisoned' || entry.kind !== 'events' || entry.increments.length === 0) return undefined
    return JSON.stringify({ kind: 'sums', at: entry.recordedAt, increments: entry.increments } satisfies LogEntry)
  }

  /** How many entries of a closed segment would go, and whether there is anything to be taken out: what says that they go, goes too. */
  async find(path: string): Promise<{ entries: number; isConcerned: boolean }> {
    const found = { entries: 0, isConcerned: false }
    for await (const { line, where } of readSegment(path)) {
      const entry = this.erased(line, where)
      if (!entry) continue
      found.isConcerned = true
      if (entry === 'poisoned' || entry.kind !== 'erase') found.entries++
    }
    return found
  }

  /**
   * Takes the entries out of every packed segment of an archive. Each is replaced whole, or stays as it was.
   * @returns how many went
   */
  async fromArchive(folder: string): Promise<number> {
    if (!existsSync(folder)) return 0
    let erased = 0
    for (const name of await readdir(folder)) {
      if (!name.endsWith(`.jsonl${PACKED}`)) continue
      const path = join(folder, name)
      const { entries, isConcerned } = await this.find(path)
      if (isConcerned) await writeWhole(path, (file) => pack(this.#remaining(path), file), '.erasing')
      erased += entries
    }
    return erased
  }

  async *#remaining(path: string): AsyncGenerator<string> {
    for await (const { line, where } of readSegment(path)) {
      const entry = this.erased(line, where)
      const kept = entry ? this.rest(entry) : line
      const id = entry ? logIdOf(line) : undefined
      if (kept !== undefined) yield `${id === undefined ? kept : withLogId(kept, id)}\n`
    }
  }
}
