import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { InvalidInputError } from '../src/errors.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { numberOption } from './support/command-options.ts'

const USAGE = `liverank bench compare [--baseline FILE] [--most RATIO] < FIGURES

Compares figures with those of a baseline (bench/baselines/live.jsonl). FIGURES and FILE are what a benchmark prints: one JSON object
a line. Each processorMs is divided by that of the case "calibration" of the same run: of a fixed piece of work. Prints the ratio of
each case, new to old, null without an old one. The exit code is 1 if a ratio is above RATIO (1.3).

  npm run -s bench -- live > figures.jsonl && npm run -s bench -- compare < figures.jsonl
`

const figure = z.looseObject({
  bench: z.string(),
  store: z.string().optional(),
  case: z.string(),
  processorMs: z.number().positive().optional(),
})

/** Processor time by case, as a multiple of that of the calibration. */
type Costs = ReadonlyMap<string, number>

export default async function compare(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      baseline: { type: 'string', default: join(PACKAGE_ROOT, 'bench/baselines/live.jsonl') },
      most: { type: 'string', default: '1.3' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const most = numberOption('most', values.most, 1, 100)
  const before = costsOf(await readFile(values.baseline, 'utf8'), values.baseline)
  const after = costsOf(await text(process.stdin), 'standard input')
  const back: string[] = []
  for (const [name, cost] of after) {
    const old = before.get(name)
    const ratio = old === undefined ? undefined : Number((cost / old).toFixed(2))
    process.stdout.write(`${JSON.stringify({ bench: 'compare', case: name, ratio: ratio ?? null })}\n`)
    if (ratio !== undefined && ratio > most) back.push(`${name} (${ratio})`)
  }
  if (back.length === 0) return
  process.stderr.write(`More than ${most} times the processor time of the baseline: ${back.join(', ')}.\n`)
  process.exitCode = 1
}

/** @throws InvalidInputError naming the line that is no figure */
function costsOf(lines: string, source: string): Costs {
  const figures = lines.split('\n').flatMap((line, at) => (line === '' ? [] : [parse(line, `${source}, line ${at + 1}`)]))
  const calibrations = figures.flatMap((one) => (one.case === 'calibration' ? (one.processorMs ?? []) : []))
  if (calibrations.length === 0) throw new InvalidInputError(`${source} has no figure of the case "calibration".`)
  const unit = calibrations.reduce((sum, ms) => sum + ms, 0) / calibrations.length
  const costs = figures.flatMap(({ bench, store, case: name, processorMs }) =>
    name === 'calibration' || processorMs === undefined
      ? []
      : [[[bench, store, name].filter((part) => part !== undefined).join(' '), processorMs / unit] as const],
  )
  return new Map(costs)
}

function parse(line: string, place: string): z.infer<typeof figure> {
  try {
    return figure.parse(JSON.parse(line))
  } catch {
    throw new InvalidInputError(`${place} is no figure of a benchmark: it must be a JSON object with "bench" and "case".`)
  }
}
