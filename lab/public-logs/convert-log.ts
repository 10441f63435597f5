import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LiverankError } from '../../src/errors.ts'
import { type LogProblems, refuseBroken } from '../../src/import/log-problems.ts'
import { writeJsonLines } from '../json-lines.ts'
import { Random } from '../random.ts'
import { builtSessions } from './built-sessions.ts'
import { OriginalLog } from './original-log.ts'
import type { PublicFormat } from './public-format.ts'
import { SourceFiles } from './source-files.ts'
import { type Split, splitSessions } from './split-sessions.ts'

/** How a public log is converted. */
export interface ConvertOptions {
  /** Folder with the files as they were published. */
  readonly source: string
  /** Data folder to write. Its files of events, items and users are replaced. */
  readonly out: string
  /** Keeps one in so many of the training events, those of the latest sessions; 1 for all. Only for formats with a usual split. */
  readonly part: number
  /** Whether rare items and short sessions stay in the log. */
  readonly keepsAll: boolean
}

/** What was converted. */
export interface Converted {
  readonly problems: LogProblems
  /** Events that were read, without broken ones. */
  readonly read: number
  /** Events that were written, by split; `undivided` for formats without a usual split. */
  readonly written: Readonly<Record<Split | 'undivided', number>>
  readonly items: number
  readonly sessions: number
  readonly users: number
  /** Times of the first and last event, in ms. */
  readonly from: number
  readonly to: number
}

/** Names of the files that are written into the data folder. */
export const CONVERTED_FILES = ['events.jsonl.gz', 'items.jsonl.gz', 'users.jsonl.gz'] as const

/**
 * Reads a public log in its original form, and writes it as a data folder.
 * @throws InvalidInputError if a file is missing
 * @throws LiverankError UNUSABLE_DATA if a file is not what was published, more than one row in a thousand is broken, or nothing is left
 */
export async function convertLog(format: PublicFormat, { source, out, part, keepsAll }: ConvertOptions): Promise<Converted> {
  const log = new OriginalLog()
  await format.read(await SourceFiles.in(source), log)
  refuseBroken(log.problems)
  const built = format.pause === undefined ? undefined : builtSessions(log, format.pause)
  const sessions = { sessionOf: built?.of ?? log.sessionOf, sessions: built?.count ?? log.sessions.names.length }
  const usual = format.usual && { ...format.usual, ...(keepsAll ? { leastOfItem: 0, leastOfSession: 0 } : {}) }
  const split = usual && splitSessions({ ...columnsOf(log), ...sessions }, usual, part)
  const rows = sortedRows(log, split?.isKept, format.shufflesTies === true)
  if (rows.length === 0)
    throw new LiverankError(
      'UNUSABLE_DATA',
      `${source}: no event is left. The log may be too short: events on rare items and those of short sessions are left out. To keep them, give --all.`,
    )

  const writing = new WrittenEvents(format, log, sessions.sessionOf, split?.splitOf)
  await mkdir(out, { recursive: true })
  const [events, items, users] = CONVERTED_FILES.map((name) => join(out, name)) as [string, string, string]
  await rm(users, { force: true })
  await writeJsonLines(events, writing.of(rows))
  await writeJsonLines(items, writing.items())
  if (log.userAttributes.size > 0) await writeJsonLines(users, writing.users())
  return {
    problems: log.problems,
    read: log.length,
    ...writing.summary(),
    from: log.timeOf[rows[0]!]!,
    to: log.timeOf[rows.at(-1)!]!,
  }
}

function columnsOf({ length, itemOf, timeOf, items }: OriginalLog) {
  return { length, itemOf, timeOf, items: items.names.length }
}

/** Rows that are kept, by time; ties in the order of the source, or shuffled. */
function sortedRows({ length, timeOf }: OriginalLog, isKept: Uint8Array | undefined, shufflesTies: boolean): Uint32Array {
  const random = new Random('ties of a public log')
  const tieOf = shufflesTies ? Float64Array.from({ length }, () => random.uniform()) : undefined
  const rows = Uint32Array.from({ length }, (_, row) => row).filter((row) => isKept?.[row] !== 0)
  return rows.sort((a, b) => timeOf[a]! - timeOf[b]! || (tieOf ? tieOf[a]! - tieOf[b]! : 0) || a - b)
}

/** The lines of the data folder, and counts of what they hold. */
class WrittenEvents {
  readonly #format: PublicFormat
  readonly #log: OriginalLog
  readonly #sessionOf: Int32Array
  readonly #splitOf: ((session: number) => Split) | undefined
  readonly #written: Record<Split | 'undivided', number> = { train: 0, test: 0, undivided: 0 }
  readonly #items = new Set<number>()
  readonly #sessions = new Set<number>()
  readonly #users = new Set<number>()

  constructor(format: PublicFormat, log: OriginalLog, sessionOf: Int32Array, splitOf: ((session: number) => Split) | undefined) {
    this.#format = format
    this.#log = log
    this.#sessionOf = sessionOf
    this.#splitOf = splitOf
  }

  /** The events of these rows, which are in order of time. Their ids are numbered in this order, so that ids never contradict it. */
  *of(rows: Uint32Array): Generator<object, void, void> {
    const { name, amount } = this.#format
    const { users, items, sessions, types, userOf, itemOf, typeOf, timeOf, amountOf } = this.#log
    for (const [at, row] of rows.entries()) {
      const session = this.#sessionOf[row]!
      const split = this.#splitOf?.(session)
      this.#written[split ?? 'undivided']++
      this.#items.add(itemOf[row]!)
      this.#sessions.add(session)
      this.#users.add(userOf[row]!)
      yield {
        eventId: `${name}-${String(at + 1).padStart(10, '0')}`,
        userId: users.names[userOf[row]!],
        itemId: items.names[itemOf[row]!],
        eventType: types.names[typeOf[row]!],
        timestamp: timeOf[row],
        sessionId: this.#format.pause === undefined ? sessions.names[session] : `session-${session}`,
        eventAttributes: {
          ...(split === undefined ? {} : { split }),
          ...(amount === undefined || Number.isNaN(amountOf[row]!) ? {} : { [amount]: amountOf[row] }),
        },
      }
    }
  }

  /** The items of the events that were written. */
  *items(): Generator<object, void, void> {
    for (const number of this.#items) {
      const itemId = this.#log.items.names[number]!
      yield { itemId, attributes: this.#log.attributesOf(itemId) }
    }
  }

  /** The users of the events that were written, as far as the log describes them. */
  *users(): Generator<object, void, void> {
    for (const number of this.#users) {
      const userId = this.#log.users.names[number]!
      const attributes = this.#log.userAttributes.get(userId)
      if (attributes !== undefined) yield { userId, attributes }
    }
  }

  summary(): Pick<Converted, 'written' | 'items' | 'sessions' | 'users'> {
    return { written: this.#written, items: this.#items.size, sessions: this.#sessions.size, users: this.#users.size }
  }
}
