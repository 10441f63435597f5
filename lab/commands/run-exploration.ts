import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { readConfig } from '../../src/service/config.ts'
import { lineChart, type Series } from '../plotting/line-chart.ts'
import { type DiscoveryOptions, discover } from '../simulation/discovery.ts'
import { type DiscoveryRun, discoveryFigures, discoveryTable } from '../simulation/discovery-table.ts'
import { type ExploringDomain, exploringDomain } from '../simulation/simulated-domain.ts'
import { slotRegret } from '../simulation/slot-regret.ts'
import { expectServableByName } from './expect-servable.ts'

/** Options of `liverank exploration regret`, as they were parsed. */
export interface RegretCommandOptions {
  readonly rounds: number
  readonly seed: number
  readonly gamma?: number
  readonly out: string
}

/** Options of `liverank exploration discovery`, as they were parsed. */
export interface DiscoveryCommandOptions extends Omit<DiscoveryOptions, 'seed' | 'domain' | 'modelDir'> {
  readonly seeds: number
  readonly out: string
}

/**
 * Measures the regret of an exploration slot, prints it, and writes regret.json and regret.svg.
 * @throws DomainError if the domain cannot be used, lacks event types of the simulated shoppers, or turns exploration off
 */
export async function runRegret({ rounds, seed, out, ...given }: RegretCommandOptions): Promise<void> {
  const domain = await domainOf(readConfig(process.env).DOMAIN)
  const { gamma = domain.exploration.gamma } = given
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
    const { regret, clicks } = await slotRegret({ domain, seed, rounds, gamma: steepness, onPoint })
    series.push({ name, points })
    console.log(`| ${name} | ${regret.toFixed(0)} | ${clicks} |`)
  }
  await mkdir(out, { recursive: true })
  await writeFile(join(out, 'regret.json'), `${JSON.stringify({ domain: domain.name, seed, rounds, gamma, series })}\n`)
  const title = 'Regret of an exploration slot, simulated shoppers'
  await writeFile(join(out, 'regret.svg'), lineChart({ title, x: 'slots filled', y: 'clicks lost so far', series }))
}

/**
 * Measures how long good new items stay unfound, prints it, and writes discovery.json.
 * @throws DomainError as `runRegret`
 * @throws InvalidInputError for a model that cannot be served
 */
export async function runDiscovery({ seeds, out, ...options }: DiscoveryCommandOptions): Promise<void> {
  const { DOMAIN, MODEL_DIR: modelDir } = readConfig(process.env)
  const domain = await domainOf(DOMAIN)
  if (options.model !== '') await expectServableByName('--model', options.model, modelDir, domain)
  const runs: DiscoveryRun[] = []
  for (const times of [0, options.times])
    for (let seed = 1; seed <= seeds; seed++)
      runs.push({ times, seed, ...(await discover({ ...options, domain, modelDir, times, seed })) })
  for (const line of discoveryTable(runs)) console.log(line)
  await mkdir(out, { recursive: true })
  await writeFile(
    join(out, 'discovery.json'),
    `${JSON.stringify({ domain: domain.name, ...options, runs: runs.map(discoveryFigures) }, undefined, 1)}\n`,
  )
}

async function domainOf(nameOrPath: string): Promise<ExploringDomain> {
  return exploringDomain(await loadDomain(nameOrPath), nameOrPath)
}
