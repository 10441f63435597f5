/**
 * A program: the service, which records an event over HTTP, and records an event that also asks for a slate. It prints, for both, the
 * files of `src` of which a function ran and how often functions of `src` were called, as JSON. It repeats each request, and prints
 * the one that passed the fewest files, because timers of the service may run during the others, and the files of all together.
 */
import { Session } from 'node:inspector/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { wallClock } from '../../src/clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { systemRandomness } from '../../src/random.ts'
import { startServer } from '../../src/server/server.ts'
import { readConfig } from '../../src/service/config.ts'
import { openService } from '../../src/service/service.ts'
import { post } from '../support/graphql-client.ts'

const ROUNDS = 8
const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url))

const RECORD = `mutation ($input: RecordEventInput!) {
  recordEvent(input: $input) { __typename ... on RecordEventPayload { event { eventId } duplicate } }
}`
const RECORD_AND_RANK = `mutation ($input: RecordEventInput!) {
  recordEvent(input: $input) {
    __typename
    ... on RecordEventPayload { event { eventId } recommendations(input: { first: 8, surface: "home" }) { recommendationId items { item { itemId attributes } reason { text } } } }
  }
}`

const [dataDir] = process.argv.slice(2)
const logger = pino({ level: 'silent' })
const service = await openService({
  config: readConfig({}),
  dataDir,
  domain: eCommerce,
  clock: wallClock(),
  random: systemRandomness(),
  logger,
})
const server = await startServer(service, { host: '127.0.0.1', port: 0, graphiql: false, logger })
await service.uploads.upsertItems(
  Array.from({ length: 60 }, (_, i) => ({
    itemId: `item-${i}`,
    attributes: { title: `Item ${i}`, category: `c${i % 5}`, brand: `b${i % 7}`, price: 5 + i },
  })),
)

let sent = 0
async function record(query: string): Promise<void> {
  const n = sent++
  const input = {
    // Of an event whose id is known, it is known whether it is observed.
    eventId: `e-${n}`,
    userId: `user-${n % 10}`,
    itemId: `item-${(n * 7) % 60}`,
    eventType: n % 4 === 0 ? 'click' : 'view',
    sessionId: `s-${n % 10}`,
  }
  const { data, errors } = await post(server.url, query, { input })
  if (!data?.recordEvent || errors) throw new Error(JSON.stringify(errors))
}

const session = new Session()
session.connect()
await session.post('Profiler.enable')

interface Passed {
  readonly files: readonly string[]
  readonly calls: number
}

/** What ran since the last time. The function at place 0 is the body of the module, which an import runs. */
async function taken(): Promise<Passed> {
  const { result } = await session.post('Profiler.takePreciseCoverage')
  const files = new Set<string>()
  let calls = 0
  for (const { url, functions } of result) {
    if (!url.startsWith('file:')) continue
    const path = fileURLToPath(url)
    if (!path.startsWith(SOURCE)) continue
    for (const { ranges } of functions) {
      const [{ startOffset, count }] = ranges
      if (startOffset === 0 || count === 0) continue
      calls += count
      files.add(relative(SOURCE, path).replace(/\.js$/, '.ts'))
    }
  }
  return { files: [...files].sort(), calls }
}

interface Repeated extends Passed {
  /** Files that any of the requests passed. */
  readonly any: readonly string[]
}

async function repeated(query: string): Promise<Repeated> {
  let least: Passed | undefined
  const any = new Set<string>()
  for (let round = 0; round < ROUNDS; round++) {
    await taken()
    await record(query)
    const passed = await taken()
    for (const file of passed.files) any.add(file)
    if (least === undefined || passed.files.length < least.files.length) least = passed
  }
  return { ...least!, any: [...any] }
}

// At first, each choice is observed. Later, most are not.
for (let i = 0; i < 1000; i++) await record(i % 20 === 0 ? RECORD_AND_RANK : RECORD)
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
const event = await repeated(RECORD)
const withSlate = await repeated(RECORD_AND_RANK)
session.disconnect()
await server.close()
await service.close()
process.stdout.write(JSON.stringify({ event, withSlate }))
