/** A Markdown table. Cells are one line each; a pipe within a cell is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A page that `npm run docs` writes: a note for editors, then its parts with an empty line between them. */
export function page(source: string, ...parts: readonly string[]): string {
  return `${[`<!-- Written by \`npm run docs\` from ${source}. Do not edit this page. -->`, ...parts].join('\n\n')}\n`
}

/** Text of a description as one table cell. */
export function cell(text: string | null | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}
