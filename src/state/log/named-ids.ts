/** An id by which an entry can belong to someone, as it stands in JSON. */
const IDS = /"(?:userId|id)":("(?:[^"\\]|\\.)*")/g

/** Returns the ids that a log line, or a slate in JSON, names. Each is in JSON, with its quotes. */
export function* namedIds(line: string): Generator<string> {
  for (const [, quoted] of line.matchAll(IDS)) yield quoted
}
