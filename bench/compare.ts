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

Compares each case with that of a baseline. FIGURES and FILE are what benchmarks print that have a case "calibration". Three kinds of
figures are compared, and the exit code is 1 if the ratio of new to old is above RATIO (1.3) for one of them:

- CPU time: processorMs or processorUs, or the median of that. Times below ${LEAST_MS} ms do not count, except for processorUs, which is a mean of
  many events.
- time of a slate at the saturation, which is 1 / slatesPerSecond
- memory: residentMb

Both times are divided by the CPU time of the calibration of the same run, a fixed piece of work, since machines and hours differ. The exit
code is also 1 if events stayed without a slate, a version fell or /ready was not 200, and none did so in the baseline.

FILE: by default, bench/baselines/NAME.jsonl for figures of the benchmark NAME. To make or renew a baseline, write the figures to that file
while the machine does nothing else.

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
  slatesPerSecond: z.number().positive().optional(),
  residentMb: z.number().positive().optional(),
  unanswered: z.number().optional(),
  fallen: z.number().optional(),
  notReady: z.number().optional(),
  settings: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
})
type Line = z.infer<typeof line>

/** What a run of a benchmark measured. */
interface Run {
  readonly settings: Line['settings']
  /** By case and kind. */
  readonly costs: ReadonlyMap<string, Cost>
  /** By case: events without a slate, versions that fell and answers of /ready other than 200. */
  readonly failures: ReadonlyMap<string, number>
}

interface Cost {
  /** A time as a multiple of the CPU time of the calibration, or a memory in MiB. */
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
  const failed: string[] = []
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
    for (const [name, failures] of run.failures)
      if (failures > 0 && before.failures.get(name) === 0) failed.push(`${name} (${failures})`)
  }
  if (back.length > 0) process.stderr.write(`More than ${most} times the baseline: ${back.join(', ')}.\n`)
  if (failed.length > 0)
    process.stderr.write(`Without a slate, fallen or not ready, and not so in the baseline: ${failed.join(', ')}.\n`)
  if (back.length + failed.length > 0) process.exitCode = 1
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
  const measured = lines.filter((one) => one.case !== 'calibration')
  return {
    settings: calibrations[0].settings,
    costs: new Map(measured.flatMap((one) => costsOf(one, unitMs))),
    failures: new Map(measured.flatMap((one) => (one.unanswered === undefined ? [] : [[nameOf(one), failuresOf(one)]]))),
  }
}

function costsOf(one: Line, unitMs: number): [string, Cost][] {
  const { processorMs, processorUs, slatesPerSecond, residentMb } = one
  const name = nameOf(one)
  const found: [string, Cost][] = []
  const ms = processorMs ?? (processorUs === undefined ? 0 : processorUs / 1000)
  if (ms > 0) found.push([name, { relative: ms / unitMs, isSteady: processorUs !== undefined || ms >= LEAST_MS }])
  if (one.case === 'saturation' && slatesPerSecond !== undefined)
    found.push([`${name}, time of a slate`, { relative: 1000 / slatesPerSecond / unitMs, isSteady: true }])
  if (residentMb !== undefined) found.push([`${name}, memory`, { relative: residentMb, isSteady: true }])
  return found
}

function failuresOf({ unanswered = 0, fallen = 0, notReady = 0 }: Line): number {
  return unanswered + fallen + notReady
}

function nameOf({ bench, store, case: name }: Line): string {
  return [bench, store, name].filter((part) => part !== undefined).join(' ')
}

function parse(one: string, place: string): Line {
  try {
    return line.parse(JSON.parse(one))
  } catch {
    throw new InvalidInputError(`${place} is no figure of a benchmark: it must be a JSON object with "bench" and "case".`)
  }
}
