import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LiverankError } from '../../src/errors.ts'
import { drive } from '../simulation/drive.ts'
import type { DriveReport } from '../simulation/drive-report.ts'
import { driveHeader, driveRow, driveSummary } from '../simulation/drive-table.ts'
import { createShop } from '../simulation/shop.ts'
import { createShoppers } from '../simulation/shopper.ts'
import { writeDataFolder } from '../simulation/written-data-folder.ts'

const USAGE = `npm run simulate -- --out DIR [--seed N] [--items N] [--shoppers N] [--days N] [--start DATE]
npm run simulate -- --url URL [--seed N] [--items N] [--shoppers N] [--days N] [--sessions N] [--rate N] [--live]

Makes a shop with shoppers of known tastes, and either writes their log as a data folder or lets them use a running server.

  --out DIR      write events.jsonl.gz, items.jsonl.gz and README.md into this folder
  --url URL      drive the server at this GraphQL endpoint, such as http://127.0.0.1:4000/graphql
  --seed N       the same seed makes the same shop and shoppers (1)
  --items N      items in the catalogue (400)
  --shoppers N   people who may come (2000)
  --days N       length of the log; days over which new items and new shoppers arrive (14)
  --start DATE   first day of the log, such as 2026-01-05 (2026-01-05); with --out
  --sessions N   visits until the end (200); with --url
  --rate N       events a second at most, and nobody waits for anything else; without it shoppers wait and read as people do,
                 sixty times as fast; with --url
  --live         slates come by subscription over WebSocket instead of by query; with --url
  --help         this text
`

/** What the command was asked to do wrongly, in a sentence. */
class UsageError extends Error {}

type Request =
  | { kind: 'help' }
  | { kind: 'log'; out: string; seed: number; items: number; shoppers: number; days: number; startsAt: number }
  | {
      kind: 'drive'
      url: string
      seed: number
      items: number
      shoppers: number
      days: number
      sessions: number
      rate: number | undefined
      live: boolean
    }

function readRequest(args: string[]): Request {
  const { values } = parse(args)
  if (values.help) return { kind: 'help' }
  const common = {
    seed: wholeNumber('seed', values.seed ?? '1', 0, 4_294_967_295),
    items: wholeNumber('items', values.items ?? '400', 1, 1_000_000),
    shoppers: wholeNumber('shoppers', values.shoppers ?? '2000', 1, 1_000_000),
    days: wholeNumber('days', values.days ?? '14', 1, 3650),
  }
  if (values.out !== undefined && values.url === undefined) {
    for (const name of ['sessions', 'rate', 'live'] as const) {
      if (values[name] !== undefined) throw new UsageError(`--${name} goes with --url, not with --out.`)
    }
    return { kind: 'log', out: values.out, ...common, startsAt: day(values.start ?? '2026-01-05') }
  }
  if (values.url !== undefined && values.out === undefined) {
    if (values.start !== undefined) throw new UsageError('--start goes with --out, not with --url.')
    return {
      kind: 'drive',
      url: httpUrl(values.url),
      ...common,
      sessions: wholeNumber('sessions', values.sessions ?? '200', 1, 1_000_000_000),
      rate: values.rate === undefined ? undefined : wholeNumber('rate', values.rate, 1, 1_000_000),
      live: values.live ?? false,
    }
  }
  throw new UsageError('Give either --out, the folder to write, or --url, the server to drive.')
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        out: { type: 'string' },
        url: { type: 'string' },
        seed: { type: 'string' },
        items: { type: 'string' },
        shoppers: { type: 'string' },
        days: { type: 'string' },
        start: { type: 'string' },
        sessions: { type: 'string' },
        rate: { type: 'string' },
        live: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not '${text}'.`)
  }
  return value
}

function day(text: string): number {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(at)) throw new UsageError(`--start takes a day such as 2026-01-05, not '${text}'.`)
  return at
}

function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new UsageError(`--url takes an address such as http://127.0.0.1:4000/graphql, not '${text}'.`)
  }
  return text
}

async function writeLog({ out, ...options }: Extract<Request, { kind: 'log' }>): Promise<void> {
  const summary = await writeDataFolder(out, options)
  process.stdout.write(`Wrote ${out}.\n${summary.toMarkdown()}\n`)
}

async function driveServer(request: Extract<Request, { kind: 'drive' }>): Promise<void> {
  const { url, live, seed, items, days, sessions, rate } = request
  // Finer than Date.now, which latencies need.
  const now = (): number => performance.timeOrigin + performance.now()
  const shop = createShop({ seed, startsAt: now(), items, days })
  const shoppers = createShoppers(shop, { seed, count: request.shoppers, days })
  const interrupted = new AbortController()
  // Every shopper who waits listens to it.
  setMaxListeners(0, interrupted.signal)
  process.once('SIGINT', () => interrupted.abort())
  let rows = 0
  const report = await drive({
    url,
    live,
    shop,
    shoppers,
    seed,
    sessions,
    ...(rate === undefined ? {} : { rate, speed: Number.POSITIVE_INFINITY }),
    now,
    wait: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
    signal: interrupted.signal,
    onProgress: (progress) => {
      if (rows++ % 20 === 0) process.stdout.write(`${driveHeader()}\n`)
      process.stdout.write(`${driveRow(progress)}\n`)
    },
  })
  process.stdout.write(`${driveSummary(report)}\n`)
  if (failed(report)) process.exitCode = 1
}

function failed({ failures }: DriveReport): boolean {
  return Object.keys(failures).length > 0
}

try {
  const request = readRequest(process.argv.slice(2))
  if (request.kind === 'help') process.stdout.write(USAGE)
  else if (request.kind === 'log') await writeLog(request)
  else await driveServer(request)
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\nnpm run simulate -- --help tells what can be given.\n`)
    process.exitCode = 2
  } else if (error instanceof LiverankError || (error instanceof Error && 'syscall' in error)) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  } else {
    throw error
  }
}
