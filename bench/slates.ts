import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import type { Service } from '../src/service/service.ts'
import { decodeServed, encodeSlate } from '../src/state/slate-codec.ts'
import type { KeptSlate } from '../src/state/store.ts'
import { numberOption, storesOption } from './support/command-options.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import { onEachStore } from './support/on-each-store.ts'
import { quantile } from './support/quantile.ts'

const USAGE = `liverank bench slates [--store embedded|redis|both] [--users N] [--rounds N]

What a kept slate of 20 items takes: its bytes as JSON and packed, with the features that a model read and without, its memory in Redis,
and the processor time of packing and reading, beside that of JSON on the same slates: one slate for each of so many users (400). Both
are taken in turn, in so many rounds (40).
`

const figures = new Figures('slates', {
  slates: 'slates that were measured',
  bytes: 'of a slate: mean and most',
  processorUs: 'CPU time for each slate in the compact form, median of the rounds, µs, above 0',
  jsonUs: 'the same for the slate as JSON, µs',
  toJson: 'processorUs of a round, divided by jsonUs of the round: the median',
  ...CALIBRATION_KEYS,
})

const ITEMS = 2000
/** Rounds that are not counted: what is compiled in them is not part of the cost of a slate. */
const WARM_ROUNDS = 5

export default async function slates(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      store: { type: 'string', default: 'both' },
      users: { type: 'string', default: '400' },
      rounds: { type: 'string', default: '40' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const stores = storesOption(values.store)
  const users = numberOption('users', values.users, 10, 10_000)
  const rounds = numberOption('rounds', values.rounds, 3, 1000)
  await onEachStore(stores, join(PACKAGE_ROOT, 'models/default'), async (service, redisUrl) => {
    await fill(service, users)
    const kept = await keptSlates(service, users)
    if (redisUrl === undefined) report(kept, rounds)
    else await reportRedis(redisUrl, kept)
  })
  figures.printCalibration()
}

/** Users who act on ten items each, of a group of items that goes together. */
async function fill({ uploads, ingest, store }: Service, users: number): Promise<void> {
  const items = Array.from({ length: ITEMS }, (_, n) => ({
    itemId: `item-${n}`,
    attributes: { category: `c${n % 20}`, brand: `b${n % 60}`, price: 5 + (n % 300) },
  }))
  for (let start = 0; start < ITEMS; start += 500) await uploads.upsertItems(items.slice(start, start + 500))
  const now = Date.now()
  for (let user = 0; user < users; user++) {
    await ingest.record(
      Array.from({ length: 10 }, (_, n) => ({
        userId: `user-${user}`,
        itemId: `item-${(user % 5) * 400 + ((user * 7919 + n * n * 37) % 400)}`,
        eventType: n % 4 === 3 ? 'add_to_cart' : 'view',
        timestamp: now - (10 - n) * 20_000,
      })),
    )
  }
  await store.settle()
}

async function keptSlates({ recommender, store }: Service, users: number): Promise<KeptSlate[]> {
  const kept: KeptSlate[] = []
  const put = store.putSlate.bind(store)
  store.putSlate = (slate) => {
    kept.push(slate)
    return put(slate)
  }
  for (let user = 0; user < users; user++) {
    const request = { userId: `user-${user}`, first: 20, surface: 'home', sessionId: undefined, device: undefined }
    await recommender.recommend(request, 'EVENT')
  }
  return kept
}

function report(kept: readonly KeptSlate[], rounds: number): void {
  const json = kept.map(({ slate }) => JSON.stringify(slate))
  const packed = kept.map(({ recommendationId, slate, at }) => encodeSlate(recommendationId, slate, at))
  const withoutVectors = kept.map(({ recommendationId, slate, at }) =>
    encodeSlate(recommendationId, { ...slate, vectors: undefined }, at),
  )
  const forms = { 'as JSON': json, packed, 'packed, without the features that the model read': withoutVectors }
  for (const [name, form] of Object.entries(forms))
    figures.print({ store: 'embedded', case: name, slates: kept.length, bytes: sizes(form) })
  // The log has the slate without what is undefined.
  const logged = json.map((text) => JSON.parse(text) as object)
  const keeping = inTurn(
    { slates: kept.length, rounds },
    () => logged.forEach((slate) => void JSON.stringify(slate)),
    () => logged.forEach((slate, at) => void encodeSlate(kept[at].recommendationId, slate, kept[at].at)),
  )
  figures.print({ store: 'embedded', case: 'packing', slates: kept.length, ...keeping })
  const bytes = json.map((text) => Buffer.from(text))
  const reading = inTurn(
    { slates: kept.length, rounds },
    () => bytes.forEach((slate) => void JSON.parse(slate.toString())),
    () => packed.forEach((slate) => void decodeServed(slate)),
  )
  figures.print({ store: 'embedded', case: 'reading what events need', slates: kept.length, ...reading })
}

interface Turns {
  readonly slates: number
  readonly rounds: number
}

/** @returns medians of the processor time for a slate, in µs, and of the ratio of that of the packed form to that of JSON */
function inTurn(
  { slates, rounds }: Turns,
  asJson: () => void,
  packed: () => void,
): { processorUs: number; jsonUs: number; toJson: number } {
  const times = { json: [] as number[], packed: [] as number[] }
  for (let round = -WARM_ROUNDS; round < rounds; round++) {
    figures.calibrate()
    const both = [processorTime(asJson), processorTime(packed)]
    if (round < 0) continue
    times.json.push(both[0])
    times.packed.push(both[1])
  }
  const perSlate = (values: readonly number[]) => quantile(values, 0.5) / slates
  const ratios = times.packed.map((time, round) => time / times.json[round])
  return { processorUs: perSlate(times.packed), jsonUs: perSlate(times.json), toJson: quantile(ratios, 0.5) }
}

function processorTime(work: () => void): number {
  const began = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(began)
  return user + system
}

async function reportRedis(url: string, kept: readonly KeptSlate[]): Promise<void> {
  const redis = new Redis(url)
  try {
    for (const [name, pattern] of Object.entries({ 'a slate': 'slate', 'the list of a user with one slate': 'slates' })) {
      const bytes: number[] = []
      for (const key of await redis.keys(`bench:*:${pattern}:*`))
        bytes.push(Number(await redis.memory('USAGE', key, 'SAMPLES', 0)))
      const mean = Math.round(bytes.reduce((sum, size) => sum + size, 0) / kept.length)
      figures.print({ store: 'redis', case: name, slates: kept.length, bytes: { mean, most: Math.max(...bytes) } })
    }
  } finally {
    redis.disconnect()
  }
}

function sizes(of: readonly { readonly length: number }[]): { mean: number; most: number } {
  const lengths = of.map(({ length }) => length)
  return { mean: Math.round(lengths.reduce((sum, length) => sum + length, 0) / of.length), most: Math.max(...lengths) }
}
