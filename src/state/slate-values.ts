import type { ColumnReader, ColumnWriter } from './column-codec.ts'

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
  ...['PEOPLE_LIKE_YOU', 'popular_in_cohort', 'offline_neighbours'],
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
