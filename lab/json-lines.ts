import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** Writes each row as a line of JSON into a file that is compressed with gzip. Replaces the file. */
export async function writeJsonLines(path: string, rows: Iterable<object>): Promise<void> {
  await pipeline(Readable.from(blocks(rows)), createGzip(), createWriteStream(path))
}

/** Lines in pieces that are worth a call of the compressor. */
function* blocks(rows: Iterable<object>): Generator<string, void, void> {
  let block = ''
  for (const row of rows) {
    block += `${JSON.stringify(row)}\n`
    if (block.length < 65_536) continue
    yield block
    block = ''
  }
  if (block !== '') yield block
}
