import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { eCommerce } from '../domain/e-commerce.ts'
import { InvalidInputError } from '../errors.ts'
import { linePlot, type Series } from '../plotting/line-plot.ts'
import { type Arrival, type Discovery, discover, FOUND, type SlotFigures, STAGES, type Stage } from '../simulation/discovery.ts'
import { slotRegret } from '../simulation/slot-regret.ts'
import { numberOption, runCommand } from './command-line.ts'

const USAGE = `npm run exploration -- regret [--rounds N] [--seed N] [--gamma N] [--out DIR]
npm run exploration -- discovery [--seeds N] [--days N] [--shoppers N] [--items N] [--times N] [--model NAME] [--out DIR]

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
        model: values.model,
      },
      numberOption('seeds', values.seeds, 1, 100),
      numberOption('times', values.times, 0.01, 100),
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

type Watched = Pick<Arrival, 'after' | 'watched'>

interface Row {
  readonly times: number
  readonly seed: number
  readonly explored: number
  readonly clickRate: number
  readonly slots: ReadonlyMap<string, SlotFigures>
  readonly good: readonly Watched[]
  readonly others: readonly Watched[]
}

async function discovery(
  options: { days: number; shoppers: number; items: number; model: string },
  seeds: number,
  times: number,
  out: string,
): Promise<void> {
  const rows: Row[] = []
  for (const one of [0, times])
    for (let seed = 1; seed <= seeds; seed++) rows.push(rowOf(one, seed, await discover({ ...options, seed, times: one })))
  console.log(
    `How many came so far, and hours for each: those that all items were watched until then, over these. First, fifth: impressions on merit; found with the ${FOUND}th.\n`,
  )
  const stages = STAGES.join(' | ')
  console.log(`| slots | of impressions | clicks per impression | good items | ${stages} | others | ${stages} |`)
  console.log(`|---${'|---:'.repeat(4 + 2 * STAGES.length)}|`)
  for (const one of [0, times]) {
    const of = rows.filter((row) => row.times === one)
    const mean = (read: (row: Row) => number) => of.reduce((sum, row) => sum + read(row), 0) / of.length
    const groups = [of.flatMap(({ good }) => good), of.flatMap(({ others }) => others)]
    const cells = groups.flatMap((group) => [group.length, ...STAGES.map((stage) => reachedBy(group, stage))])
    const slots = one === 0 ? 'none' : one === 1 ? "the shop's" : `${one} times the shop's`
    const shares = [slots, percent(mean(({ explored }) => explored)), percent(mean(({ clickRate }) => clickRate))]
    console.log(`| ${[...shares, ...cells].join(' | ')} |`)
  }
  printSlots(rows)
  await mkdir(out, { recursive: true })
  const asJson = rows.map((row) => ({ ...row, slots: Object.fromEntries(row.slots) }))
  await writeFile(join(out, 'discovery.json'), `${JSON.stringify({ ...options, rows: asJson }, undefined, 1)}\n`)
}

function printSlots(rows: readonly Row[]): void {
  const surfaces = [...new Set(rows.flatMap(({ slots }) => [...slots.keys()]))]
  const sum = (surface: string, read: (of: SlotFigures) => number) =>
    rows.reduce((total, { slots }) => total + (slots.has(surface) ? read(slots.get(surface)!) : 0), 0)
  console.log('\n| exploration slots of | impressions | clicks per impression |\n|---|---:|---:|')
  for (const surface of surfaces) {
    const impressions = sum(surface, (of) => of.impressions)
    const clicks = sum(surface, (of) => of.clicks)
    console.log(`| ${surface} | ${impressions} | ${percent(clicks / impressions)} |`)
  }
}

function reachedBy(group: readonly Watched[], stage: Stage): string {
  const reached = group.filter(({ after }) => after[stage] !== undefined).length
  const hours = group.reduce((sum, { after, watched }) => sum + (after[stage] ?? watched), 0)
  return reached > 0 ? `${reached}, ${(hours / reached).toFixed(0)} h` : 'none'
}

/** Good are items of the best sixth: a deviation above the mean appeal to everyone. Those that come in the last two days have no time to be found. */
function rowOf(times: number, seed: number, { arrivals, explored, impressions, clicks, slots }: Discovery): Row {
  const timely = arrivals.filter(({ watched }) => watched >= 48)
  const of = (isGood: boolean) =>
    timely.filter(({ item }) => item.quality >= 1 === isGood).map(({ after, watched }) => ({ after, watched }))
  return {
    times,
    seed,
    explored: explored / impressions,
    clickRate: clicks / impressions,
    slots,
    good: of(true),
    others: of(false),
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

runCommand('exploration', main)
