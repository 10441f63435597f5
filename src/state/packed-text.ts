import type { ColumnReader, ColumnWriter } from './column-codec.ts'
import { DigitText, putInteger } from './id-digits.ts'

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
const UUID_LENGTH = 36
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
