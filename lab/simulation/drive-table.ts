import type { Percentiles } from '../../src/latency-histogram.ts'
import type { DriveReport } from './drive-report.ts'

const COLUMNS: readonly [string, number, (report: DriveReport) => string][] = [
  ['time', 8, ({ elapsedMs }) => `${(elapsedMs / 1000).toFixed(0)} s`],
  ['visits', 8, ({ sessions }) => String(sessions)],
  ['events', 9, ({ events }) => String(events)],
  ['events/s', 9, ({ events, elapsedMs }) => (events / (elapsedMs / 1000)).toFixed(0)],
  ['slates', 8, ({ slates }) => String(slates)],
  ['clicks', 8, ({ clicks }) => String(clicks)],
  ['click rate', 11, ({ clickRate }) => percent(clickRate)],
  ['slate ms p50/p95/p99', 22, ({ latency }) => latencies(latency.slate)],
  ['record ms p50/p95/p99', 23, ({ latency }) => latencies(latency.record)],
  ['failures', 9, ({ failures }) => String(sum(failures))],
]

/** Returns the names of the columns of `driveRow`. */
export function driveHeader(): string {
  return COLUMNS.map(([name, width]) => name.padStart(width)).join(' ')
}

/** Returns one line of the live table. */
export function driveRow(report: DriveReport): string {
  return COLUMNS.map(([, width, cell]) => cell(report).padStart(width)).join(' ')
}

/** Returns the summary that is printed at the end, in a few lines. */
export function driveSummary(report: DriveReport): string {
  const {
    elapsedMs,
    sessions,
    events,
    duplicates,
    rejected,
    retries,
    slates,
    fallbacks,
    impressions,
    clicks,
    trueGain,
    latency,
  } = report
  const lines = [
    `${sessions} visits and ${events} events in ${(elapsedMs / 1000).toFixed(1)} s; ${duplicates} duplicates, ${rejected} rejected, ${retries} retries.`,
    `${slates} slates, ${fallbacks} of them by fallback; ${impressions} items seen, ${clicks} clicked (${percent(report.clickRate)}), ` +
      `${report.carts} put in carts, ${report.purchases} bought.`,
    `Milliseconds p50/p95/p99: a slate ${latencies(latency.slate)}, recording ${latencies(latency.record)}.`,
  ]
  if (latency.push !== undefined) {
    lines.push(`From event to pushed slate: ${latencies(latency.push)}; ${report.late} did not arrive in time.`)
  }
  if (trueGain !== undefined) {
    const { served, ideal } = trueGain
    lines.push(
      `By the true tastes, a slate was worth ${served.toFixed(3)} clicks: ${percent(served / ideal)} of the best possible ${ideal.toFixed(3)}.`,
    )
  }
  for (const [message, count] of Object.entries(report.failures)) lines.push(`${count} × ${message}`)
  return lines.join('\n')
}

function percent(share: number | undefined): string {
  return share === undefined ? 'none' : `${(100 * share).toFixed(1)} %`
}

function latencies(percentiles: Percentiles | undefined): string {
  if (percentiles === undefined) return 'none'
  return [percentiles.p50, percentiles.p95, percentiles.p99].map((ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0))).join('/')
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
