/** File name of the live journal, which is being written. When it is closed, it becomes a numbered segment. */
export const LIVE_JOURNAL = 'journal.jsonl'
const SEGMENT = /^journal-(\d{6,})\.jsonl(?:\.gz)?$/
const SNAPSHOT = /^snapshot-(\d{6,})$/

/** Returns the number of a closed segment, from its file name; undefined for other files. */
export function segmentNumber(name: string): number | undefined {
  return numberIn(name, SEGMENT)
}

/** Returns the number of the last segment that a snapshot contains, from its file name; undefined for other files. */
export function snapshotNumber(name: string): number | undefined {
  return numberIn(name, SNAPSHOT)
}

/**
 * Returns the number of the first segment of a journal, from the names of its files. The live journal is the segment after the last
 * closed one. 1 for a whole journal; undefined if no file belongs to a journal.
 */
export function firstSegment(names: readonly string[]): number | undefined {
  const [first] = segmentNumbers(names)
  if (first !== undefined) return first
  return names.includes(LIVE_JOURNAL) ? Math.max(0, ...snapshotNumbers(names)) + 1 : undefined
}

/** Returns the numbers of the closed segments among the files, in order. */
export function segmentNumbers(names: readonly string[]): number[] {
  return numbersIn(names, SEGMENT)
}

/** Returns the numbers of the snapshots among the files, in order. */
export function snapshotNumbers(names: readonly string[]): number[] {
  return numbersIn(names, SNAPSHOT)
}

function numberIn(name: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(name)
  return found ? Number(found[1]) : undefined
}

function numbersIn(names: readonly string[], pattern: RegExp): number[] {
  const found = names.flatMap((name) => numberIn(name, pattern) ?? [])
  return [...new Set(found)].sort((a, b) => a - b)
}
