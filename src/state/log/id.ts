/** Smallest id of a log entry in Redis. An id is two integers, ms and a sequence number: `1732545600000-0`. */
export const BEGINNING = '0-0'

/** Compares two log ids. @returns a negative number if `a` comes before `b` */
export function compareLogIds(a: string, b: string): number {
  const [msA, seqA] = a.split('-').map(Number)
  const [msB, seqB] = b.split('-').map(Number)
  return msA - msB || seqA - seqB
}

/** Returns the first id after this one. */
export function behind(id: string): string {
  const [ms, sequence] = id.split('-')
  return `${ms}-${BigInt(sequence) + 1n}`
}
