import { closest, distance } from 'fastest-levenshtein'

/** The name that was probably meant: at most two edits away, or a third of its letters. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const nearest = closest(name, known)
  return distance(name, nearest) <= Math.max(2, name.length / 3) ? nearest : undefined
}

/** More names than this would hide the sentence. */
const MOST_LISTED = 20

/** Returns the end of an error message about an unknown name: the most similar known name, or all known names if they are few. */
export function unknownName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  if (nearest !== undefined) return `. Did you mean ${nearest}?`
  return known.length === 0 || known.length > MOST_LISTED ? '.' : `. Known: ${known.join(', ')}.`
}

/** Returns the name that such a message suggests; undefined if it suggests none. */
export function suggestedName(sentence: string): string | undefined {
  return /Did you mean (.+)\?$/.exec(sentence)?.[1]
}
