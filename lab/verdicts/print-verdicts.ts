import type { ComparedLog } from './comparison.ts'
import { verdictSections } from './verdict-sections.ts'

/** Prints the verdicts as tables for a terminal. */
export function printVerdicts(logs: readonly ComparedLog[]): void {
  for (const { title, paragraphs, head, rows } of verdictSections(logs)) {
    console.log(`\n${title}`)
    for (const paragraph of paragraphs) console.log(`  ${paragraph}`)
    if (rows.length === 0) continue
    const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column].length)))
    for (const row of [head, ...rows])
      console.log(
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd()}`,
      )
  }
}
