import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { group } from 'd3-array'
import { z } from 'zod'
import { InvalidInputError } from '../src/errors.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { numberOption } from './support/command-options.ts'
import { Figures } from './support/figures.ts'

/** Shorter times of single steps vary too much from run to run. */
const LEAST_MS = 0.1

const USAGE = `liverank bench compare [--baseline FILE] [--most RATIO] < FIGURES

Compares the CPU time of each case with that of a baseline. FIGURES and FILE are what benchmarks print that have a case "calibration". The
CPU time of a case is its processorMs or processorUs, or the median of that. It is divided by that of the calibration of the same run, a
fixed piece of work, since machines and hours differ. The exit code is 1 if the ratio of new to old is above RATIO (1.3) for a case that
takes at least ${LEAST_MS} ms, or of which processorUs is the mean of many events. FILE: by default, bench/baselines/NAME.jsonl for figures of
the benchmark NAME. To make or renew a baseline, write the figures to that file while the machine does nothing else.

  npm run -s bench -- recommend > figures.jsonl && npm run -s bench -- compare < figures.jsonl
`

const figures = new Figures('compare', { ratio: 'new to old, at least 0; null if the baseline lacks the case' })

const cost = z.union([
  z.number().nonnegative(),
  z.looseObject({ median: z.number().nonnegative() }).transform(({ median }) => median),
])
const line = z.looseObject({
  bench: z.string().regex(/^[a-z-]+$/),
  store: z.string().optional(),
  case: z.string(),
  processorMs: cost.optional(),
  processorUs: cost.optional(),
  settings: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
})
type Line = z.infer<typeof line>

/** What a run of a benchmark measured. */
interface Run {
  readonly settings: Line['settings']
  /** By case. */
  readonly costs: ReadonlyMap<string, Cost>
}

interface Cost {
  /** Processor time, as a multiple of that of the calibration. */
  readonly relative: number
  /** Whether it is long enough to be compared. */
  readonly isSteady: boolean
}

export default async function compare(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { baseline: { type: 'string' }, most: { type: 'string', default: '1.3' }, help: { type: 'boolean' } },
  })
  if (values.help) return figures.printHelp(USAGE)
  const most = numberOption('most', values.most, 1, 100)
  const back: string[] = []
  for (const [bench, run] of runsOf(await text(process.stdin), 'standard input')) {
    const before = await baselineOf(bench, values.baseline)
    if (!isDeepStrictEqual(run.settings, before.settings))
      throw new InvalidInputError(
        `The figures of ${bench} were measured with ${JSON.stringify(run.settings ?? {})}, and the baseline with ${JSON.stringify(before.settings ?? {})}: measure again with the settings of the baseline.`,
      )
    for (const [name, { relative, isSteady }] of run.costs) {
      const old = before.costs.get(name)
      const ratio = old === undefined ? Number.NaN : Number((relative / old.relative).toFixed(2))
      figures.print({ case: name, ratio })
      if (ratio > most && isSteady) back.push(`${name} (${ratio})`)
    }
  }
  if (back.length === 0) return
  process.stderr.write(`More than ${most} times the processor time of the baseline: ${back.join(', ')}.\n`)
  process.exitCode = 1
}

/** @throws InvalidInputError if there is none */
async function baselineOf(bench: string, file: string | undefined): Promise<Run> {
  const path = file ?? join(PACKAGE_ROOT, `bench/baselines/${bench}.jsonl`)
  if (!existsSync(path))
    throw new InvalidInputError(
      `${path} does not exist: pass --baseline, or make it with "npm run -s bench -- ${bench} > ${path}".`,
      'baseline',
    )
  const run = runsOf(await readFile(path, 'utf8'), path).get(bench)
  if (run === undefined) throw new InvalidInputError(`${path} has no figure of the benchmark ${bench}.`, 'baseline')
  return run
}

/** By benchmark. @throws InvalidInputError naming the line that is no figure, or the benchmark without a calibration */
function runsOf(lines: string, source: string): ReadonlyMap<string, Run> {
  const all = lines.split('\n').flatMap((one, at) => (one === '' ? [] : [parse(one, `${source}, line ${at + 1}`)]))
  if (all.length === 0) throw new InvalidInputError(`${source} has no figures.`)
  const groups = group(all, ({ bench }) => bench)
  return new Map(Array.from(groups, ([bench, own]) => [bench, runOf(bench, own, source)]))
}

function runOf(bench: string, lines: readonly Line[], source: string): Run {
  const calibrations = lines.filter((one) => one.case === 'calibration' && (one.processorMs ?? 0) > 0)
  if (calibrations.length === 0) throw new InvalidInputError(`${source} has no figure of the case "calibration" of ${bench}.`)
  const unitMs = calibrations.reduce((sum, one) => sum + one.processorMs!, 0) / calibrations.length
  const costs = lines.flatMap(({ store, case: name, processorMs, processorUs }): [string, Cost][] => {
    const ms = processorMs ?? (processorUs === undefined ? 0 : processorUs / 1000)
    if (name === 'calibration' || ms === 0) return []
    const isSteady = processorUs !== undefined || ms >= LEAST_MS
    return [[[bench, store, name].filter((part) => part !== undefined).join(' '), { relative: ms / unitMs, isSteady }]]
  })
  return { settings: calibrations[0].settings, costs: new Map(costs) }
}

function parse(one: string, place: string): Line {
  try {
    return line.parse(JSON.parse(one))
  } catch {
    throw new InvalidInputError(`${place} is no figure of a benchmark: it must be a JSON object with "bench" and "case".`)
  }
}
