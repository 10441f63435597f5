import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Options, Parser } from 'csv-parse'
import { InvalidInputError, LiverankError } from '../../src/errors.ts'

/** How the rows of a file are written. */
export interface RowFormat {
  /** Text between two values of a row; a comma by default. */
  readonly delimiter?: string
  /** Names of the columns, for files whose first row does not name them. */
  readonly columns?: readonly string[]
  /** Encoding of the file; utf8 by default. */
  readonly encoding?: 'utf8' | 'latin1'
  /** Whether quotes belong to the values. By default, values may stand in quotes. */
  readonly keepsQuotes?: boolean
}

/** A row of a file of separated values. */
export interface Row {
  /** Values by the name of their column; '' where the row ends early. */
  readonly values: Readonly<Record<string, string>>
  /** Returns the file and the line, for messages. */
  readonly place: () => string
}

/** A line of a text file. */
export interface Line {
  readonly text: string
  /** Returns the file and the line, for messages. */
  readonly place: () => string
}

/** The files of a public log as it was published, each as it is or compressed with gzip (`.gz`). */
export class SourceFiles {
  readonly folder: string
  readonly #names: ReadonlySet<string>

  private constructor(folder: string, names: readonly string[]) {
    this.folder = folder
    this.#names = new Set(names)
  }

  /** Lists the folder, and reads no file. Rejects if the folder cannot be read. */
  static async in(folder: string): Promise<SourceFiles> {
    const entries = await readdir(folder, { withFileTypes: true })
    return new SourceFiles(
      folder,
      entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name),
    )
  }

  /** Returns the path of the first of these files that is there; undefined without any. */
  find(...names: readonly string[]): string | undefined {
    const found = names.flatMap((name) => [name, `${name}.gz`]).find((name) => this.#names.has(name))
    return found === undefined ? undefined : join(this.folder, found)
  }

  /** Returns the path of the first of these files that is there. @throws InvalidInputError without any */
  get(...names: readonly string[]): string {
    const path = this.find(...names)
    if (path === undefined) throw this.#missing(names.join(' or '))
    return path
  }

  /** Returns the paths of all files with this ending, sorted by name; of a file and its compressed copy, the file. @throws InvalidInputError without any */
  all(ending: string): string[] {
    const found = new Set([...this.#names].map((name) => name.replace(/\.gz$/, '')).filter((name) => name.endsWith(ending)))
    if (found.size === 0) throw this.#missing(`*${ending}`)
    return [...found].sort().map((name) => this.get(name))
  }

  #missing(names: string): InvalidInputError {
    return new InvalidInputError(
      `${this.folder} has no file ${names}, also not with .gz at the end: name the folder with the files as they were published.`,
    )
  }
}

/**
 * Yields the rows of a file of separated values. Empty lines are left out.
 * @param needed names of columns without which the file cannot be used
 * @throws LiverankError UNUSABLE_DATA if a needed column is missing, or the file is not text of this form
 */
export async function* rowsOf(path: string, needed: readonly string[], format: RowFormat = {}): AsyncGenerator<Row> {
  const { delimiter = ',', columns, encoding = 'utf8', keepsQuotes = false } = format
  let names = columns
  for await (const { record, place } of recordsOf(path, {
    delimiter,
    encoding,
    ...(keepsQuotes ? { quote: null } : { relaxQuotes: true }),
  })) {
    if (names === undefined) {
      names = record
      expectColumns(path, names, needed)
    } else yield { values: Object.fromEntries(names.map((name, i) => [name, record[i] ?? ''])), place }
  }
}

/** Yields the lines of a text file. Empty lines are left out. @throws LiverankError UNUSABLE_DATA if a compressed file is broken */
export async function* linesOf(path: string): AsyncGenerator<Line> {
  // A delimiter that no line has, and no quotes: a record is a line.
  for await (const { record, place } of recordsOf(path, { delimiter: '\u0000', quote: null })) yield { text: record[0]!, place }
}

async function* recordsOf(path: string, options: Options): AsyncGenerator<{ record: readonly string[]; place: () => string }> {
  // Not before a file is read: every start of liverank loads this file, and an installation may lack the package.
  const { CsvError, parse } = await import('csv-parse')
  const parser: Parser = parse({ bom: true, skipEmptyLines: true, relaxColumnCount: true, info: true, ...options })
  const content = path.endsWith('.gz') ? [createGunzip()] : []
  // The loop below rejects with what went wrong.
  pipeline([createReadStream(path), ...content, parser], () => {})
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>)
      yield { record, place: () => `${basename(path)}:${info.lines}` }
  } catch (error) {
    if (!(error instanceof CsvError || isBrokenGzip(error))) throw error
    throw new LiverankError('UNUSABLE_DATA', `${path}: ${error.message}. Get the file anew from its publisher.`)
  }
}

function isBrokenGzip(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

function expectColumns(path: string, names: readonly string[], needed: readonly string[]): void {
  const missing = needed.filter((name) => !names.includes(name))
  if (missing.length === 0) return
  throw new LiverankError(
    'UNUSABLE_DATA',
    `${path}: the first line must name the column ${missing.join(', ')}, but names: ${names.join(', ')}. Use the file as it was published.`,
  )
}
