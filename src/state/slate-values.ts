import { type ColumnReader, type ColumnWriter, SEPARATOR } from './column-codec.ts'
import type { SlotDrawn } from './log-entry.ts'

/** The part of a slate that events need if they name it. */
export interface ServedSlate {
  /** Time of serving on the wall clock, in ms. */
  readonly at: number
  readonly userId: string
  /** Version of the user's state; 0 for slates of other systems. */
  readonly version: number
  readonly surface: string | undefined
  readonly device: string | undefined
  /** Policy that made the slate; undefined for slates of other systems. */
  readonly policy: string | undefined
  /** Item ids from the top. */
  readonly items: readonly string[]
  /** Draw of the exploration slot; undefined if the slate has none. */
  readonly explored: { readonly itemId: string; readonly drawn: SlotDrawn } | undefined
}

/** An item of a stored slate with all that was sent to the client. `position` counts from 1 at the top. */
export interface WholeItem {
  readonly itemId: string
  readonly position: number
  readonly score: number
  readonly sources: readonly { readonly name: string; readonly score?: number | undefined }[]
  readonly reason: { readonly code: string; readonly anchorItemId?: string }
  readonly exploration: boolean
  readonly propensity: number
}

/** The exploration slot of a slate as served. */
export interface WholeSlot extends SlotDrawn {
  readonly itemId: string
  readonly share: number
  readonly gamma: number
  readonly arms: readonly string[]
  readonly estimates: readonly number[]
}

/** A slate with all that this version serves, as it stands in the log. */
export interface WholeSlate {
  readonly recommendationId: string
  readonly userId: string
  readonly surface?: string | undefined
  readonly device?: string | undefined
  readonly policy: string
  readonly version: number
  readonly trigger: string
  readonly latestEventId?: string | undefined
  readonly generatedAt: number
  readonly items: readonly WholeItem[]
  readonly earlier?: readonly string[] | undefined
  readonly explored?: WholeSlot | undefined
  readonly randomised?: { readonly share: number; readonly ranked: readonly string[] } | undefined
  readonly model?: string | undefined
  readonly vectors?: { readonly positions: readonly number[]; readonly of: number; readonly values: string } | undefined
  readonly fallback: boolean
  readonly warnings: readonly {
    readonly code: string
    readonly message: string
    readonly field?: string
    readonly itemIds?: readonly string[]
  }[]
  readonly tookMs: number
}

