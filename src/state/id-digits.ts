import { hash } from 'node:crypto'
import { type ColumnReader, type ColumnWriter, SEPARATOR } from './column-codec.ts'

/*
 * Digits of ids without a BigInt or a text for each: the user value, with up to 300 ids, is read and written at every event.
 */

/** Bytes of a UUID in packed form. */
export const UUID_BYTES = 16
/** Characters of a UUID as text: 32 hex digits and 4 hyphens. */
export const UUID_LENGTH = 36
/** Digits of the largest integer of 64 bits, and its parts. */
const MOST_DIGITS = 19
const [MOST_FRONT, MOST_BACK] = [9_223_372_036, 854_775_807]
/** Numbers are taken apart into their last nine digits and what stands before them. */
const BILLION = 1e9
const BILLION_DIGITS = 9
const HALF = 2 ** 16
const WORD = 2 ** 32

/** Character code of the digit 0. */
export const ZERO = 48
const NINE = 57
const MINUS = 45
const LETTER_A = 97
const LETTER_F = 102
/** Most digits of a number, and its sign. */
const NUMBER_DIGITS = 20

/**
 * Puts an integer of 64 bits as two words, the lower one first.
 * @returns false if the text is none, or not as JavaScript writes it
 */
export function putInteger(id: string, into: number[], offset: number): boolean {
  const negative = id.charCodeAt(0) === MINUS
  const from = negative ? 1 : 0
  const digits = id.length - from
  if (digits < 1 || digits > MOST_DIGITS) return false
  // No zero in front; and zero has no sign.
  if (id.charCodeAt(from) === ZERO && id.length > 1) return false
  const split = id.length - BILLION_DIGITS
  let front = 0
  let back = 0
  for (let at = from; at < id.length; at++) {
    const code = id.charCodeAt(at)
    if (!isDigit(code)) return false
    if (at < split) front = 10 * front + code - ZERO
    else back = 10 * back + code - ZERO
  }
  if (front > MOST_FRONT || (front === MOST_FRONT && back > MOST_BACK)) return false
  // front · 10^9 + back, in parts that a float64 has exactly.
  const upper = Math.floor(front / HALF) * BILLION
  const lower = (front % HALF) * BILLION + back + (upper % HALF) * HALF
  let low = lower % WORD
  let high = Math.floor(upper / HALF) + Math.floor(lower / WORD)
  if (negative) {
    low = low === 0 ? 0 : WORD - low
    high = low === 0 ? WORD - high : WORD - 1 - high
  }
  into[offset] = low
  into[offset + 1] = high
  return true
}

/** @param code of a UTF-16 unit */
export function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE
}

/** Tells whether a text is a UUID of 36 characters in lower case. */
export function hasUuidForm(id: string): boolean {
  if (id.length !== UUID_LENGTH) return false
  for (let at = 0; at < UUID_LENGTH; at++) {
    const code = id.charCodeAt(at)
    if (isUuidGap(at)) {
      if (code !== MINUS) return false
    } else if (!isDigit(code) && !(code >= LETTER_A && code <= LETTER_F)) return false
  }
  return true
}

function isUuidGap(at: number): boolean {
  return at === 8 || at === 13 || at === 18 || at === 23
}

/**
 * Writes a UUID as its 16 bytes.
 * @param id a text for which `hasUuidForm` is true
 * @param offset place of the first byte in `into`
 */
export function putUuid(id: string, into: Buffer, offset: number): void {
  let byte = offset
  for (let at = 0; at < UUID_LENGTH; at += 2) {
    if (isUuidGap(at)) at++
    into[byte++] = 16 * hexOf(id.charCodeAt(at)) + hexOf(id.charCodeAt(at + 1))
  }
}

function hexOf(code: number): number {
  return code <= NINE ? code - ZERO : code - LETTER_A + 10
}

/** Texts of digits, put together as bytes, and taken apart as one text. */
export class DigitText {
  #bytes = Buffer.alloc(4096)
  #length = 0

