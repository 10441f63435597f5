import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { writeWhole } from '../durable-file.ts'
import type { OwnedEntries } from '../owned-entries.ts'
import type { PoisonedEntryError } from '../parse-log-entry.ts'
import type { Erasure } from './erased-log.ts'

/** A log entry, or a part of one, that is left out. */
export interface Poisoned {
  /** Error with the place and the problem. */
  readonly error: PoisonedEntryError
  /** The line as logged; absent if the entry was not read from a line. */
  readonly line?: string
  /** The increments left out, if the rest of the entry was applied. */
  readonly increments?: readonly unknown[]
}

/** A line, or a part of one, that a start left out of a journal. */
export interface LeftOut {
  /** Place of the line, such as `data/journal.jsonl:17`. */
  readonly where: string
  /** Describes the problem. */
  readonly what: string
  /** The line as it is in the journal. */
  readonly line: string
  /** The increments left out, if the rest of the entry was applied. */
  readonly increments?: readonly unknown[]
}

const leftOut = z.looseObject({ key: z.string(), line: z.string().optional() })

/** Between the hash of a line and that of what is wrong with it: of one line, increments may be left out for two reasons. */
const KEY_SEPARATOR = '-'

function lineOfKey(key: string): string {
  return key.split(KEY_SEPARATOR)[0]
}

/** What stands in the file: the record, and the line of the journal if it is in there. */
interface Held {
  readonly record: string
  readonly line: string | undefined
}

/**
 * The file next to a journal with everything that was left out of the journal, for operators: one JSON object per line. A line that
 * a later start meets again is not added again, even if its segment has another name by then.
 */
export class PoisonedLines {
  readonly path: string
  /** Records by a hash of the line and of what is wrong. */
  readonly #held = new Map<string, Held>()
  #isChanged = false
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string) {
    this.path = path
  }

  /** Opens the file. @param journal path of the journal next to the file */
  static async open(journal: string): Promise<PoisonedLines> {
    const lines = new PoisonedLines(`${journal}.poisoned`)
    const text = existsSync(lines.path) ? await readFile(lines.path, 'utf8') : ''
    for (const record of text.split('\n')) {
      const parsed = leftOut.safeParse(jsonOf(record)).data
      if (parsed) lines.#held.set(parsed.key, { record, line: parsed.line })
    }
    return lines
  }

  /** Number of lines left out, by all starts since the file was last removed. */
  get count(): number {
    return new Set(Array.from(this.#held.keys(), lineOfKey)).size
  }

  /** Adds a line that was left out. @returns false if it was added before */
  add({ where, what, line, increments }: LeftOut): boolean {
    const key = `${hash('sha256', line)}${KEY_SEPARATOR}${hash('sha256', what)}`
    if (this.#held.has(key)) return false
    const found = increments ? { increments, line: undefined } : { line }
    this.#held.set(key, { record: JSON.stringify({ where, what, key, ...found }), line: found.line })
    this.#isChanged = true
    return true
  }

  /** Writes the whole file and syncs it to the disk, if anything was added. */
  async save(): Promise<void> {
    if (!this.#isChanged) return
    this.#isChanged = false
    await this.#write()
  }

  /** Returns the whole lines that name one of these subjects. */
  linesOf(subjects: OwnedEntries): string[] {
    return Array.from(this.#held.values()).flatMap(({ line }) => (line !== undefined && subjects.concerns(line) ? [line] : []))
  }

  /** Removes the lines that name these subjects. @returns number of removed lines */
  async erase(erasure: Erasure): Promise<number> {
    const before = this.count
    for (const [key, { line }] of this.#held) if (line !== undefined && erasure.concerns(line)) this.#held.delete(key)
    if (this.count < before) await this.#write()
    return before - this.count
  }

  #write(): Promise<void> {
    const write = async () => {
      if (this.count === 0) return rm(this.path, { force: true })
      const text = Array.from(this.#held.values(), ({ record }) => `${record}\n`).join('')
      await writeWhole(this.path, (file) => file.writeFile(text))
    }
    this.#writing = this.#writing.then(write, write)
    return this.#writing
  }
}

/** Undefined for what is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
