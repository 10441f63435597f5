import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import type { Service } from '../src/service.ts'
import { decodeServed, encodeSlate } from '../src/state/slate-codec.ts'
import type { KeptSlate } from '../src/state/store.ts'
import { onEachStore } from './support/on-each-store.ts'
import { quantile } from './support/quantile.ts'

const USAGE = `liverank bench slates

What a kept slate of 20 items takes: its bytes as JSON and packed, with the features that a model read and without, its memory in Redis,
and the processor time of packing and reading, beside that of JSON on the same slates. Both are taken in turn, and the ratio is the
median over rounds.
`

const ITEMS = 2000
const USERS = 400
const ROUNDS = 40

export default async function slates(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { help: { type: 'boolean' } } })
  if (values.help) return void process.stdout.write(USAGE)
  await onEachStore(join(PACKAGE_ROOT, 'models/default'), async (service, redisUrl) => {
    await fill(service)
    const kept = await keptSlates(service)
    if (redisUrl === undefined) report(kept)
    else await reportRedis(redisUrl, kept)
  })
}

/** Users who act on ten items each, of a group of items that goes together. */
async function fill({ uploads, ingest, store }: Service): Promise<void> {
  const items = Array.from({ length: ITEMS }, (_, n) => ({
    itemId: `item-${n}`,
    attributes: { category: `c${n % 20}`, brand: `b${n % 60}`, price: 5 + (n % 300) },
  }))
  for (let start = 0; start < ITEMS; start += 500) await uploads.upsertItems(items.slice(start, start + 500))
  const now = Date.now()
  for (let user = 0; user < USERS; user++) {
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

async function keptSlates({ recommender, store }: Service): Promise<KeptSlate[]> {
  const kept: KeptSlate[] = []
  const put = store.putSlate.bind(store)
  store.putSlate = (slate) => {
    kept.push(slate)
    return put(slate)
  }
  for (let user = 0; user < USERS; user++) {
    const request = { userId: `user-${user}`, first: 20, surface: 'home', sessionId: undefined, device: undefined }
    await recommender.recommend(request, 'EVENT')
  }
  return kept
}

function report(kept: readonly KeptSlate[]): void {
  const json = kept.map(({ slate }) => JSON.stringify(slate))
  const packed = kept.map(({ recommendationId, slate, at }) => encodeSlate(recommendationId, slate, at))
  const withoutVectors = kept.map(({ recommendationId, slate, at }) =>
    encodeSlate(recommendationId, { ...slate, vectors: undefined }, at),
  )
  print(`${kept.length} slates of 20 items`)
  print(`  JSON: mean ${mean(json)} bytes`)
  print(`  packed: mean ${mean(packed)} bytes, largest ${largest(packed)}`)
  print(
    `  packed, without the features that the model read: mean ${mean(withoutVectors)} bytes, largest ${largest(withoutVectors)}`,
  )
  // The log has the slate without what is undefined.
  const logged = json.map((text) => JSON.parse(text) as object)
  const keep = inTurn(
    () => logged.forEach((slate) => void JSON.stringify(slate)),
    () => logged.forEach((slate, at) => void encodeSlate(kept[at].recommendationId, slate, kept[at].at)),
  )
  print(`  keeping: ${keep.second} µs packed, ${keep.first} µs as JSON, ratio ${keep.ratio}`)
  const bytes = json.map((text) => Buffer.from(text))
  const read = inTurn(
    () => bytes.forEach((slate) => void decodeServed(slate)),
    () => packed.forEach((slate) => void decodeServed(slate)),
  )
  print(`  reading what events need: ${read.second} µs packed, ${read.first} µs as JSON, ratio ${read.ratio}`)
}

/** @returns medians of the processor time for a slate, in µs, and of the ratio of the second to the first */
function inTurn(first: () => void, second: () => void): { first: string; second: string; ratio: string } {
  const times = { first: [] as number[], second: [] as number[] }
  for (let round = -5; round < ROUNDS; round++) {
    const both = [processorTime(first), processorTime(second)]
    if (round < 0) continue
    times.first.push(both[0])
    times.second.push(both[1])
  }
  const median = (values: readonly number[]) =>
    quantile(
      [...values].sort((a, b) => a - b),
      0.5,
    )
  const ratios = times.second.map((time, round) => time / times.first[round])
  const perSlate = (values: readonly number[]) => (median(values) / USERS).toFixed(1)
  return { first: perSlate(times.first), second: perSlate(times.second), ratio: median(ratios).toFixed(2) }
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
    const usage = async (pattern: string) => {
      let sum = 0
      for (const key of await redis.keys(pattern)) sum += Number(await redis.memory('USAGE', key, 'SAMPLES', 0))
      return Math.round(sum / kept.length)
    }
    print(
      `  in Redis: ${await usage('bench:*:slate:*')} bytes, and ${await usage('bench:*:slates:*')} for the list of a user with one`,
    )
  } finally {
    redis.disconnect()
  }
}

function mean(of: readonly { readonly length: number }[]): number {
  return Math.round(of.reduce((sum, { length }) => sum + length, 0) / of.length)
}

function largest(of: readonly { readonly length: number }[]): number {
  return Math.max(...of.map(({ length }) => length))
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
