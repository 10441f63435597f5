import { basename, dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { eCommerce } from '../domain/e-commerce.ts'
import { InvalidInputError } from '../errors.ts'
import { noProblems } from '../learning/data-folder.ts'
import { Judge, METHODS, ROW_SETS } from '../learning/judge.ts'
import type { NextItems } from '../learning/next-items.ts'
import { playLog, readNextItems } from '../learning/play-log.ts'
import { startTemporaryRedis } from '../learning/temporary-redis.ts'
import { numberOption, runCommand } from './command-line.ts'

const USAGE = `npm run replay -- FOLDER [options]

Plays a log through the service in one global order, and judges its ranking by what comes next in each session, beside
popularity, item-to-item and recently seen alone, on the same rows.

  --store KIND           memory, redis or both (both); with both their figures must be equal
  --redis URL            an empty Redis; one is started if absent
  --model DIR            the model that ranks (models/default); none leaves it to a rule
  --from SHARE           judge from this share of the events on (0)
  --until SHARE          stop after this share of the events (1)
  --json                 figures for machines`

interface Figures {
  readonly store: string
  readonly events: number
  readonly eventsPerSecond: number
  readonly recordMs: Percentiles
  readonly rankMs: Percentiles
  readonly rows: { rowSet: string; method: string; rows: number; hr20: number; mrr20: number }[]
}

type Percentiles = { readonly p50: number; readonly p95: number; readonly p99: number }

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      store: { type: 'string', default: 'both' },
      redis: { type: 'string' },
      model: { type: 'string', default: 'models/default' },
      from: { type: 'string', default: '0' },
      until: { type: 'string', default: '1' },
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
  const { store } = values
  if (store !== 'memory' && store !== 'redis' && store !== 'both')
    throw new InvalidInputError(`--store is ${store}; memory, redis or both is allowed.`)
  const problems = noProblems()
  const next = await readNextItems(folder, eCommerce, problems)
  const shares = { from: numberOption('from', values.from, 0, 1), until: numberOption('until', values.until, 0.001, 1) }
  const model = values.model === 'none' ? undefined : { directory: dirname(resolve(values.model)), name: basename(values.model) }
  const play = (url?: string) => replay(folder, next, shares, model, url)
  const figures: Figures[] = []
  if (store !== 'redis') figures.push(await play())
  if (store !== 'memory') {
    const own = values.redis === undefined ? await startTemporaryRedis() : undefined
    try {
      figures.push(await play(values.redis ?? own?.url))
    } finally {
      await own?.stop()
    }
  }
  if (values.json) console.log(JSON.stringify({ folder, problems, figures }, null, 2))
  else print(folder, figures)
  if (figures.length === 2 && JSON.stringify(figures[0].rows) !== JSON.stringify(figures[1].rows)) {
    console.error('replay: the two stores do not agree.')
    process.exitCode = 1
  } else if (figures.length === 2 && !values.json) console.log('\nBoth stores give the same figures.')
}

async function replay(
  folder: string,
  next: NextItems,
  { from, until }: { from: number; until: number },
  model: { directory: string; name: string } | undefined,
  url: string | undefined,
): Promise<Figures> {
  const judge = new Judge()
  const recordMs: number[] = []
  const rankMs: number[] = []
  const first = Math.floor(next.events * from)
  await playLog(
    {
      folder,
      domain: eCommerce,
      until: Math.floor(next.events * until),
      ...(model && { model }),
      ...(url !== undefined && { redis: { url, prefix: `replay-${process.pid}` } }),
    },
    next,
    async ({ number, request, next: label }, service) => {
      if (number < first) return
      const started = performance.now()
      const ranking = await service.recommender.rank(request)
      rankMs.push(performance.now() - started)
      await judge.judge(ranking, label, service)
    },
    (_, tookMs) => {
      recordMs.push(tookMs)
    },
  )
  const busy = [...recordMs, ...rankMs].reduce((sum, ms) => sum + ms, 0) / 1000
  const rows = ROW_SETS.flatMap((rowSet) =>
    METHODS.map((method) => {
      const { rows, hr20, mrr20 } = judge.rates[rowSet][method]
      return { rowSet, method, rows, hr20, mrr20 }
    }),
  )
  const eventsPerSecond = recordMs.length / busy
  return {
    store: url === undefined ? 'memory' : 'redis',
    events: recordMs.length,
    eventsPerSecond,
    recordMs: percentiles(recordMs),
    rankMs: percentiles(rankMs),
    rows,
  }
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

function print(folder: string, figures: readonly Figures[]): void {
  for (const { store, events, eventsPerSecond, recordMs, rankMs, rows } of figures) {
    console.log(
      `\n${folder} through the ${store} store: ${events} events, ${eventsPerSecond.toFixed(0)} a second with their slates`,
    )
    const line = ({ p50, p95, p99 }: Percentiles) => `p50 ${p50.toFixed(2)}  p95 ${p95.toFixed(2)}  p99 ${p99.toFixed(2)} ms`
    console.log(`  record  ${line(recordMs)}\n  rank    ${line(rankMs)}`)
    console.log(`  ${'rows'.padEnd(6)}${'method'.padEnd(16)}${'count'.padStart(8)}${'HR@20'.padStart(9)}${'MRR@20'.padStart(9)}`)
    for (const { rowSet, method, rows: count, hr20, mrr20 } of rows) {
      console.log(
        `  ${rowSet.padEnd(6)}${method.padEnd(16)}${String(count).padStart(8)}${hr20.toFixed(4).padStart(9)}${mrr20.toFixed(4).padStart(9)}`,
      )
    }
  }
}

runCommand('replay', main)
