import { crc32 } from 'node:zlib'
import { OtherFormatError, UnreadableStateError } from '../errors.ts'
import { countFailure, invariant } from '../invariant.ts'
import { ColumnReader, ColumnWriter, SEPARATOR } from './column-codec.ts'
import { readPackedText, writePackedText } from './id-digits.ts'
import { type JsonObject, type Part, recordPart, UserValue } from './user-value.ts'

const FORMAT = 3
/** Formats of versions whose data this version does not read. */
const EARLIER_FORMATS: readonly number[] = [1, 2]
/** Length of the stamp at the start of every swapped value, in bytes. */
export const STAMP_BYTES = 8

/** Stands among the parts of a value whose owner has opted out, or has or had another id. */
const STANDING = recordPart('standing', 1, { optedOut: 'count', mergedInto: 'text', moving: 'count', mergedFrom: 'text' })

/** Stands among the parts of a value while a merge or an erasure is under way. */
const UNDER_WAY = recordPart('under_way', 2, { arriving: 'text', erasing: 'text', since: 'time' })

/** Stands among the parts of a value with uploaded attributes. */
const UPLOADED = recordPart('attributes_uploaded', 1, { at: 'time' })

/** Stands among the parts of a value whose user has given or withdrawn consent. */
const CONSENT = recordPart('consent', 1, { given: 'count', at: 'time' })

/** What the codec itself keeps among the parts of a value. */
interface OwnPart {
  readonly code: number
  /** Returns whether the value has it. Without it, nothing is written. */
  isIn(value: UserValue): boolean
  write(writer: ColumnWriter, value: UserValue): void
  read(reader: ColumnReader, value: UserValue): void
}

/** In the order in which they are written. */
const OWN: readonly OwnPart[] = [
  {
    code: codeOf(STANDING),
    isIn: ({ optedOut, links }) => optedOut || links.owner !== '' || links.mergedFrom.length > 0,
    write: (writer, { optedOut, links }) =>
      STANDING.write(writer, {
        optedOut: optedOut ? 1 : 0,
        mergedInto: links.owner,
        moving: links.isMoving ? 1 : 0,
        mergedFrom: links.mergedFrom.join(SEPARATOR),
      }),
    read: (reader, value) => {
      const { optedOut, mergedInto, moving, mergedFrom } = STANDING.read(reader)
      value.optedOut = optedOut === 1
      value.links.owner = mergedInto
      value.links.isMoving = moving === 1
      value.links.mergedFrom = idsOf(mergedFrom)
    },
  },
  {
    code: codeOf(UNDER_WAY),
    isIn: ({ links: { arriving, erasing } }) => arriving.length > 0 || erasing.length > 0,
    write: (writer, { links: { arriving, erasing, erasingSince: since } }) =>
      UNDER_WAY.write(writer, { arriving: arriving.join(SEPARATOR), erasing: erasing.join(SEPARATOR), since }),
    read: (reader, { links }) => {
      const { arriving, erasing, since } = UNDER_WAY.read(reader)
      links.arriving = idsOf(arriving)
      links.erasing = idsOf(erasing)
      links.erasingSince = since
    },
  },
  {
    code: codeOf(UPLOADED),
    isIn: ({ attributesAt }) => attributesAt > 0,
    write: (writer, { attributesAt: at }) => UPLOADED.write(writer, { at }),
    read: (reader, value) => {
      value.attributesAt = UPLOADED.read(reader).at
    },
  },
  {
    code: codeOf(CONSENT),
    isIn: ({ consent }) => consent !== undefined,
    write: (writer, { consent }) => {
      if (consent) CONSENT.write(writer, { given: consent.given ? 1 : 0, at: consent.at })
    },
    read: (reader, value) => {
      const { given, at } = CONSENT.read(reader)
      value.consent = { given: given === 1, at }
    },
  },
]
const OWN_BY_CODE: ReadonlyMap<number, OwnPart> = new Map(OWN.map((own) => [own.code, own]))

/** What stands for the name and layout of a part in values: 28 bits, which are four bytes. */
function codeOf({ name, layout, isTable }: Pick<Part<unknown>, 'name' | 'layout' | 'isTable'>): number {
  return crc32(`${layout} ${name}${isTable ? ' packed' : ''}`) % 2 ** 28
}

function idsOf(text: string): string[] {
  return text === '' ? [] : text.split(SEPARATOR)
}

/** Encodes and decodes user values with the parts of one configuration. */
export class UserValueCodec {
  readonly #byName: ReadonlyMap<string, { readonly part: Part<unknown>; readonly code: number }>
  readonly #byCode: ReadonlyMap<number, Part<unknown>>
  readonly #writer = new ColumnWriter()

  /** @throws Error if two parts have the same code */
  constructor(parts: readonly Part<unknown>[]) {
    this.#byName = new Map(parts.map((part) => [part.name, { part, code: codeOf(part) }]))
    this.#byCode = new Map(Array.from(this.#byName.values(), ({ part, code }) => [code, part]))
    if (this.#byCode.size < this.#byName.size || OWN.some(({ code }) => this.#byCode.has(code))) {
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
    writePackedText(writer, value.latestEventId)
    writer.text(isEmpty(value.attributes) ? '' : JSON.stringify(value.attributes))
    let count = value.foreign.length
    for (const own of OWN) if (own.isIn(value)) count++
    for (const [name, held] of value.parts) if (!this.#known(name).part.isEmpty(held)) count++
    writer.count(count)
    let written = 0
    for (const own of OWN) if (own.isIn(value)) written += this.#write(own.code, own, value)
    for (const [name, held] of value.parts) {
      const { part, code } = this.#known(name)
      if (!part.isEmpty(held)) written += this.#write(code, part, held)
    }
    written += value.foreign.length
    invariant(written === count, 'PARTS_MISCOUNTED', 'a value has other parts than it says.')
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

  /** @returns 1, the number of parts that it wrote */
  #write<T>(code: number, part: { write(writer: ColumnWriter, held: T): void }, held: T): 1 {
    this.#writer.count(code)
    const start = this.#writer.beginSized()
    part.write(this.#writer, held)
    this.#writer.endSized(start)
    return 1
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
    value.latestEventId = readPackedText(reader)
    const attributes = reader.text()
    if (attributes) value.attributes = JSON.parse(attributes) as JsonObject
    const count = reader.count()
    for (let i = 0; i < count; i++) {
      const code = reader.count()
      const length = reader.count()
      const own = OWN_BY_CODE.get(code)
      const part = this.#byCode.get(code)
      if (own) own.read(reader, value)
      else if (part) value.parts.set(part.name, part.read(reader))
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

/**
 * Refuses an encoded user value that an earlier version wrote.
 * @param where place of the value for the message, such as the path of a snapshot
 * @throws LiverankError LAYOUT_MISMATCH
 */
export function refuseEarlierFormat(bytes: Uint8Array, where: string): void {
  const format = new ColumnReader(bytes, STAMP_BYTES).count()
  if (EARLIER_FORMATS.includes(format)) throw new OtherFormatError(where, `the state of a user in format ${format}`)
}

/** Returns the stamp of an encoded value, as a comparable text; empty for an absent value. */
export function stampOf(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, STAMP_BYTES).toString('latin1') : ''
}

/** Returns whether an object has no properties. */
export function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
