import { createReadStream, existsSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import type { PlacedLine } from '../log-entry.ts'

/**
 * Reads the lines of a journal, each with its place for messages. An incomplete last line comes from a crash during a write: it is
 * cut off, set aside in a file next to the journal, and reported.
 * @param warn receives the report; if undefined, the journal belongs to another process, which may be writing that line, and stays
 * unchanged
 */
export async function* readJournal(path: string, warn: ((message: string) => void) | undefined): AsyncGenerator<PlacedLine> {
  if (!existsSync(path)) return
  let rest: Buffer = Buffer.alloc(0)
  let number = 0
  let intact = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer)
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      number++
      yield { line: bytes.toString('utf8', start, end), where: `${path}:${number}` }
      start = end + 1
    }
    intact += start
    rest = bytes.subarray(start)
  }
  if (rest.length === 0 || !warn) return
  const aside = `${path}.torn-${intact}`
  await writeFile(aside, rest)
  await truncate(path, intact)
  warn(`${path}:${number + 1}: the last line was cut off in the middle of a write. Set aside in ${aside}.`)
}
