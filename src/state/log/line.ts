const LOG_ID = /,"logId":"(\d+-\d+)"}$/

/** The line with the id that its entry had in the log, by which others say how far the log was folded. */
export function withLogId(line: string, id: string): string {
  return `${line.slice(0, -1)},"logId":"${id}"}`
}

/** Undefined for a line without one, as in a journal. */
export function logIdOf(line: string): string | undefined {
  return LOG_ID.exec(line)?.[1]
}

/** The line of a journal that stands for the fields of an entry in a log of Redis. */
export function lineOf(fields: readonly string[]): string {
  const entry = fields[fields.indexOf('e') + 1]
  const at = fields.indexOf('i')
  if (at < 0 || !entry.startsWith('{"kind":"events"')) return entry
  return `${entry.slice(0, -1)},"increments":${fields[at + 1]}}`
}
