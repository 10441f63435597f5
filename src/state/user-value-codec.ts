import { crc32 } from 'node:zlib'
import { UnreadableStateError } from '../errors.ts'
import { countFailure } from '../invariant.ts'
import { ColumnReader, ColumnWriter, SEPARATOR } from './column-codec.ts'
import { type Consent, type JsonObject, UserValue } from './user-value.ts'
import { type Part, recordPart } from './user-value-part.ts'

const FORMAT = 2
/** Length of the stamp at the start of every swapped value, in bytes. */
export const STAMP_BYTES = 8

/** Stands among the parts of a value whose owner has opted out, or has or had another id. */
const STANDING = recordPart('standing', 1, { optedOut: 'count', mergedInto: 'text', moving: 'count', mergedFrom: 'text' })

/** Stands among the parts of a value whose user has given or withdrawn consent. */
const CONSENT = recordPart('consent', 1, { given: 'count', at: 'time' })

/** Stands among the parts of a value with uploaded attributes. */
const UPLOADED = recordPart('attributes_uploaded', 1, { at: 'time' })

function writeStanding(writer: ColumnWriter, { optedOut, mergedInto, moving, mergedFrom }: UserValue): void {
  STANDING.write(writer, {
    optedOut: optedOut ? 1 : 0,
    mergedInto,
    moving: moving ? 1 : 0,
    mergedFrom: mergedFrom.join(SEPARATOR),
  })
}

function readStanding(reader: ColumnReader, value: UserValue): void {
  const { optedOut, mergedInto, moving, mergedFrom } = STANDING.read(reader)
  value.optedOut = optedOut === 1
  value.mergedInto = mergedInto
  value.moving = moving === 1
  value.mergedFrom = idsOf(mergedFrom)
}

function writeConsent(writer: ColumnWriter, { given, at }: Consent): void {
  CONSENT.write(writer, { given: given ? 1 : 0, at })
}

function readConsent(reader: ColumnReader): Consent {
  const { given, at } = CONSENT.read(reader)
  return { given: given === 1, at }
}

/** Stands among the parts of a value while a merge or an erasure is under way. */
const UNDER_WAY = recordPart('under_way', 2, { arriving: 'text', erasing: 'text', since: 'time' })

function writeUnderWay(writer: ColumnWriter, { arriving, erasing, erasingSince: since }: UserValue): void {
  UNDER_WAY.write(writer, { arriving: arriving.join(SEPARATOR), erasing: erasing.join(SEPARATOR), since })
}

function readUnderWay(reader: ColumnReader, value: UserValue): void {
  const { arriving, erasing, since } = UNDER_WAY.read(reader)
  value.arriving = idsOf(arriving)
  value.erasing = idsOf(erasing)
  value.erasingSince = since
}

function idsOf(text: string): string[] {
  return text === '' ? [] : text.split(SEPARATOR)
}

/** What stands for the name and layout of a part in values: 28 bits, which are four bytes. */
function codeOf({ name, layout }: Pick<Part<unknown>, 'name' | 'layout'>): number {
  return crc32(`${layout} ${name}`) % 2 ** 28
}

const STANDING_CODE = codeOf(STANDING)
const UNDER_WAY_CODE = codeOf(UNDER_WAY)
const UPLOADED_CODE = codeOf(UPLOADED)
const CONSENT_CODE = codeOf(CONSENT)

/** Encodes and decodes user values with the parts of one configuration. */
export class UserValueCodec {
  readonly #byName: ReadonlyMap<string, { readonly part: Part<unknown>; readonly code: number }>
  readonly #byCode: ReadonlyMap<number, Part<unknown>>
  readonly #retired: ReadonlySet<number>
  readonly #writer = new ColumnWriter()
  readonly #partWriter = new ColumnWriter()

  /**
   * @param retired parts that earlier versions wrote and that no version reads again: a value that is read loses them
   * @throws Error if two parts have the same code
   */
  constructor(parts: readonly Part<unknown>[], retired: readonly Pick<Part<unknown>, 'name' | 'layout'>[] = []) {
    this.#retired = new Set(retired.map(codeOf))
    this.#byName = new Map(parts.map((part) => [part.name, { part, code: codeOf(part) }]))
    this.#byCode = new Map(Array.from(this.#byName.values(), ({ part, code }) => [code, part]))
    const own = [STANDING_CODE, UNDER_WAY_CODE, UPLOADED_CODE, CONSENT_CODE]
    if (this.#byCode.size < this.#byName.size || own.some((code) => this.#byCode.has(code))) {
      throw new Error('the names of two parts of the user value have the same code: rename one')
    }
  }

