/** A value of a table. */
export type CellValue = string | number | boolean | null | undefined

/** Beginnings that spreadsheets take for a formula. */
const FORMULA = /^[=+\-@\t\r]/

/**
 * Writes a table as CSV (RFC 4180), in UTF-8 with a byte order mark, as spreadsheets expect it. A text that a spreadsheet would run as a
 * formula gets an apostrophe in front: ids come from clients.
 */
export function toCsv(titles: readonly string[], rows: readonly (readonly CellValue[])[]): string {
  return `\uFEFF${[titles, ...rows].map((row) => row.map(field).join(',')).join('\r\n')}\r\n`
}

function field(value: CellValue): string {
  if (value == null) return ''
  if (typeof value !== 'string') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Lets the browser save a text as a file. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  URL.revokeObjectURL(url)
}

/** In a name of a file, systems may refuse other characters, or not show them. `~` marks those that were replaced. */
const UNSAFE = /[^\p{L}\p{M}\p{N}._-]/gu
/** Systems refuse longer names: 255 bytes, and a character may have four. */
const MOST_LETTERS = 60

/**
 * Returns the name of a CSV file. Different ids lead to different names, if they differ in their first letters.
 * @param of id of what the table is about; the name is that of the table alone if absent
 */
export function fileName(label: string, of?: string): string {
  const name = label.replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, ' ').trim()
  const id = of?.replaceAll(UNSAFE, (letter) => `~${letter.codePointAt(0)!.toString(16)}`)
  return `${[name, ...(id === undefined ? [] : [id])].map((part) => [...part].slice(0, MOST_LETTERS).join('')).join(' ')}.csv`
}
