import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { lineChart, type Series } from '../plotting/line-chart.ts'
import { type DiscoveryOptions, discover } from '../simulation/discovery.ts'
import { type DiscoveryRun, discoveryFigures, discoveryTable } from '../simulation/discovery-table.ts'
import { slotRegret } from '../simulation/slot-regret.ts'

/** Options of `liverank exploration regret`, as they were parsed. */
export interface RegretCommandOptions {
  readonly rounds: number
  readonly seed: number
  readonly gamma?: number
  readonly out: string
}

/** Options of `liverank exploration discovery`, as they were parsed. */
export interface DiscoveryCommandOptions extends Omit<DiscoveryOptions, 'seed'> {
  readonly seeds: number
  readonly out: string
}

/** Measures the regret of an exploration slot, prints it, and writes regret.json and regret.svg. */
export async function runRegret({
  rounds,
  seed,
  gamma = eCommerce.exploration?.gamma ?? 1,
  out,
}: RegretCommandOptions): Promise<void> {
  const policies: [string, number][] = [
    ['drawn evenly', 1e-9],
    [`inverse gaps, γ ${gamma}`, gamma],
    ['the highest estimate', 1e12],
  ]
  const series: Series[] = []
  console.log('| slot | regret, clicks | clicks |\n|---|---:|---:|')
  for (const [name, steepness] of policies) {
    const points: [number, number][] = [[0, 0]]
    const onPoint = (round: number, sum: number) => void points.push([round, Math.round(sum * 10) / 10])
    const { regret, clicks } = await slotRegret({ seed, rounds, gamma: steepness, onPoint })
    series.push({ name, points })
    console.log(`| ${name} | ${regret.toFixed(0)} | ${clicks} |`)
  }
  await mkdir(out, { recursive: true })
  await writeFile(join(out, 'regret.json'), `${JSON.stringify({ seed, rounds, gamma, series })}\n`)
  const title = 'Regret of an exploration slot, simulated shoppers'
  await writeFile(join(out, 'regret.svg'), lineChart({ title, x: 'slots filled', y: 'clicks lost so far', series }))
}

/** Measures how long good new items stay unfound, prints it, and writes discovery.json. */
export async function runDiscovery({ seeds, out, ...options }: DiscoveryCommandOptions): Promise<void> {
  const runs: DiscoveryRun[] = []
  for (const times of [0, options.times])
    for (let seed = 1; seed <= seeds; seed++) runs.push({ times, seed, ...(await discover({ ...options, times, seed })) })
  for (const line of discoveryTable(runs)) console.log(line)
  await mkdir(out, { recursive: true })
  await writeFile(
    join(out, 'discovery.json'),
    `${JSON.stringify({ ...options, runs: runs.map(discoveryFigures) }, undefined, 1)}\n`,
  )
}
