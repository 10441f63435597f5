import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SingleBar } from 'cli-progress'
import { choiceOption, numberOption, runCommand } from '../../src/commands/command-line.ts'
import { readConfig } from '../../src/config.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { DataFolder } from '../../src/import/data-folder.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import type { NextItems } from '../learning/next-items.ts'
import { readNextItems } from '../learning/play-log.ts'
import { METHODS, ROW_SETS } from '../replay/judge.ts'
import { startOwnServer } from '../replay/own-server.ts'
import { type ReplayReport, replayLog } from '../replay/replay-log.ts'
import { startTemporaryRedis } from '../replay/temporary-redis.ts'

const STORES = ['memory', 'redis', 'both'] as const

const USAGE = `npm run replay -- FOLDER [options]

Plays a log through the public API as apps would: every active session holds a subscription, sends its events, and waits for the slate
of each. Judges the slates by what comes next in the session, beside popularity, item-to-item and recently seen alone on the same rows.

  --url URL              a running server, ws://…/graphql; it must be on the clock of the events (CLOCK=events) and have an empty
                         store. Without it the command starts its own
  --store KIND           of its own server: memory, redis or both (both); with both their figures must be equal
  --redis URL            an empty Redis for it; one is started if absent
  --model NAME           the model of its own server: one of models/, or a folder (default); none leaves ranking to a rule
  --surface-attribute NAME  an attribute of the events that says where something was shown, if that is not eventAttributes.surface:
                         a text or a number
  --limit N              stop after N events
  --score-from SHARE     judge from this share of the events on (0)
  --in-flight N          events under way at once (1). With 1 they come in one global order, so that quality can be compared; with
                         more, in order for each session: that measures speed
  --json                 figures for machines`

type Percentiles = { readonly p50: number; readonly p95: number; readonly p99: number }

