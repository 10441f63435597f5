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
