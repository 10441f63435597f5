const LOG_ID = /,"logId":"(\d+-\d+)"}$/

/** Adds the log id of the entry to a line. Logged positions refer to entries by this id. */
export function withLogId(line: string, id: string): string {
  return `${line.slice(0, -1)},"logId":"${id}"}`
}

/** Returns the log id in a line; undefined if it has none, as in a journal. */
export function logIdOf(line: string): string | undefined {
  return LOG_ID.exec(line)?.[1]
}

/** Returns the journal line for the fields of a log entry in Redis. */
export function lineOf(fields: readonly string[]): string {
  const entry = fields[fields.indexOf('e') + 1]
  const at = fields.indexOf('i')
  if (at < 0 || (fields[at + 1] === '[]' && !entry.startsWith('{"kind":"events"'))) return entry
  return `${entry.slice(0, -1)},"increments":${fields[at + 1]}}`
}
