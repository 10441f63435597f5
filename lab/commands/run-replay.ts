import { basename, dirname, resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import { quantile } from 'd3-array'
import { askService } from '../../src/commands/ask-service.ts'
import { EXIT } from '../../src/commands/program.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { InvalidInputError } from '../../src/errors.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import { type LogProblems, noProblems, omissions } from '../../src/import/log-problems.ts'
import { readConfig } from '../../src/service/config.ts'
import { redisAccessOf } from '../../src/settings/redis-settings.ts'
import { expectRedis } from '../../src/state/redis/check-connection.ts'
import type { NextItems } from '../learning/next-items.ts'
import { readNextItems } from '../learning/play-log.ts'
import { TieShuffledFolder } from '../learning/tie-shuffled-folder.ts'
import { METHODS, ROW_SETS } from '../replay/judge.ts'
import { startOwnServer } from '../replay/own-server.ts'
import { type ReplayReport, replayLog } from '../replay/replay-log.ts'
import { startTemporaryRedis, type TemporaryRedis } from '../replay/temporary-redis.ts'
import { withScratchFolder } from '../scratch-folder.ts'
import { expectServable, expectServableByName } from './expect-servable.ts'

/** Options of `liverank replay`, as they were parsed. */
export interface ReplayOptions {
  readonly url?: string
  readonly store?: 'memory' | 'redis' | 'both'
  readonly redis?: string
  readonly model?: string
  readonly surfaceAttribute?: string
  readonly limit?: number
  readonly scoreFrom: number
  readonly inFlight: number
  readonly json?: boolean
}

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

/**
 * Plays a data folder through a server, and prints the metrics of its slates. Exit code 1 when two stores do not agree.
 * @throws InvalidInputError for options that do not go together, or a model that cannot be served
 * @throws LiverankError UNUSABLE_DATA for a log that cannot be played
 */
export async function runReplay(folder: string, options: ReplayOptions): Promise<void> {
  checkServerOptions(options)
  const { DOMAIN } = readConfig(process.env)
  const domain = await loadDomain(DOMAIN)
  const redis = await expectServers(options, domain)
  try {
    const plan = await planOf(folder, options, { domain, domainSetting: DOMAIN })
    const figures = await playAll(plan, options, redis?.url)
    report(plan, figures, options)
  } finally {
    await redis?.stop()
  }
}

/**
 * Makes sure that the servers of the replay can be used, before the log is read.
 * @returns the Redis that was started for the replay, if one was
 * @throws LiverankError if the model cannot be served, or if Redis or the server does not answer
 */
async function expectServers(options: ReplayOptions, domain: Domain): Promise<TemporaryRedis | undefined> {
  const { url, store = 'both', model = 'default', redis } = options
  if (url !== undefined) {
    await askService(url.replace(/^ws/, 'http'), '{ __typename }', {})
    return undefined
  }
  if (isPath(model)) await expectServable('--model', [model], domain)
  else if (model !== 'none') await expectServableByName('--model', model, readConfig(process.env).MODEL_DIR, domain)
  if (store === 'memory') return undefined
  if (redis === undefined) return startTemporaryRedis()
  await expectRedis(redisAccessOf(readConfig(redisPlace(redis)), redis))
  return undefined
}

/** The settings of a server on this Redis. */
function redisPlace(url: string): Record<string, string> {
  const { ALLOW_PLAINTEXT_REDIS } = process.env
  return { REDIS_URL: url, ...(ALLOW_PLAINTEXT_REDIS !== undefined && { ALLOW_PLAINTEXT_REDIS }) }
}

async function planOf(folder: string, options: ReplayOptions, domains: Pick<Plan, 'domain' | 'domainSetting'>): Promise<Plan> {
  const problems = noProblems()
  const data = new TieShuffledFolder(folder, domains.domain, options.surfaceAttribute)
  const next = await readNextItems(data, domains.domain, problems)
  const events = Math.min(options.limit ?? Number.POSITIVE_INFINITY, next.events)
  const { inFlight, json = false } = options
  return { ...domains, data, problems, next, events, scoreFrom: Math.floor(events * options.scoreFrom), inFlight, bar: !json }
}

async function playAll(plan: Plan, options: ReplayOptions, ownRedis: string | undefined): Promise<Figures[]> {
  const { url, store = 'both', model = 'default', redis = ownRedis } = options
  if (url !== undefined) return [await play(plan, url, url.replace(/^http/, 'ws'))]
  const figures: Figures[] = []
  if (store !== 'redis') figures.push(await playOnOwnServer(plan, 'memory', modelSettings(model)))
  if (redis !== undefined && store !== 'memory') {
    const place = { ...redisPlace(redis), REDIS_PREFIX: `replay-${process.pid}` }
    figures.push(await playOnOwnServer(plan, 'redis', { ...modelSettings(model), ...place }))
  }
  return figures
}

function report({ data, events, problems, inFlight }: Plan, figures: readonly Figures[], { json = false }: ReplayOptions): void {
  const { folder } = data
  if (json) console.log(JSON.stringify({ folder, events, problems, figures }, null, 2))
  else print(folder, problems, figures)
  if (figures.length < 2 || inFlight > 1) return
  if (JSON.stringify(figures[0].rows) !== JSON.stringify(figures[1].rows)) {
    console.error('liverank: the two stores do not agree.')
    process.exitCode = EXIT.failed
  } else if (!json) console.log('\nBoth stores give the same metrics.')
}

/** @throws InvalidInputError when an option does not go with --url, or when that is no endpoint */
function checkServerOptions(options: ReplayOptions): void {
  const { url } = options
  if (url === undefined) return
  if (!/^(ws|http)s?:\/\//.test(url))
    throw new InvalidInputError(`--url is ${url}: give the GraphQL endpoint, such as ws://127.0.0.1:4000/graphql.`)
  for (const name of ['store', 'redis', 'model'] as const) {
    if (options[name] !== undefined)
      throw new InvalidInputError(`--${name} is for a server that the command starts: omit it, or omit --url.`)
  }
}

interface Plan {
  readonly data: DataFolder
  readonly problems: LogProblems
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

/** Whether --model is the path of a folder, not a name in MODEL_DIR. */
function isPath(model: string): boolean {
  return model.includes('/')
}

function modelSettings(model: string): Record<string, string> {
  if (model === 'none') return { MODEL: '' }
  if (!isPath(model)) return { MODEL_DIR: readConfig(process.env).MODEL_DIR, MODEL: model }
  const path = resolve(model)
  return { MODEL_DIR: dirname(path), MODEL: basename(path) }
}

function playOnOwnServer(plan: Plan, name: string, settings: Record<string, string>): Promise<Figures> {
  return withScratchFolder('replay', async (dataDir) => {
    const server = await startOwnServer({ ...settings, DOMAIN: plan.domainSetting, DATA_DIR: dataDir })
    try {
      return await play(plan, name, server.url)
    } finally {
      await server.stop()
    }
  })
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
  const at = (share: number) => quantile(values, share) ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

function print(folder: string, problems: LogProblems, figures: readonly Figures[]): void {
  for (const line of omissions(problems)) console.log(line)
  for (const { server, recorded, duplicates, rejected, reasons, eventsPerSecond, recordMs, eventToSlateMs, rows } of figures) {
    console.log(`\n${folder}, ${server}`)
    console.log(`  events          ${recorded} recorded, ${duplicates} duplicates, ${rejected} rejected`)
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