interface Figures {
  readonly server: string
  readonly recorded: number
  readonly duplicates: number
  readonly rejected: number
  readonly reasons: readonly string[]
  readonly eventsPerSecond: number
  readonly recordMs: Percentiles
  readonly eventToSlateMs: Percentiles
  readonly rows: readonly { rowSet: string; method: string; rows: number; hr20: number; mrr20: number }[]
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      store: { type: 'string' },
      redis: { type: 'string' },
      model: { type: 'string' },
      limit: { type: 'string' },
      'surface-attribute': { type: 'string' },
      'score-from': { type: 'string', default: '0' },
      'in-flight': { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const [folder] = positionals
  if (positionals.length !== 1) throw new InvalidInputError(`name one data folder.\n\n${USAGE}`)
  const { url, model = 'default' } = values
  const store = choiceOption('store', values.store ?? 'both', STORES)
  if (url !== undefined && !/^(ws|http)s?:\/\//.test(url))
    throw new InvalidInputError(`--url is ${url}: give the GraphQL endpoint, such as ws://127.0.0.1:4000/graphql.`)
  for (const name of ['store', 'redis', 'model'] as const) {
    if (url !== undefined && values[name] !== undefined)
      throw new InvalidInputError(`--${name} is for a server of the command's own: it does not go with --url.`)
  }
  const problems = noProblems()
  const scoreFrom = numberOption('score-from', values['score-from'], 0, 1)
  const limit = values.limit === undefined ? Number.POSITIVE_INFINITY : numberOption('limit', values.limit, 1, 1e9)
  const inFlight = numberOption('in-flight', values['in-flight'], 1, 10_000)
  const { DOMAIN } = readConfig(process.env)
  const domain = await loadDomain(DOMAIN)
  const data = new DataFolder(folder, values['surface-attribute'])
  const next = await readNextItems(data, domain, problems)
  const events = Math.min(limit, next.events)
  const plan: Plan = {
    data,
    domain,
    domainSetting: DOMAIN,
    next,
    events,
    scoreFrom: Math.floor(events * scoreFrom),
    inFlight,
    bar: !values.json,
  }
  const figures: Figures[] = []
  if (url !== undefined) figures.push(await play(plan, url, url.replace(/^http/, 'ws')))
  else {
    if (store !== 'redis') figures.push(await playOnOwnServer(plan, 'memory', modelSettings(model)))
    if (store !== 'memory') figures.push(await playOnRedis(plan, values.redis, modelSettings(model)))
  }
  if (values.json) console.log(JSON.stringify({ folder, events, problems, figures }, null, 2))
  else print(folder, problems.duplicates, figures)
  if (figures.length < 2 || inFlight > 1) return
  if (JSON.stringify(figures[0].rows) !== JSON.stringify(figures[1].rows)) {
    console.error('replay: the two stores do not agree.')
    process.exitCode = 1
  } else if (!values.json) console.log('\nBoth stores give the same figures.')
}

interface Plan {
  readonly data: DataFolder
  readonly domain: Domain
  /** The name or path of the domain, for a server of the command's own. */
  readonly domainSetting: string
  readonly next: NextItems
  readonly events: number
  /** Number of the first event whose slate is judged. */
  readonly scoreFrom: number
  readonly inFlight: number
  readonly bar: boolean
}

function modelSettings(model: string): Record<string, string> {
  if (model === 'none') return { MODEL: '' }
  const path = resolve(model.includes('/') ? model : join('models', model))
  return { MODEL_DIR: dirname(path), MODEL: basename(path) }
}

async function playOnRedis(plan: Plan, url: string | undefined, settings: Record<string, string>): Promise<Figures> {
  const own = url === undefined ? await startTemporaryRedis() : undefined
  try {
    const place = { REDIS_URL: url ?? own!.url, REDIS_PREFIX: `replay-${process.pid}` }
    return await playOnOwnServer(plan, 'redis', { ...settings, ...place })
  } finally {
    await own?.stop()
  }
}

async function playOnOwnServer(plan: Plan, name: string, settings: Record<string, string>): Promise<Figures> {
  const dataDir = await mkdtemp(join(tmpdir(), 'liverank-replay-'))
  const server = await startOwnServer({ ...settings, DOMAIN: plan.domainSetting, DATA_DIR: dataDir })
  try {
    return await play(plan, name, server.url)
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function play(plan: Plan, name: string, url: string): Promise<Figures> {
  const { data, domain, next, events, scoreFrom, inFlight } = plan
  const bar = new SingleBar({
    format: `${name} |{bar}| {percentage} %  {value} of {total} events, {eta_formatted} to go`,
    noTTYOutput: false,
    clearOnComplete: true,
  })
  if (plan.bar) bar.start(events, 0)
  try {
    const onProgress = (done: number) => bar.update(done)
    const options = { data, url, next, scoreFrom, inFlight, domain, limit: events, onProgress }
    return toFigures(name, await replayLog(options))
  } finally {
    bar.stop()
  }
}

function toFigures(server: string, report: ReplayReport): Figures {
  const { recorded, duplicates, rejected, reasons, seconds, recordMs, slateMs, judge } = report
  const rows = ROW_SETS.flatMap((rowSet) =>
    METHODS.map((method) => {
      const { rows, hr20, mrr20 } = judge.rates[rowSet][method]
      return { rowSet, method, rows, hr20, mrr20 }
    }),
  )
  const eventsPerSecond = (recorded + duplicates) / seconds
  const latencies = { recordMs: percentiles(recordMs), eventToSlateMs: percentiles(slateMs) }
  return { server, recorded, duplicates, rejected, reasons, eventsPerSecond, ...latencies, rows }
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

function print(folder: string, repetitions: number, figures: readonly Figures[]): void {
  for (const { server, recorded, duplicates, rejected, reasons, eventsPerSecond, recordMs, eventToSlateMs, rows } of figures) {
    console.log(`\n${folder}, ${server}`)
    console.log(`  events          ${recorded} recorded, ${duplicates} duplicates, ${rejected} rejected`)
    if (repetitions > 0) console.log(`                  ${repetitions} lines that repeat the line before were not sent`)
    for (const reason of reasons) console.log(`                  rejected: ${reason}`)
    console.log(`  events/s        ${eventsPerSecond.toFixed(0)}, each with its slate`)
    const line = ({ p50, p95, p99 }: Percentiles) => `p50 ${p50.toFixed(1)}  p95 ${p95.toFixed(1)}  p99 ${p99.toFixed(1)} ms`
    console.log(`  event to answer ${line(recordMs)}\n  event to slate  ${line(eventToSlateMs)}`)
    console.log(`  ${'rows'.padEnd(6)}${'method'.padEnd(16)}${'count'.padStart(8)}${'HR@20'.padStart(9)}${'MRR@20'.padStart(9)}`)
    for (const { rowSet, method, rows: count, hr20, mrr20 } of rows) {
      console.log(
        `  ${rowSet.padEnd(6)}${method.padEnd(16)}${String(count).padStart(8)}${hr20.toFixed(4).padStart(9)}${mrr20.toFixed(4).padStart(9)}`,
      )
    }
  }
}

runCommand('replay', main)
