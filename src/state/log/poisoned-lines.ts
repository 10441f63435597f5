import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { z } from 'zod'
import { writeWhole } from '../durable-file.ts'
import type { PoisonedEntryError } from './entry.ts'
import type { Erasure } from './erased-log.ts'

/** What is left out of a log. */
export interface Poisoned {
  /** Where, and what is wrong. */
  readonly error: PoisonedEntryError
  /** As it stands in the log; absent where the entry was not read from a line. */
  readonly line?: string
  /** Of an entry whose other parts were applied: the increments that were not. */
  readonly increments?: readonly unknown[]
}

/** What a start has left out of a journal. */
export interface LeftOut {
  /** Place of the line, such as `data/journal.jsonl:17`. */
  readonly where: string
  /** What is wrong with it. */
  readonly what: string
  /** The line as it stands in the journal. */
  readonly line: string
  /** Of an entry whose other parts were applied: the increments that were not. */
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
 * The file beside a journal with what was left out of it, one JSON object a line, for the operator. A line that a later start meets
 * again is not added again, under whatever name its segment has by then.
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

  /** @param journal path of the journal beside which the file stands */
  static async open(journal: string): Promise<PoisonedLines> {
    const lines = new PoisonedLines(`${journal}.poisoned`)
    const text = existsSync(lines.path) ? await readFile(lines.path, 'utf8') : ''
    for (const record of text.split('\n')) {
      const parsed = leftOut.safeParse(jsonOf(record)).data
      if (parsed) lines.#held.set(parsed.key, { record, line: parsed.line })
    }
    return lines
  }

  /** How many lines there are, of all starts until the file is removed. */
  get count(): number {
    return new Set(Array.from(this.#held.keys(), lineOfKey)).size
  }

  /** @returns false where it was set aside before */
  add({ where, what, line, increments }: LeftOut): boolean {
    const key = `${hash('sha256', line)}${KEY_SEPARATOR}${hash('sha256', what)}`
    if (this.#held.has(key)) return false
    const found = increments ? { increments, line: undefined } : { line }
    this.#held.set(key, { record: JSON.stringify({ where, what, key, ...found }), line: found.line })
    this.#isChanged = true
    return true
  }

  /** Writes the file, whole and to the disk, if anything was added. */
  async save(): Promise<void> {
    if (!this.#isChanged) return
    this.#isChanged = false
    await this.#write()
  }

  /** Removes the lines that concern these subjects. @returns how many went */
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
