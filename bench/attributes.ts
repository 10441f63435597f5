import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../lab/random.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { seededRandomness } from '../lab/seeded-randomness.ts'
import { countedValues } from '../src/accumulators/counted-values.ts'
import { type Clock, monotonic, wallClock } from '../src/clock.ts'
import { defineDomain } from '../src/domain/define-domain.ts'
import type { Domain } from '../src/domain/domain.ts'
import { eCommerce } from '../src/domain/e-commerce.ts'
import type { EventInput } from '../src/events/validate-event.ts'
import { warningsOnStderr } from '../src/logging/logger.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { readConfig } from '../src/service/config.ts'
import { openService, type Service } from '../src/service/service.ts'
import { numberOption } from './support/command-options.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import { spread } from './support/quantile.ts'

const USAGE = `liverank bench attributes [--rounds N] [--users N]

What ten declared attributes cost: four of users, three of the context of requests, and three of events, each of them sent. Then what ten
cohorts of such attributes cost, three of them crossings. Two services whose domain declares attributes, two whose domain also declares
cohorts, and two whose domain declares nothing get the same. They take turns in so many rounds (15): in each, every user (200) sends five
events and gets a slate. All are embedded stores with files, with the model that ships.
`

const figures = new Figures('attributes', {
  processorUs:
    'CPU time with declared attributes, and in cases with cohorts also with these, µs, above 0: median, least and most of the rounds',
  ratio: 'CPU time with these, divided by that of a domain that declares nothing: median, least and most of the rounds',
  bytes: 'mean bytes of a log entry, or of the stored state of a user, with these',
  more: 'the same, less what it is if the domain declares nothing; bytes',
  atMost: 'target: ratio or more',
  ...CALIBRATION_KEYS,
})

const DECLARING = defineDomain({
  extends: 'e-commerce',
  name: 'declaring',
  userAttributes: {
    age: { type: 'number', bands: [18, 30, 50] },
    city: { type: 'key', values: ['city-1', 'city-2'] },
    interests: 'key',
    member: 'flag',
  },
  contextAttributes: { temperature: 'number', country: { type: 'key', values: ['at', 'de'] }, raining: 'flag' },
  eventAttributes: { rating: 'number', gift: 'flag', platform: 'key' },
})

const COHORTS = defineDomain({
  extends: DECLARING,
  name: 'cohorts',
  contextAttributes: { temperature: { type: 'number', bands: [0, 20] } },
  eventAttributes: { rating: null, gift: null, platform: null, temperature: 'number', country: 'key', raining: 'flag' },
  cohorts: {
    age: ['user.age'],
    city: ['user.city'],
    interests: ['user.interests'],
    member: ['user.member'],
    temperature: ['context.temperature'],
    country: ['context.country'],
    raining: ['context.raining'],
    age_city: ['user.age', 'user.city'],
    age_member: ['user.age', 'user.member'],
    city_raining: ['user.city', 'context.raining'],
  },
})

const NOON = Date.UTC(2026, 0, 5, 12)
const ITEMS = 2000
const EVENTS = 5
const WARM_ROUNDS = 5

interface Side {
  readonly service: Service
  readonly folder: string
  readonly domain: Domain
  readonly event: number[]
  readonly recommendation: number[]
}

export default async function attributes(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '15' }, users: { type: 'string', default: '200' }, help: { type: 'boolean' } },
  })
  if (values.help) return figures.printHelp(USAGE)
  const [rounds, users] = [numberOption('rounds', values.rounds, 1, 1000), numberOption('users', values.users, 1, 10_000)]
  await withScratchFolder('bench-attributes', async (scratch) => {
    const clock = noonClock()
    // The order in which they are opened may favour one of them: so each kind is as early as it is late.
    const sides: Side[] = []
    for (const [at, domain] of [COHORTS, DECLARING, eCommerce, eCommerce, DECLARING, COHORTS].entries())
      sides.push(await open(domain, join(scratch, String(at)), clock))
    for (const { service } of sides) await fill(service, users)
    for (let round = -WARM_ROUNDS; round < rounds; round++) {
      figures.calibrate()
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) await playRound(side, users, round)
    }
    const [plain, declaring, cohorts] = [eCommerce, DECLARING, COHORTS].map((domain) =>
      sides.filter((side) => side.domain === domain),
    )
    for (const [suffix, declared] of [
      ['', declaring],
      [' with cohorts', cohorts],
    ] as const) {
      reportTimes(suffix, declared, plain)
      await reportBytes(suffix, declared[0], plain[0], users)
    }
    figures.printCalibration({ users })
    for (const { service } of sides) await service.close()
  })
}

/** Makes a clock that begins at noon. If an hour ended in a run, the users that act after its end would have more state. */
function noonClock(): Clock {
  const began = monotonic()
  const now = () => Math.floor(NOON + monotonic() - began)
  return { ...wallClock(), now, wall: now, at: now }
}

async function open(domain: Domain, folder: string, clock: Clock): Promise<Side> {
  const model = resolve(PACKAGE_ROOT, 'models/default')
  const service = await openService({
    config: readConfig({ MODEL_DIR: dirname(model), MODEL: basename(model), JOURNAL_FSYNC: 'no' }),
    dataDir: folder,
    domain,
    clock,
    // Equal draws on all sides: what exploration brings would differ by more bytes than what is measured.
    random: seededRandomness(new Random('attributes')),
    logger: warningsOnStderr(),
  })
  return { service, folder, domain, event: [], recommendation: [] }
}

