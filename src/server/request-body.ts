import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** Most bytes of an ordinary body. A larger one costs points, and its values are counted before it is parsed. */
export const ORDINARY_BODY_BYTES = 16 * 1024
/** A body or message that may have more bytes is counted for its address until it has arrived whole. */
export const COUNTED_FROM_BYTES = 4 * 1024
/** Largest body of a request, in bytes. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024

/**
 * Chunks of a body that may be as small as the client likes. Later chunks must have this many bytes on average, because each
 * takes CPU time.
 */
const ORDINARY_CHUNKS = 1024
const LEAST_BYTES_A_CHUNK = 16

/** Why a body was not read to its end. */
export type UnreadBody = 'too large' | 'chunks too small'

/** Tells whether the body comes in chunks, without a header for its length. */
export function isChunked({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] !== undefined
}

/** The bytes of a body that has arrived in part. Takes at most twice its size, however small the chunks are. */
class ArrivedBytes {
  #bytes: Buffer = Buffer.allocUnsafe(ORDINARY_BODY_BYTES)
  length = 0

  /** Bytes of memory that it takes. */
  get held(): number {
    return this.#bytes.length
  }

  /** @returns false if the body is larger than `MAX_BODY_BYTES` now */
  append(chunk: Buffer): boolean {
    const length = this.length + chunk.length
    if (length > MAX_BODY_BYTES) return false
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.min(Math.max(2 * this.#bytes.length, length), MAX_BODY_BYTES))
      this.#bytes.copy(grown, 0, 0, this.length)
      this.#bytes = grown
    }
    chunk.copy(this.#bytes, this.length)
    this.length = length
    return true
  }

  whole(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }
}

/** Leaves a body that is read already where Yoga looks for it, and its length in the headers. */
export function leaveForYoga(request: IncomingMessage, body: Buffer): void {
  request.headers['content-length'] = String(body.length)
  Object.assign(request, { body: Readable.from([body]) })
}

/**
 * Reads a body and counts the chunks in which it comes.
 * @param hold counts the bytes of memory that a large body takes while it arrives, and returns a function that releases them
 * @returns the whole body, or why its rest was not read
 * @throws Error if the connection breaks
 */
export function readChunks(request: IncomingMessage, hold: (bytes: number) => () => void): Promise<Buffer | UnreadBody> {
  const arrived = new ArrivedBytes()
  let held = arrived.held
  let release = hold(held)
  let chunks = 0
  return new Promise((resolve, reject) => {
    const stop = () => {
      release()
      return request.off('data', take).off('end', finish).off('close', fail).off('error', fail)
    }
    const refuse = (why: UnreadBody) => {
      stop().pause()
      resolve(why)
    }
    // Copied: each chunk, of a byte perhaps, would keep alive the 64 KiB that were read with it.
    const take = (chunk: Buffer) => {
      if (!arrived.append(chunk)) refuse('too large')
      else if (++chunks > ORDINARY_CHUNKS && arrived.length < chunks * LEAST_BYTES_A_CHUNK) refuse('chunks too small')
      else if (arrived.held > held) {
        held = arrived.held
        release()
        release = hold(held)
      }
    }
    const finish = () => {
      stop()
      resolve(arrived.whole())
    }
    const fail = (error?: Error) => {
      stop()
      reject(error ?? new Error('The connection was closed before the whole body arrived.'))
    }
    request.on('data', take).once('end', finish).once('close', fail).once('error', fail)
  })
}
