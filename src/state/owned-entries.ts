import { LiverankError } from '../errors.ts'
import type { LogEntry } from './log-entry.ts'
import { parseLogEntry } from './parse-log-entry.ts'
import type { Subject } from './subject.ts'

/** An id by which an entry can belong to someone, as it stands in JSON. */
const IDS = /"(?:userId|id)":("(?:[^"\\]|\\.)*")/g

/** Returns the ids that a log line, or a slate in JSON, names. Each is in JSON, with its quotes. */
export function* namedIds(line: string): Generator<string> {
  for (const [, quoted] of line.matchAll(IDS)) yield quoted
}

/** Finds the log entries of some users and lists. */
export class OwnedEntries {
  readonly #users: ReadonlySet<string>
  readonly #lists: ReadonlySet<string>
  /** The ids as they stand in JSON, with their quotes: a line without any of them need not be parsed. */
  readonly quoted: ReadonlySet<string>

  constructor(subjects: readonly Subject[]) {
    const ids = (kind: Subject['kind']) => subjects.filter((subject) => subject.kind === kind).map(({ id }) => id)
    this.#users = new Set(ids('user'))
    this.#lists = new Set(ids('list'))
    this.quoted = new Set([...this.#users, ...this.#lists].map((id) => JSON.stringify(id)))
  }

  /** Returns whether a line, or a slate in JSON, names one of the ids. */
  concerns(line: string): boolean {
    for (const quoted of namedIds(line)) if (this.quoted.has(quoted)) return true
    return false
  }

  owns({ kind, id }: Subject): boolean {
    return kind === 'user' ? this.#users.has(id) : kind === 'list' && this.#lists.has(id)
  }

  /** Returns the owner of an entry, if it is one of the subjects. */
  ownerOf(entry: LogEntry): Subject | undefined {
    const subject = subjectOf(entry)
    return subject && this.owns(subject) ? subject : undefined
  }

  /**
   * Returns the entry of a line that belongs to one of the subjects; undefined for a line of others. 'poisoned' for a line that cannot
   * be read and names one of the ids: it may be theirs. Increments that cannot be added are left out.
   */
  entryIn(line: string, where: string): LogEntry | 'poisoned' | undefined {
    if (!this.concerns(line)) return undefined
    try {
      const entry = parseLogEntry(line, where, () => {})
      return this.ownerOf(entry) === undefined ? undefined : entry
    } catch (error) {
      if (error instanceof LiverankError) return 'poisoned'
      throw error
    }
  }
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
