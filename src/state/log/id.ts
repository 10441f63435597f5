/** Ids of log entries in Redis are two integers, ms and a sequence: `1732545600000-0`. */
export const BEGINNING = '0-0'

/** Negative when `a` comes before `b`. */
export function compareLogIds(a: string, b: string): number {
  const [msA, seqA] = a.split('-').map(Number)
  const [msB, seqB] = b.split('-').map(Number)
  return msA - msB || seqA - seqB
}

/** The first id behind this one. */
export function behind(id: string): string {
  const [ms, sequence] = id.split('-')
  return `${ms}-${BigInt(sequence) + 1n}`
}