async function fill({ uploads }: Service, users: number): Promise<void> {
  const items = Array.from({ length: ITEMS }, (_, n) => ({
    itemId: `item-${n}`,
    attributes: { category: `c${n % 20}`, brand: `b${n % 60}`, price: 5 + (n % 300) },
  }))
  for (let start = 0; start < ITEMS; start += 500) await uploads.upsertItems(items.slice(start, start + 500))
  const people = Array.from({ length: users }, (_, n) => ({
    userId: `user-${n}`,
    attributes: { age: 15 + (n % 60), city: `city-${n % 50}`, interests: [`i${n % 9}`, `i${n % 7}`], member: n % 3 === 0 },
  }))
  await uploads.upsertUsers(people)
}

async function playRound({ service, domain, event, recommendation }: Side, users: number, round: number): Promise<void> {
  const ids = Array.from({ length: users }, (_, user) => user)
  const recorded = await processorTime(async () => {
    for (const user of ids) await service.ingest.record(eventsOf(user, round))
  })
  await service.store.settle()
  const served = await processorTime(async () => {
    for (const user of ids) {
      // As the endpoint does with what a request says.
      const context = countedValues(
        { temperature: user % 30, country: user % 2 ? 'at' : 'ch', raining: true },
        domain.contextAttributes,
      )
      const asked = { userId: `user-${user}`, first: 10, surface: 'home', sessionId: undefined, device: 'phone' }
      await service.recommender.recommend({ ...asked, context }, 'INITIAL')
    }
  })
  if (round < 0) return
  event.push(recorded / (users * EVENTS))
  recommendation.push(served / users)
}

function eventsOf(user: number, round: number): EventInput[] {
  return Array.from({ length: EVENTS }, (_, n) => ({
    userId: `user-${user}`,
    eventId: `${round}-${user}-${n}`,
    itemId: `item-${(user * 37 + round * 101 + n * 997) % ITEMS}`,
    eventType: n % 4 === 3 ? 'add_to_cart' : 'view',
    eventAttributes: {
      surface: 'home',
      rating: 1 + (n % 5),
      gift: n % 2 === 0,
      platform: ['ios', 'web', 'tv'][(user + n) % 3],
      temperature: user % 30,
      country: user % 2 ? 'at' : 'ch',
      raining: true,
    },
  }))
}

async function processorTime(work: () => Promise<void>): Promise<number> {
  const began = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(began)
  return user + system
}

function reportTimes(suffix: string, declaring: readonly Side[], plain: readonly Side[]): void {
  for (const [kind, atMost] of [
    ['event', 1.1],
    ['recommendation', 1.15],
  ] as const) {
    const [declared, without] = [declaring, plain].map((sides) => meanByRound(sides.map((side) => side[kind])))
    const ratio = spread(declared.map((time, round) => time / without[round]))
    figures.print({
      store: 'embedded',
      case: `${kind}${suffix}`,
      processorUs: spread(declared),
      ratio,
      atMost: { ratio: atMost },
    })
  }
}

function meanByRound(sides: readonly (readonly number[])[]): number[] {
  return sides[0].map((_, round) => mean(sides.map((times) => times[round])))
}

async function reportBytes(suffix: string, declaring: Side, plain: Side, users: number): Promise<void> {
  const [[user, userBefore], [entry, entryBefore], [slate, slateBefore]] = await Promise.all([
    bothSides(declaring, plain, (side) => userBytes(side.service, users)),
    bothSides(declaring, plain, async (side) => (await entryBytes(side, 'events')) / EVENTS),
    bothSides(declaring, plain, (side) => entryBytes(side, 'slate')),
  ])
  figures.print({
    store: 'embedded',
    case: `state of a user${suffix}`,
    bytes: user,
    more: user - userBefore,
    atMost: { more: 400 },
  })
  figures.print({ store: 'embedded', case: `event in the log${suffix}`, bytes: entry, more: entry - entryBefore })
  figures.print({ store: 'embedded', case: `slate in the log${suffix}`, bytes: slate, more: slate - slateBefore })
}

function bothSides(declaring: Side, plain: Side, measure: (side: Side) => Promise<number>): Promise<number[]> {
  return Promise.all([declaring, plain].map(measure))
}

async function userBytes({ store }: Service, users: number): Promise<number> {
  const subjects = Array.from({ length: users }, (_, user) => ({ kind: 'user' as const, id: `user-${user}` }))
  const values = await store.readValues(subjects)
  return mean(values.map((value) => value?.length ?? 0))
}

async function entryBytes({ folder }: Side, kind: string): Promise<number> {
  const sizes: number[] = []
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.jsonl')) continue
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n'))
      if (line.startsWith(`{"kind":"${kind}"`)) sizes.push(Buffer.byteLength(line) + 1)
  }
  return mean(sizes)
}

function mean(sizes: readonly number[]): number {
  return sizes.length === 0 ? Number.NaN : sizes.reduce((sum, size) => sum + size, 0) / sizes.length
}
