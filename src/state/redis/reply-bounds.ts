/** Most bytes of one reply. Redis sends no more than this within the time that a command may take. */
const MOST_BYTES = 128 * 2 ** 20
/** Most elements of one reply, with those of the arrays in it. */
const MOST_ELEMENTS = 2 ** 20
/** How deep arrays may lie in arrays: Redis itself uses five levels. */
const MOST_LEVELS = 16
/** Most bytes of a line: of a status, an error, a number or a length. */
const MOST_LINE_BYTES = 64 * 1024

const CR = 0x0d
const LF = 0x0a
const BULK = 0x24
const ARRAY = 0x2a
const STATUS = 0x2b
const ERROR = 0x2d
const NUMBER = 0x3a

/**
 * Checks the bytes that a server sends on one connection, and refuses those that are not a valid and bounded reply of Redis (RESP
 * 2).
 */
export class ReplyBounds {
  /** How many elements are still to come, of each array that has begun, the outermost first. */
  readonly #open: number[] = []
  /** Bytes and elements of the reply that has begun. */
  #bytes = 0
  #elements = 0
  /** Bytes that are still to come of a bulk string, with the end of its line. */
  #bulk = 0
  /** What the line is that has begun; 0 before it begins. */
  #kind = 0
  #lineBytes = 0
  #isEnding = false
  #length = 0
  #isNegative = false

  /** @throws Error if what has been read so far is the begin of no reply, or of one that is too large */
  read(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) at = this.#bulk > 0 ? this.#skipBulk(chunk, at) : this.#readLine(chunk, at)
  }

  #skipBulk(chunk: Uint8Array, from: number): number {
    const bytes = Math.min(this.#bulk, chunk.length - from)
    this.#bulk -= bytes
    if (this.#bulk === 0) this.#endValue()
    return from + bytes
  }

  #readLine(chunk: Uint8Array, from: number): number {
    let at = from
    if (this.#kind === 0) this.#beginLine(chunk[at++])
    if (this.#isEnding) {
      if (chunk[at] === LF) this.#endLine()
      else if (at < chunk.length) throw new Error('a line feed is missing')
      return at + 1
    }
    const end = chunk.indexOf(CR, at)
    const to = end < 0 ? chunk.length : end
    this.#lineBytes += to - at
    if (this.#lineBytes > MOST_LINE_BYTES) throw new Error(`a line has more than ${MOST_LINE_BYTES} bytes`)
    if (this.#kind === BULK || this.#kind === ARRAY) for (; at < to; at++) this.#readLength(chunk[at])
    this.#isEnding = end >= 0
    return to + (end < 0 ? 0 : 1)
  }

  #beginLine(kind: number): void {
    if (![BULK, ARRAY, STATUS, ERROR, NUMBER].includes(kind)) throw new Error('the type of the reply is unknown')
    this.#kind = kind
    this.#lineBytes = 0
    this.#length = 0
    this.#isNegative = false
  }

  #readLength(byte: number): void {
    const digit = byte - 0x30
    if (byte === ERROR && this.#length === 0 && !this.#isNegative) this.#isNegative = true
    else if (digit >= 0 && digit <= 9) this.#length = this.#length * 10 + digit
    else throw new Error('a length is not a number')
    if (this.#length > MOST_BYTES) throw new Error(`a length exceeds ${MOST_BYTES}`)
  }

  #endLine(): void {
    const kind = this.#kind
    this.#kind = 0
    this.#isEnding = false
    this.#bytes += this.#lineBytes
    const length = this.#isNegative ? 0 : this.#length
    if (kind === BULK && !this.#isNegative) {
      this.#bulk = length + 2
      this.#bytes += length
      if (this.#bytes > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`)
    } else if (kind === ARRAY && length > 0) this.#beginArray(length)
    else this.#endValue()
  }

  #beginArray(length: number): void {
    this.#elements += length
    if (this.#elements > MOST_ELEMENTS) throw new Error(`it has more than ${MOST_ELEMENTS} elements`)
    this.#open.push(length)
    if (this.#open.length > MOST_LEVELS) throw new Error(`its arrays have more than ${MOST_LEVELS} levels`)
  }

  #endValue(): void {
    for (let level = this.#open.length - 1; level >= 0; level--) {
      if (--this.#open[level] > 0) return
      this.#open.pop()
    }
    this.#bytes = 0
    this.#elements = 0
  }
}
