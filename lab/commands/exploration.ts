import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { numberOption, runCommand } from '../../src/commands/command-line.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { linePlot, type Series } from '../plotting/line-plot.ts'
import { type DiscoveryOptions, discover } from '../simulation/discovery.ts'
import { type DiscoveryRun, discoveryFigures, discoveryTable } from '../simulation/discovery-table.ts'
import { slotRegret } from '../simulation/slot-regret.ts'

const USAGE = `npm run exploration -- regret [--rounds N] [--seed N] [--gamma N] [--out DIR]
npm run exploration -- discovery [--seeds N] [--days N] [--shoppers N] [--items N] [--times N]
  [--listings SHARE] [--model NAME] [--out DIR]

What exploration costs and brings, with simulated shoppers on the service itself.

  regret       clicks that an exploration slot loses against knowing every shopper's taste, beside a slot that is drawn evenly and one
               that always takes what promises most: regret.svg and regret.json
  discovery    how long a good item that arrives stays unfound, with exploration slots and without: discovery.json

  --rounds N   slots that are filled (100000)
  --seed N     the same seed makes the same shop and shoppers (1)
  --gamma N    of inverse gap weighting (${eCommerce.exploration?.gamma}, the shop's)
  --seeds N    how many shops (3)
  --days N     length of each (14)
  --shoppers N people who may come (1500)
  --items N    items of the catalogue, a fifth of which arrives meanwhile (400)
  --times N    how often there is a slot, times what the shop has on each surface (1)
  --listings SHARE  of their searches and listings that shoppers make, 0 to 1; the others are slates instead: 0 is a feed (1)
  --model NAME of the models folder; empty leaves ranking to a rule (default)
  --out DIR    folder of the files (docs/exploration)
  --help       this text`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      gamma: { type: 'string', default: String(eCommerce.exploration?.gamma) },
      seeds: { type: 'string', default: '3' },
      days: { type: 'string', default: '14' },
      shoppers: { type: 'string', default: '1500' },
      items: { type: 'string', default: '400' },
      times: { type: 'string', default: '1' },
      listings: { type: 'string', default: '1' },
      model: { type: 'string', default: 'default' },
      out: { type: 'string', default: 'docs/exploration' },
      help: { type: 'boolean', default: false },
    },
  })
  const [what] = positionals
  if (values.help) console.log(USAGE)
  else if (what === 'regret')
    await regret(
      numberOption('rounds', values.rounds, 100, 10_000_000),
      numberOption('seed', values.seed, 0, 1e9),
      numberOption('gamma', values.gamma, 1e-9, 1e12),
      values.out,
    )
  else if (what === 'discovery')
    await discovery(
      {
        days: numberOption('days', values.days, 2, 365),
        shoppers: numberOption('shoppers', values.shoppers, 1, 1e6),
        items: numberOption('items', values.items, 50, 1e6),
        times: numberOption('times', values.times, 0.01, 100),
        listings: numberOption('listings', values.listings, 0, 1),
        model: values.model,
      },
      numberOption('seeds', values.seeds, 1, 100),
      values.out,
    )
  else throw new InvalidInputError(`say what to measure, regret or discovery.\n\n${USAGE}`)
}

async function regret(rounds: number, seed: number, gamma: number, out: string): Promise<void> {
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
  await writeFile(join(out, 'regret.svg'), linePlot({ title, x: 'slots filled', y: 'clicks lost so far', series }))
}

async function discovery(options: Omit<DiscoveryOptions, 'seed'>, seeds: number, out: string): Promise<void> {
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

runCommand('exploration', main)
