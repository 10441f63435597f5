/** The line of a journal that stands for the fields of an entry in a log of Redis. */
export function lineOf(fields: readonly string[]): string {
  const entry = fields[fields.indexOf('e') + 1]
  const at = fields.indexOf('i')
  if (at < 0 || !entry.startsWith('{"kind":"events"')) return entry
  return `${entry.slice(0, -1)},"increments":${fields[at + 1]}}`
}
