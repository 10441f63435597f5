import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { LiverankError } from '../../errors.ts'
import type { PlacedLine } from '../log-entry.ts'

/**
 * File name suffix of a packed segment. A segment is a closed part of a log: JSON lines, with the column names first. In an archive
 * it is compressed by gzip.
 */
export const PACKED = '.gz'

/** Fast, since nothing waits for smaller files. */
const LEVEL = 3

/** Compresses a text into a file. */
export async function pack(text: AsyncIterable<string | Buffer>, file: FileHandle, signal?: AbortSignal): Promise<void> {
  // A stream on the file would keep it open for as long as it is not destroyed itself.
  const write = async (packed: AsyncIterable<Buffer>) => {
    for await (const chunk of packed) await file.writeFile(chunk)
  }
  await pipeline(Readable.from(text), createGzip({ level: LEVEL }), write, { ...(signal && { signal }) })
}

/** Unpacked bytes that are passed on at once. */
const CHUNK = 2 ** 18

function bytesOf(path: string): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: 2 ** 20 })
  // Two streams: an error of the first must end the second.
  return path.endsWith(PACKED) ? pipelineOf(file, createGunzip({ chunkSize: CHUNK })) : file
}

/**
 * Yields the lines of a closed segment, packed or not.
 * @throws LiverankError DAMAGED_LOG naming the line at which the segment is unreadable or cut off
 */
export async function* readSegment(path: string): AsyncGenerator<PlacedLine> {
  let number = 0
  const damaged = (what: string, cause?: unknown) =>
    new LiverankError(
      'DAMAGED_LOG',
      `${path}:${number + 1}: ${what}. Restore the segment from a copy, or move it and all earlier ones away to continue without their entries.`,
      { cause },
    )
  let rest: Buffer = Buffer.alloc(0)
  const chunks = bytesOf(path)[Symbol.asyncIterator]()
  for (;;) {
    let next: IteratorResult<Buffer>
    try {
      next = await chunks.next()
    } catch (error) {
      throw damaged(`the segment cannot be read further (${(error as Error).message})`, error)
    }
    if (next.done) break
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, next.value]) : next.value
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      number++
      yield { line: bytes.toString('utf8', start, end), where: `${path}:${number}` }
      start = end + 1
    }
    rest = bytes.subarray(start)
  }
  if (rest.length > 0) throw damaged('the last line is cut off')
}

function pipelineOf(from: NodeJS.ReadableStream, through: ReturnType<typeof createGunzip>): AsyncIterable<Buffer> {
  pipeline(from, through).catch(() => {})
  return through
}