  /** Encodes a user value. @param stamp 8 random bytes that distinguish this state from every other state of the value */
  encode(value: UserValue, stamp: Uint8Array): Buffer {
    const writer = this.#writer.reset()
    writer.bytes(stamp)
    writer.count(FORMAT)
    writer.count(value.version)
    writer.time(value.lastEventAt)
    writer.text(value.latestEventId)
    writer.text(isEmpty(value.attributes) ? '' : JSON.stringify(value.attributes))
    const hasStanding = value.optedOut || value.mergedInto !== '' || value.mergedFrom.length > 0
    const isUnderWay = value.arriving.length > 0 || value.erasing.length > 0
    const isUploaded = value.attributesAt > 0
    const { consent } = value
    let count = value.foreign.length + [hasStanding, isUnderWay, isUploaded, consent !== undefined].filter(Boolean).length
    for (const [name, held] of value.parts) if (!this.#known(name).part.isEmpty(held)) count++
    writer.count(count)
    if (hasStanding) this.#write(STANDING_CODE, (partWriter) => writeStanding(partWriter, value))
    if (isUnderWay) this.#write(UNDER_WAY_CODE, (partWriter) => writeUnderWay(partWriter, value))
    if (isUploaded) this.#write(UPLOADED_CODE, (partWriter) => UPLOADED.write(partWriter, { at: value.attributesAt }))
    if (consent) this.#write(CONSENT_CODE, (partWriter) => writeConsent(partWriter, consent))
    for (const [name, held] of value.parts) {
      const { part, code } = this.#known(name)
      if (!part.isEmpty(held)) this.#write(code, (partWriter) => part.write(partWriter, held))
    }
    for (const { code, bytes } of value.foreign) {
      writer.count(code)
      writer.count(bytes.length)
      writer.bytes(bytes)
    }
    return writer.take()
  }

  #known(name: string): { part: Part<unknown>; code: number } {
    const known = this.#byName.get(name)
    if (!known) throw new Error(`part ${name} belongs to no accumulator of this configuration`)
    return known
  }

  #write(code: number, write: (writer: ColumnWriter) => void): void {
    const partWriter = this.#partWriter.reset()
    write(partWriter)
    this.#writer.count(code)
    this.#writer.count(partWriter.length)
    this.#writer.bytes(partWriter.view())
  }

  /**
   * Decodes the stored value of a user; see `decode`.
   * @throws UnreadableStateError if the bytes are not a user value; the failure is counted
   */
  decodeOf(userId: string, bytes: Uint8Array | undefined): UserValue {
    try {
      return this.decode(bytes)
    } catch (error) {
      countFailure('USER_VALUE_UNREADABLE')
      throw new UnreadableStateError(userId, { cause: error })
    }
  }

  /** Decodes a user value. @param bytes undefined for a user without state @throws RangeError if the bytes are not a user value */
  decode(bytes: Uint8Array | undefined): UserValue {
    const value = new UserValue()
    if (!bytes) return value
    const reader = new ColumnReader(bytes, STAMP_BYTES)
    const format = reader.count()
    if (format !== FORMAT) throw new RangeError(`a user's value has format ${format}, and this version reads format ${FORMAT}`)
    value.version = reader.count()
    value.lastEventAt = reader.time()
    value.latestEventId = reader.text()
    const attributes = reader.text()
    if (attributes) value.attributes = JSON.parse(attributes) as JsonObject
    const count = reader.count()
    for (let i = 0; i < count; i++) {
      const code = reader.count()
      const length = reader.count()
      const part = this.#byCode.get(code)
      if (code === STANDING_CODE) readStanding(reader, value)
      else if (code === UNDER_WAY_CODE) readUnderWay(reader, value)
      else if (code === CONSENT_CODE) value.consent = readConsent(reader)
      else if (code === UPLOADED_CODE) value.attributesAt = UPLOADED.read(reader).at
      else if (part) value.parts.set(part.name, part.read(reader))
      else if (this.#retired.has(code)) reader.skip(length)
      else value.foreign.push({ code, bytes: Buffer.from(reader.bytes(length)) })
    }
    return value
  }
}

/** Returns the latest event time of an encoded user value, in ms, without decoding the rest; 0 without events. */
export function lastEventOf(bytes: Uint8Array): number {
  const reader = new ColumnReader(bytes, STAMP_BYTES)
  reader.count()
  reader.count()
  return reader.time()
}

/** Returns the stamp of an encoded value, as a comparable text; empty for an absent value. */
export function stampOf(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, STAMP_BYTES).toString('latin1') : ''
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
