import type { Row } from './fault-rows.ts'
import type { Verdict } from './oracle.ts'

/** The table of all faults that were brought about, for reading. */
export function formatTable(verdicts: ReadonlyMap<Row, readonly Verdict[]>, firstSeed: number): string {
  const head = ['fault', 'backend', 'durability', 'seeds', 'sent', 'acknowledged', 'lost', 'twice', 'verdict']
  const rows = [...verdicts].map(([{ fault, backend, durability }, ofRow]) => {
    const sum = (figure: (verdict: Verdict) => number) => ofRow.reduce((all, verdict) => all + figure(verdict), 0)
    const figures = [ofRow.length, sum((v) => v.sent), sum((v) => v.acknowledged), sum((v) => v.lost), sum((v) => v.twice)]
    return [fault, backend, durability, ...figures.map(String), judgement(ofRow)]
  })
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  return ['', line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line), `first seed: ${firstSeed}`].join(
    '\n',
  )
}

function judgement(verdicts: readonly Verdict[]): string {
  const failed = verdicts.filter(({ broken }) => broken.length > 0).length
  if (failed > 0) return `broken with ${failed} of ${verdicts.length} seeds`
  const within = Math.max(...verdicts.map(({ lostWithin }) => lostWithin))
  return within > 0 ? `as stated: lost is at most the last ${(within / 1000).toFixed(2)} s` : 'as stated'
}