/** Number of properties with a value. */
function definedOf(record: object): number {
  let defined = 0
  for (const name in record) if ((record as Record<string, unknown>)[name] !== undefined) defined++
  return defined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A text that may stand in a column. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && !value.includes(SEPARATOR)
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function isWithin(value: unknown, limit: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit
}

function isCount(value: unknown): value is number {
  return isWithin(value, 2 ** 53)
}

function isTime(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 51
}

function isListOf<T>(value: unknown, isOne: (element: unknown) => element is T): value is T[] {
  return Array.isArray(value) && value.every(isOne)
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function isSource(source: unknown): source is WholeItem['sources'][number] {
  if (!isRecord(source) || typeof source.name !== 'string') return false
  if (source.score === undefined) return definedOf(source) === 1
  return Number.isFinite(source.score) && definedOf(source) === 2
}

function isReason(reason: unknown): reason is WholeItem['reason'] {
  if (!isRecord(reason) || typeof reason.code !== 'string') return false
  if (reason.anchorItemId === undefined) return definedOf(reason) === 1
  return isId(reason.anchorItemId) && definedOf(reason) === 2
}

function isItem(item: unknown): item is WholeItem {
  if (!isRecord(item) || !isId(item.itemId) || !isCount(item.position)) return false
  if (!Number.isFinite(item.score) || !Number.isFinite(item.propensity) || typeof item.exploration !== 'boolean') return false
  return isReason(item.reason) && isListOf(item.sources, isSource) && definedOf(item) === 7
}

function isSlot(slot: unknown): slot is WholeSlot {
  if (!isRecord(slot) || !isId(slot.itemId) || !isWithin(slot.decision, 2 ** 32) || !isTime(slot.decided)) return false
  if (typeof slot.sums !== 'string' || !isListOf(slot.inputs, (input): input is number => isWithin(input, 256))) return false
  if (![slot.best, slot.weight, slot.share, slot.gamma].every(isNumber)) return false
  return isListOf(slot.arms, isId) && isListOf(slot.estimates, isNumber) && definedOf(slot) === 11
}

function isRandomised(order: unknown): order is NonNullable<WholeSlate['randomised']> {
  return isRecord(order) && isNumber(order.share) && isListOf(order.ranked, isId) && definedOf(order) === 2
}

function isVectors(vectors: unknown): vectors is NonNullable<WholeSlate['vectors']> {
  if (!isRecord(vectors) || !isListOf(vectors.positions, isCount) || !isWithin(vectors.of, 2 ** 32)) return false
  return typeof vectors.values === 'string' && vectors.values.length % 4 === 0 && definedOf(vectors) === 3
}

function isWarning(warning: unknown): warning is WholeSlate['warnings'][number] {
  if (!isRecord(warning) || typeof warning.code !== 'string' || typeof warning.message !== 'string') return false
  const { field, itemIds } = warning
  if (!isOptionalText(field) || (itemIds !== undefined && !isListOf(itemIds, isId))) return false
  return definedOf(warning) === 2 + (field === undefined ? 0 : 1) + (itemIds === undefined ? 0 : 1)
}

/** Properties that every slate has. */
const REQUIRED = 10
const OPTIONAL = ['surface', 'device', 'latestEventId', 'earlier', 'explored', 'randomised', 'model', 'vectors'] as const

/** Returns whether a logged slate has all that this version serves, and nothing else. Slates of other versions and systems may differ. */
export function isWhole(slate: object): slate is WholeSlate {
  const { recommendationId, userId, policy, trigger, latestEventId, surface, device, model, ...rest } = slate as Record<
    string,
    unknown
  >
  for (const text of [recommendationId, policy, trigger]) if (typeof text !== 'string') return false
  for (const text of [surface, device, model]) if (!isOptionalText(text)) return false
  if (!isId(userId) || (latestEventId !== undefined && !isId(latestEventId))) return false
  const { version, generatedAt, tookMs, fallback, items, warnings, earlier, explored, randomised, vectors } = rest
  if (!isCount(version) || !isTime(generatedAt) || !isNumber(tookMs) || typeof fallback !== 'boolean') return false
  if (!isListOf(items, isItem) || !isListOf(warnings, isWarning)) return false
  if (earlier !== undefined && !isListOf(earlier, isId)) return false
  if (explored !== undefined && !isSlot(explored)) return false
  if (randomised !== undefined && !isRandomised(randomised)) return false
  if (vectors !== undefined && !isVectors(vectors)) return false
  const more = OPTIONAL.filter((name) => (slate as Record<string, unknown>)[name] !== undefined).length
  return definedOf(slate) === REQUIRED + more
}

/**
 * Words that slates often have, such as names of sources. A kept slate has the place of a word instead of the word. Add new words at
 * the end, and change none: stored slates refer to the places.
 */
const WORDS = [
  ...['default', 'home', 'item_page', 'cart', 'category', 'search', 'article', 'section', 'mobile', 'desktop', 'tablet'],
  ...['INITIAL', 'EVENT', 'MODEL', 'RULES', 'CATALOGUE', 'REFRESH', 'RESYNC', 'ERASED'],
  ...['BECAUSE_YOU_VIEWED', 'SIMILAR_TO_THIS', 'TRENDING', 'TRENDING_FOR_YOU', 'TRENDING_HERE', 'FAVOURITE_CATEGORY'],
  ...['FAVOURITE_BRAND', 'FAVOURITE', 'CHOSEN_TOGETHER', 'ALIKE', 'SEEN_BEFORE', 'PICKED_FOR_YOU', 'PICKED_BY_US', 'PINNED'],
  ...['NEW', 'EXPLORATION', 'MORE'],
  ...['item_to_item', 'trending', 'offline', 'recent', 'favourites', 'chosen_together', 'embedding', 'new', 'rules'],
  ...['PEOPLE_LIKE_YOU', 'popular_in_cohort', 'offline_neighbours', 'two_hops', 'buy_again'],
] as const

const PLACES: ReadonlyMap<string, number> = new Map(WORDS.map((word, place) => [word, place]))

/** Codes of an absent word, and of one that follows as a text. */
const [ABSENT, IN_FULL, FIRST] = [0, 1, 2]

/** Writes a word, or that it is absent. A word of the list takes the place of a small number. */
export function writeWord(writer: ColumnWriter, word: string | undefined): void {
  const place = word === undefined ? undefined : PLACES.get(word)
  if (place !== undefined) writer.count(FIRST + place)
  else if (word === undefined) writer.count(ABSENT)
  else {
    writer.count(IN_FULL)
    writer.text(word)
  }
}

/** Reads a word; undefined if it is absent. @throws RangeError if the bytes are invalid */
export function readWord(reader: ColumnReader): string | undefined {
  const code = reader.count()
  if (code === ABSENT) return undefined
  if (code === IN_FULL) return reader.text()
  const word = WORDS[code - FIRST]
  if (word === undefined) throw new RangeError('a kept slate has an unknown word')
  return word
}

/** How the numbers of a column are written. */
const NUMBERS = { equal: 0, reciprocals: 1, singles: 2, doubles: 3 } as const
const LARGEST_DIVISOR = 255

/**
 * Writes numbers in the shortest way that loses nothing of any of them: as one number if all are equal, as reciprocals of 1 to 255 in
 * a byte each, in 4 bytes, or in 8. NaN is allowed.
 */
export function writeNumbers(writer: ColumnWriter, numbers: readonly number[]): void {
  const form = formOf(numbers)
  writer.byte(form)
  if (form === NUMBERS.equal) writer.float64(numbers.length === 0 ? 0 : numbers[0])
  else if (form === NUMBERS.reciprocals) for (const number of numbers) writer.byte(Math.round(1 / number))
  else if (form === NUMBERS.singles) for (const number of numbers) writer.float32(number)
  else for (const number of numbers) writer.float64(number)
}

function formOf(numbers: readonly number[]): number {
  let [equal, reciprocals, singles] = [true, true, true]
  const [first] = numbers
  for (const number of numbers) {
    if (equal && !Object.is(number, first)) equal = false
    if (reciprocals && !isReciprocal(number)) reciprocals = false
    if (singles && !Object.is(Math.fround(number), number)) singles = false
    if (!equal && !reciprocals && !singles) return NUMBERS.doubles
  }
  if (equal) return NUMBERS.equal
  return reciprocals ? NUMBERS.reciprocals : NUMBERS.singles
}

function isReciprocal(number: number): boolean {
  const divisor = Math.round(1 / number)
  return divisor >= 1 && divisor <= LARGEST_DIVISOR && 1 / divisor === number
}

/** Reads numbers. @throws RangeError if the bytes are invalid */
export function readNumbers(reader: ColumnReader, rows: number): number[] {
  const numbers = new Array<number>(rows)
  const form = reader.byte()
  if (form === NUMBERS.equal) return numbers.fill(reader.float64())
  if (form > NUMBERS.doubles) throw new RangeError('a column of numbers has an unknown form')
  for (let i = 0; i < rows; i++) {
    if (form === NUMBERS.reciprocals) numbers[i] = 1 / reader.byte()
    else numbers[i] = form === NUMBERS.singles ? reader.float32() : reader.float64()
  }
  return numbers
}