  reset(): void {
    this.#length = 0
  }

  separate(): void {
    this.#makeRoom(1)
    this.#bytes[this.#length++] = 0
  }

  bytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length)
    for (let at = 0; at < bytes.length; at++) this.#bytes[this.#length++] = bytes[at]
  }

  /** Puts the digits of a number from 0 to 2^53. */
  number(value: number): void {
    this.#makeRoom(NUMBER_DIGITS)
    const front = value < BILLION ? 0 : Math.floor(value / BILLION)
    if (front === 0) this.#digits(value)
    else {
      this.#digits(front)
      this.#nineDigits(value - front * BILLION)
    }
  }

  /** Puts the digits of an integer of 64 bits. @param lower its words, which `putInteger` made */
  integer(lower: number, upper: number): void {
    this.#makeRoom(NUMBER_DIGITS)
    let low = lower
    let high = upper
    if (high >= WORD / 2) {
      this.#bytes[this.#length++] = MINUS
      low = lower === 0 ? 0 : WORD - lower
      high = lower === 0 ? WORD - upper : WORD - 1 - upper
    }
    // A float64 does not have all bits: the quotient may be off by one, which the lower words of the rest show.
    let front = Math.floor((high * WORD + low) / BILLION)
    let back = (low - Math.imul(front | 0, BILLION)) >>> 0
    if (back >= 2 * BILLION) {
      front--
      back = (back + BILLION) >>> 0
    } else if (back >= BILLION) {
      front++
      back -= BILLION
    }
    if (front === 0) {
      this.#digits(back)
      return
    }
    if (front >= BILLION) {
      const first = Math.floor(front / BILLION)
      this.#bytes[this.#length++] = ZERO + first
      this.#nineDigits(front - first * BILLION)
    } else this.#digits(front)
    this.#nineDigits(back)
  }

  uuid(bytes: Uint8Array, offset: number): void {
    this.#makeRoom(UUID_LENGTH)
    for (let at = 0, byte = offset; at < UUID_LENGTH; at += 2, byte++) {
      if (isUuidGap(at)) {
        this.#bytes[this.#length++] = MINUS
        at++
      }
      this.#bytes[this.#length++] = digitOf(bytes[byte] >> 4)
      this.#bytes[this.#length++] = digitOf(bytes[byte] & 15)
    }
  }

  /** Returns the separated texts. @param count number of them */
  split(count: number): string[] {
    if (count === 0) return []
    const all = this.#bytes.toString('utf8', 0, this.#length)
    return count === 1 ? [all] : all.split(SEPARATOR)
  }

  /** Puts the digits of a number below 10^9. */
  #digits(value: number): void {
    let digits = 1
    for (let power = 10; value >= power; power *= 10) digits++
    const bytes = this.#bytes
    let rest = value | 0
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      const tenth = (rest / 10) | 0
      bytes[at] = ZERO + rest - 10 * tenth
      rest = tenth
    }
    this.#length += digits
  }

  /** Puts the digits of a number below 10^9, with zeros in front. */
  #nineDigits(value: number): void {
    const bytes = this.#bytes
    const from = this.#length
    let rest = value | 0
    for (let at = from + 7; at > from; at -= 2) {
      const hundredth = (rest / 100) | 0
      const pair = rest - 100 * hundredth
      const ten = (pair / 10) | 0
      bytes[at] = ZERO + ten
      bytes[at + 1] = ZERO + pair - 10 * ten
      rest = hundredth
    }
    bytes[from] = ZERO + rest
    this.#length += BILLION_DIGITS
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.alloc(2 * (this.#length + bytes))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

function digitOf(half: number): number {
  return half < 10 ? ZERO + half : LETTER_A - 10 + half
}

/** Sixteen characters each: a text of them takes half a byte a character. */
const ALPHABETS = ['0123456789-._:/ ', '0123456789abcdef'] as const
const HEX = 1
/** By alphabet and code of a character, its place; -1 of one that it does not have. */
const PLACES = ALPHABETS.map((alphabet) => {
  const places = new Int8Array(128).fill(-1)
  for (const [place, character] of [...alphabet].entries()) places[character.charCodeAt(0)] = place
  return places
})
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const UUID_DIGITS = 32
/** Where the parts of a UUID begin, by digit. */
const UUID_PARTS = [0, 8, 12, 16, 20] as const
/** Forms of a text: those of the alphabets, a UUID, and UTF-8. */
const [AS_UUID, AS_UTF8] = [ALPHABETS.length, ALPHABETS.length + 1]
const FORMS = ALPHABETS.length + 2
/** The code of an integer of 64 bits, which is no form with a length. */
const INTEGER = AS_UUID + FORMS
/** Shorter integers take less than 8 bytes by their digits. */
const INTEGER_LENGTH = 17
const words: number[] = []
const digits = new DigitText()

/**
 * Writes a text in as few bytes as its characters allow: numbers and hexadecimal ids take half a byte a character, an integer of 64
 * bits at most 9 bytes, a UUID 17 bytes.
 * Equal texts have equal bytes. Any text is read back as it was, unless it has half of a surrogate pair.
 */
export function writePackedText(writer: ColumnWriter, text: string): void {
  if (text.length === UUID_LENGTH && UUID.test(text)) {
    writer.byte(AS_UUID)
    writeHalves(writer, text.replaceAll('-', ''), PLACES[HEX])
    return
  }
  if (text.length >= INTEGER_LENGTH && putInteger(text, words, 0)) {
    writer.byte(INTEGER)
    writer.uint32(words[0])
    writer.uint32(words[1])
    return
  }
  for (let form = 0; form < PLACES.length; form++) {
    const places = PLACES[form]
    if (!isOf(text, places)) continue
    writer.count(form + FORMS * text.length)
    writeHalves(writer, text, places)
    return
  }
  const bytes = Buffer.byteLength(text)
  writer.count(AS_UTF8 + FORMS * bytes)
  writer.utf8(text, bytes)
}

/** Reads a text. @throws RangeError if the bytes end too early */
export function readPackedText(reader: ColumnReader): string {
  const code = reader.count()
  if (code === INTEGER) {
    const low = reader.uint32()
    digits.reset()
    digits.integer(low, reader.uint32())
    return digits.split(1)[0]
  }
  const form = code % FORMS
  if (form === AS_UUID) {
    const digits = readHalves(reader, UUID_DIGITS, ALPHABETS[HEX])
    return UUID_PARTS.map((from, n) => digits.slice(from, UUID_PARTS[n + 1])).join('-')
  }
  const length = (code - form) / FORMS
  return form === AS_UTF8 ? reader.bytes(length).toString('utf8') : readHalves(reader, length, ALPHABETS[form])
}

function isOf(text: string, places: Int8Array): boolean {
  for (let at = 0; at < text.length; at++) if (!(places[text.charCodeAt(at)] >= 0)) return false
  return true
}

function writeHalves(writer: ColumnWriter, text: string, places: Int8Array): void {
  for (let at = 0; at < text.length; at += 2)
    writer.byte(16 * places[text.charCodeAt(at)] + (at + 1 < text.length ? places[text.charCodeAt(at + 1)] : 0))
}

function readHalves(reader: ColumnReader, length: number, alphabet: string): string {
  const bytes = reader.bytes(Math.ceil(length / 2))
  let text = ''
  for (let at = 0; at < length; at++) text += alphabet[at % 2 === 0 ? bytes[at >> 1] >> 4 : bytes[at >> 1] & 15]
  return text
}

/**
 * Stands for an id in keys of Redis and in the audit log: 132 bits of a hash. Who knows an id finds what is kept under its hash, and a
 * hash tells no id.
 */
export function idHash(id: string): string {
  return hash('sha256', id, 'base64url').slice(0, 22)
}
