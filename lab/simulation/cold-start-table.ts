import jstat from 'jstat'
import { type ColdStartGains, shareOfWay } from './cold-start.ts'

const { jStat } = jstat

/** Figures of one simulated shop. */
export interface ColdStartRun {
  readonly seed: number
  readonly gains: readonly ColdStartGains[]
}

/** A mean over shops, with its 95 % interval. Without an interval: of one shop. */
interface ShopMean {
  readonly value: number
  readonly reach: number | undefined
}

/** Returns lines of Markdown: a row for each number of events. Gains are means over the shops, and so are shares of the way. */
export function coldStartTable(runs: readonly ColdStartRun[]): string[] {
  const events = runs[0]?.gains.map((gains) => gains.events) ?? []
  return [
    '| events | gain: most popular | unknown user | served | best for all | best | share of the way: unknown user | served | by attributes |',
    `|---:${'|---:'.repeat(8)}|`,
    ...events.map((count, at) =>
      row(
        count,
        runs.map(({ gains }) => gains[at]!),
      ),
    ),
  ]
}

function row(events: number, gains: readonly ColdStartGains[]): string {
  const clicks = (read: (of: ColdStartGains) => number) => shopMean(gains.map(read)).value.toFixed(3)
  const share = (read: (of: ColdStartGains) => number) => percent(shopMean(gains.map(read)))
  return `| ${[
    events.toLocaleString('en-US'),
    clicks(({ popular }) => popular),
    clicks(({ unknown }) => unknown),
    clicks(({ served }) => served),
    clicks(({ bestForAll }) => bestForAll),
    clicks(({ best }) => best),
    share((of) => shareOfWay(of, of.unknown, of.popular)),
    share((of) => shareOfWay(of, of.served, of.popular)),
    share((of) => shareOfWay(of, of.served, of.unknown)),
  ].join(' | ')} |`
}

function shopMean(values: readonly number[]): ShopMean {
  const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length
  const value = mean(values)
  if (values.length < 2) return { value, reach: undefined }
  const variance = (mean(values.map((each) => (each - value) ** 2)) * values.length) / (values.length - 1)
  return { value, reach: jStat.studentt.inv(0.975, values.length - 1) * Math.sqrt(variance / values.length) }
}

function percent({ value, reach }: ShopMean): string {
  return `${(100 * value).toFixed(1)} %${reach === undefined ? '' : ` ± ${(100 * reach).toFixed(1)}`}`
}
