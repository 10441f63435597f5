import { type ColumnReader, type ColumnWriter, SEPARATOR } from './column-codec.ts'
import { DigitText, hasUuidForm, isDigit, putInteger, putUuid, UUID_BYTES, UUID_LENGTH, ZERO } from './id-digits.ts'

/** How the ids of a column are written. */
const IDS = { texts: 0, numbered: 1, integers: 2, uuids: 3 } as const
/** Stands for the form of an absent id. */
const ABSENT = 255
/** Digits of the largest numbers that are always safe integers. */
const SAFE_DIGITS = 15

/** What a column is made of before its form is known. Reused: user values are written at every event. */
let scratch = Buffer.alloc(4096)
const numbers: number[] = []
const text = new DigitText()

/**
 * Writes ids in the shortest way that suits all of them: as a shared prefix and numbers, as integers of 8 bytes, as UUIDs of 16 bytes,
 * or as one text. The ids must not contain U+0000.
 */
export function writeIds(writer: ColumnWriter, ids: readonly string[]): void {
  if (ids.length > 0) {
    const [first] = ids
    const prefix = prefixLength(first)
    if (prefix < first.length) {
      if (areNumbered(ids, first.slice(0, prefix))) {
        writer.byte(IDS.numbered)
        writer.text(first.slice(0, prefix))
        for (let i = 0; i < ids.length; i++) writer.count(numbers[i])
        return
      }
      if (prefix <= 1 && areIntegers(ids)) {
        writer.byte(IDS.integers)
        for (let i = 0; i < 2 * ids.length; i++) writer.uint32(numbers[i])
        return
      }
    }
    if (first.length === UUID_LENGTH && areUuids(ids)) {
      writer.byte(IDS.uuids)
      writer.bytes(scratch.subarray(0, UUID_BYTES * ids.length))
      return
    }
  }
  writer.byte(IDS.texts)
  writer.text(ids.length === 1 ? ids[0] : ids.join(SEPARATOR))
}

/** Reads ids. @throws RangeError if the bytes are invalid */
export function readIds(reader: ColumnReader, rows: number): string[] {
  return readIdsOf(reader, reader.byte(), rows)
}

function readIdsOf(reader: ColumnReader, form: number, rows: number): string[] {
  switch (form) {
    case IDS.numbered: {
      const prefix = reader.bytes(reader.count())
      text.reset()
      for (let i = 0; i < rows; i++) {
        if (i > 0) text.separate()
        text.bytes(prefix)
        text.number(reader.count())
      }
      return text.split(rows)
    }
    case IDS.integers: {
      text.reset()
      for (let i = 0; i < rows; i++) {
        if (i > 0) text.separate()
        const low = reader.uint32()
        text.integer(low, reader.uint32())
      }
      return text.split(rows)
    }
    case IDS.uuids: {
      const bytes = reader.bytes(UUID_BYTES * rows)
      text.reset()
      for (let i = 0; i < rows; i++) {
        if (i > 0) text.separate()
        text.uuid(bytes, UUID_BYTES * i)
      }
      return text.split(rows)
    }
    case IDS.texts: {
      const all = reader.text()
      if (rows === 0) return []
      if (rows === 1) return [all]
      const ids = all.split(SEPARATOR)
      if (ids.length !== rows) throw new RangeError('a column of ids has another length')
      return ids
    }
    default:
      throw new RangeError('a column of ids has an unknown form')
  }
}

/** Writes one id, which may be absent. */
export function writeId(writer: ColumnWriter, id: string | undefined): void {
  if (id === undefined) writer.byte(ABSENT)
  else writeIds(writer, [id])
}

/** Reads what `writeId` wrote. @throws RangeError if the bytes are no id */
export function readId(reader: ColumnReader): string | undefined {
  const form = reader.byte()
  return form === ABSENT ? undefined : readIdsOf(reader, form, 1)[0]
}

/** Length of what stands before the last digits of an id: its whole length if it does not end with a digit. */
function prefixLength(id: string): number {
  let at = id.length
  while (at > 0 && isDigit(id.charCodeAt(at - 1))) at--
  return at
}

/**
 * Whether each id is the prefix and a number of at most 15 digits, written as JavaScript writes it. The numbers are then in `numbers`.
 */
function areNumbered(ids: readonly string[], prefix: string): boolean {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]
    const digits = id.length - prefix.length
    if (digits < 1 || digits > SAFE_DIGITS || !id.startsWith(prefix)) return false
    if (digits > 1 && id.charCodeAt(prefix.length) === ZERO) return false
    let number = 0
    for (let at = prefix.length; at < id.length; at++) {
      const code = id.charCodeAt(at)
      if (!isDigit(code)) return false
      number = 10 * number + code - ZERO
    }
    numbers[i] = number
  }
  return true
}

/** Whether all ids are integers of 64 bits, written as JavaScript writes them. Their halves are then in `numbers`. */
function areIntegers(ids: readonly string[]): boolean {
  for (let i = 0; i < ids.length; i++) if (!putInteger(ids[i], numbers, 2 * i)) return false
  return true
}

/** Whether all ids are UUIDs in lower case. They are then in `scratch`. */
function areUuids(ids: readonly string[]): boolean {
  makeRoom(UUID_BYTES * ids.length)
  for (let i = 0; i < ids.length; i++) {
    if (!hasUuidForm(ids[i])) return false
    putUuid(ids[i], scratch, UUID_BYTES * i)
  }
  return true
}

function makeRoom(bytes: number): void {
  if (bytes > scratch.length) scratch = Buffer.alloc(2 * bytes)
}
