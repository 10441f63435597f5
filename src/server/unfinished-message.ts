import type { Socket } from 'node:net'
import { MAX_MESSAGE_BYTES } from './message-size.ts'
import { COUNTED_FROM_BYTES } from './request-body.ts'

/** Memory that each part of a message takes beside its bytes. */
const BYTES_A_PART = 256
/** Most bytes into which one compressed byte unpacks (deflate). */
const MOST_UNPACKED = 1032
/** Share by which more is counted than has arrived. */
const AHEAD = 1.25
/** Opcodes from here on are those of control frames, which may come within a message. */
const CONTROL = 8

/** Follows the frames that a client sends on a WebSocket (RFC 6455, 5.2), to know what the part of a message takes that has arrived. */
export class UnfinishedMessage {
  readonly #header = Buffer.alloc(14)
  #headerBytes = 0
  /** Bytes of the frame that have not arrived. */
  #missing = 0
  #isFinal = false
  #isControl = false
  #isCompressed = false
  /** Whether a fragment has arrived whole, and the last one has not. */
  #isFragmented = false
  #arrived = 0
  /** Bytes of the fragments that have arrived whole. They are unpacked at once. */
  #fragments = 0

  /** Most bytes of memory that it takes; 0 between messages. */
  get bytes(): number {
    return this.#arrived + (this.#isCompressed ? Math.min(this.#fragments * MOST_UNPACKED, MAX_MESSAGE_BYTES) : 0)
  }

  /** @param chunk what was read of the connection at once: all of it stays in memory while a part is needed */
  append(chunk: Buffer): void {
    let isNew = false
    let parts = 1
    for (let at = 0; at < chunk.length; ) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, chunk.length - at)
        at += taken
        this.#missing -= taken
      } else {
        this.#header[this.#headerBytes++] = chunk[at++]
        if (this.#headerBytes < 2 || this.#headerBytes < headerLength(this.#header[1])) continue
        this.#begin()
        parts++
      }
      if (this.#missing === 0 && this.#end()) isNew = true
    }
    const isPart = this.#isFragmented || this.#missing > 0 || this.#headerBytes > 0
    if (isNew) this.#arrived = 0
    if (isPart) this.#arrived += chunk.length + parts * BYTES_A_PART
  }

  #begin(): void {
    const header = this.#header
    this.#headerBytes = 0
    this.#isControl = (header[0] & 0x0f) >= CONTROL
    const length = header[1] & 0x7f
    this.#missing = length < 126 ? length : length === 126 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2))
    if (this.#isControl) return
    this.#isFinal = (header[0] & 0x80) !== 0
    // Only the first frame says so.
    if (!this.#isFragmented) this.#isCompressed = (header[0] & 0x40) !== 0
    if (!this.#isFinal) this.#fragments += this.#missing
  }

  /** @returns whether a message ends with the frame */
  #end(): boolean {
    if (this.#isControl) return false
    this.#isFragmented = !this.#isFinal
    if (this.#isFragmented) return false
    this.#fragments = 0
    return true
  }
}

/** @param second byte of the header. Frames of clients have a mask of 4 bytes. */
function headerLength(second: number): number {
  const length = second & 0x7f
  return 6 + (length < 126 ? 0 : length === 126 ? 2 : 8)
}

/**
 * Counts large messages while only a part of them has arrived.
 * @param connection what the socket uses
 * @param hold counts so many bytes, and returns a function that releases them
 */
export function holdUnfinished(connection: Socket, hold: (bytes: number) => () => void): void {
  const message = new UnfinishedMessage()
  let held = 0
  let release = () => {}
  const count = (bytes: number) => {
    release()
    held = bytes
    release = bytes > 0 ? hold(bytes) : () => {}
  }
  connection.on('data', (chunk: Buffer) => {
    message.append(chunk)
    const { bytes } = message
    // Not counted anew for each part.
    if (bytes > Math.max(held, COUNTED_FROM_BYTES)) count(bytes * AHEAD)
    else if (held > 0 && bytes <= COUNTED_FROM_BYTES) count(0)
  })
  connection.once('close', () => count(0))
}
