import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { bearer } from '../../src/commands/ask-service.ts'
import { loadDomain } from '../../src/domain/load-domain.ts'
import { InvalidInputError } from '../../src/errors.ts'
import { readConfig } from '../../src/service/config.ts'
import { drive } from '../simulation/drive.ts'
import type { DriveReport } from '../simulation/drive-report.ts'
import { driveHeader, driveRow, driveSummary } from '../simulation/drive-table.ts'
import type { TasteName } from '../simulation/planted-tastes.ts'
import { createShopWithShoppers } from '../simulation/shop-with-shoppers.ts'
import { expectSimulated } from '../simulation/simulated-domain.ts'
import { writeDataFolder } from '../simulation/written-data-folder.ts'

/** Options of `liverank simulate`, as they were parsed. */
export interface SimulateOptions {
  readonly out?: string
  readonly url?: string
  readonly seed: number
  readonly items: number
  readonly shoppers: number
  readonly days: number
  readonly tastes?: readonly TasteName[]
  readonly tasteStrength: number
  readonly start?: string
  readonly sessions?: number
  readonly rate?: number
  readonly live?: boolean
  readonly search?: boolean
  /** False with --no-impressions. */
  readonly impressions: boolean
}

type LogOptions = SimulateOptions & { readonly out: string }
type DriveOptions = SimulateOptions & { readonly url: string }

/**
 * Writes the log of a simulated shop, or drives a server with its shoppers. Exit code 1 when the server failed them.
 * @throws InvalidInputError for options that do not go together
 * @throws DomainError if the domain cannot be used, or lacks event types of the simulated shoppers
 */
export async function runSimulate(options: SimulateOptions): Promise<void> {
  const { out, url } = options
  if (out !== undefined && url === undefined) {
    for (const name of ['sessions', 'rate', 'live'] as const)
      if (options[name] !== undefined) throw new InvalidInputError(`--${name} goes with --url, not with --out.`)
    return writeLog({ ...options, out })
  }
  if (url !== undefined && out === undefined) {
    if (options.start !== undefined) throw new InvalidInputError('--start goes with --out, not with --url.')
    if (!options.impressions) throw new InvalidInputError('--no-impressions goes with --out, not with --url.')
    return driveServer({ ...options, url: httpUrl(url) })
  }
  throw new InvalidInputError('Give either --out, the folder to write, or --url, the server to drive.')
}

function day(text: string): number {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(at)) throw new InvalidInputError(`--start takes a day such as 2026-01-05, not '${text}'.`)
  return at
}

function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new InvalidInputError(`--url takes an address such as http://127.0.0.1:4000/graphql, not '${text}'.`)
  return text
}

/** Reads the domain before anything is written or sent: a service with it would refuse what it does not know. */
async function expectDomain(): Promise<void> {
  const { DOMAIN } = readConfig(process.env)
  expectSimulated(await loadDomain(DOMAIN), DOMAIN)
}

async function writeLog({ out, start = '2026-01-05', ...options }: LogOptions): Promise<void> {
  const startsAt = day(start)
  await expectDomain()
  const summary = await writeDataFolder(out, { ...options, startsAt })
  process.stdout.write(`Wrote ${out}.\n${summary.toMarkdown()}\n`)
}

async function driveServer(options: DriveOptions): Promise<void> {
  const { url, live = false, seed, search = false, sessions = 200, rate } = options
  await expectDomain()
  // Finer than Date.now, which latencies need.
  const now = (): number => performance.timeOrigin + performance.now()
  const { shop, shoppers } = createShopWithShoppers({ ...options, startsAt: now() })
  const interrupted = new AbortController()
  // Every shopper who waits listens to it.
  setMaxListeners(0, interrupted.signal)
  process.once('SIGINT', () => interrupted.abort())
  let rows = 0
  const report = await drive({
    url,
    headers: bearer(process.env.LIVERANK_TOKEN),
    live,
    shop,
    shoppers,
    seed,
    sessions,
    search,
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
