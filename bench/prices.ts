import { parseArgs } from 'node:util'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { ROLES, type Role } from '../src/auth/principal.ts'
import { warningsOnStderr } from '../src/logging/logger.ts'
import { startServer } from '../src/server/server.ts'
import { ChargedPoints } from './support/charged-points.ts'
import { numberOption } from './support/command-options.ts'
import { Figures } from './support/figures.ts'
import { longestTurnMs, microseconds } from './support/longest-turn.ts'
import { type Answered, PricedClient } from './support/priced-client.ts'
import { pricedOperations } from './support/priced-operations.ts'
import { fullUser, openPricedShop, type PricedShop, tokenOf } from './support/priced-shop.ts'
import { quantile } from './support/quantile.ts'
import { refusedRequests } from './support/refused-operations.ts'

const USAGE = `liverank bench prices [--cases pattern] [--roles list] [--items N] [--users N] [--rounds N]

What operations take for each point that they cost: CPU time and bytes of the answer. The operations are the largest legal ones of every
field of Query, Mutation and Subscription, for each role that may use it, and requests that the service refuses. A shop with so many items
(5000) and users (2000), 20 of them with full histories, is served by this process, from the embedded store, and asked over HTTP or a
WebSocket. All cases take turns, in so many rounds (5). --cases selects the cases whose names match the regular expression, and --roles those of some roles, separated by commas.
The CPU time includes that of the client, which only counts bytes. The price of an event (recordEvent) is the measure.
`

/** An operation that takes more than this many times as much for a point as an event does is too cheap. */
const MOST_DEARNESS = 4
/** Bytes of an answer for a point: four times as many as a point pays for of a large answer. */
const MOST_BYTES_A_POINT = 256
const REFERENCE = 'Mutation.recordEvent, flat (backend)'
/** CPU time that a turn of a case takes at least, by repetition, and how often it is repeated at most. */
const [TURN_US, MOST_REPETITIONS] = [10_000, 50]

const figures = new Figures('prices', {
  points: 'points that the operation was charged, median',
  processorUs: 'CPU time of the operation, median, µs',
  bytes: 'bytes of the answer, median',
  usPerPoint: 'processorUs / points',
  bytesPerPoint: 'bytes / points',
  dearness: 'usPerPoint, divided by that of recordEvent by a backend',
  longestTurnMs: 'longest turn of the event loop in CPU time, with the client; least of the rounds, ms',
  isTooCheap: 'true if dearness or bytesPerPoint is above its target',
  answer: 'beginning of the answer, if the status is not 200',
  atMost: 'target: dearness, bytesPerPoint, longestTurnMs',
})

/** One kind of request. */
interface Case {
  readonly name: string
  readonly role: Role
  readonly send: (n: number) => Promise<Answered>
  readonly before?: ((n: number) => Promise<unknown>) | undefined
  readonly taken: { us: number[]; points: number[]; bytes: number[]; turnMs: number[] }
  repetitions: number
  answer: string | undefined
}

export default async function prices(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      cases: { type: 'string', default: '' },
      roles: { type: 'string', default: ROLES.join() },
      items: { type: 'string', default: '5000' },
      users: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '5' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const rounds = numberOption('rounds', values.rounds, 1, 1000)
  const size = {
    items: numberOption('items', values.items, 200, 100_000),
    users: numberOption('users', values.users, 10, 100_000),
  }
  await withScratchFolder('prices', async (folder) => {
    const shop = await openPricedShop(size, folder)
    const charged = new ChargedPoints()
    try {
      const selects = ({ name, role }: Case) => new RegExp(values.cases).test(name) && values.roles.split(',').includes(role)
      await measure(shop, charged, selects, rounds)
    } finally {
      charged.close()
      await shop.service.close()
    }
  })
}

async function measure(shop: PricedShop, charged: ChargedPoints, selects: (one: Case) => boolean, rounds: number): Promise<void> {
  const unlimited = 1_000_000_000
  const network = { RATE_PER_USER: unlimited, RATE_PER_KEY: unlimited, STORED_PER_USER: 0 }
  const server = await startServer(shop.service, {
    host: '127.0.0.1',
    port: 0,
    graphiql: false,
    logger: warningsOnStderr(),
    network,
  })
  const tokens = new Map<Role, string>()
  for (const role of ROLES) tokens.set(role, await tokenOf(role, role === 'device' ? fullUser(0) : role))
  const client = new PricedClient(server.url, tokens)
  try {
    const cases = casesOf(shop, client).filter((one) => selects(one) || one.name === REFERENCE)
    const reference = cases.find(({ name }) => name === REFERENCE)!
    let n = 0
    for (let round = -1; round < rounds; round++)
      for (const [at, one] of cases.entries()) {
        n = await play(one, { round, n, charged })
        if (at % 10 === 0) n = await play(reference, { round, n, charged })
      }
    report(cases)
  } finally {
    client.close()
    await server.close()
  }
}

function casesOf(shop: PricedShop, client: PricedClient): Case[] {
  const fresh = () => ({ taken: { us: [], points: [], bytes: [], turnMs: [] }, repetitions: 1, answer: undefined })
  const operations = pricedOperations(shop).map(({ name, role, query, variables, before, onSocket }): Case => {
    const send = (n: number) => {
      const payload = JSON.stringify({ query, variables: variables(n) })
      return onSocket ? client.first(role, payload) : client.post(role, payload)
    }
    return { name: `${name} (${role})`, role, send, before, ...fresh() }
  })
  const refused = refusedRequests(shop).map(({ name, role, body, wrongToken }): Case => {
    return { name: `refused: ${name} (${role})`, role, send: (n) => client.post(role, body(n), wrongToken), ...fresh() }
  })
  return [...operations, ...refused]
}

interface Turn {
  /** The first ones, below 0, warm up and are not counted. */
  readonly round: number
  readonly n: number
  readonly charged: ChargedPoints
}

/** Sends a case as often as a turn needs, and then once more to look at the turns of the event loop. @returns the next number of a call */
async function play(one: Case, { round, n, charged }: Turn): Promise<number> {
  const { taken, send, before, repetitions } = one
  const calls = Array.from({ length: repetitions }, (_, i) => n + i)
  let next = n + repetitions
  let [us, bytes, points] = [0, 0, 0]
  for (const call of calls) {
    await before?.(call)
    charged.read()
    const began = process.cpuUsage()
    const answer = await send(call)
    us += microseconds(process.cpuUsage(began))
    bytes += answer.bytes
    points += charged.read()
    if (answer.status !== 200 || answer.text.includes('"errors":[')) one.answer = answer.text.slice(0, 200)
  }
  if (round < 0) {
    one.repetitions = Math.min(MOST_REPETITIONS, Math.ceil(TURN_US / us))
    return next
  }
  await before?.(next)
  taken.turnMs.push(await longestTurnMs(() => send(next)))
  next++
  taken.us.push(us / repetitions)
  taken.points.push(points / repetitions)
  taken.bytes.push(bytes / repetitions)
  return next
}

function report(cases: readonly Case[]): void {
  const middle = (values: readonly number[]) => quantile(values, 0.5)
  const of = ({ taken }: Case) => ({ processorUs: middle(taken.us), points: middle(taken.points), bytes: middle(taken.bytes) })
  const reference = of(cases.find(({ name }) => name === REFERENCE)!)
  for (const one of cases) {
    const { processorUs, points, bytes } = of(one)
    const [usPerPoint, bytesPerPoint] = [processorUs / points, bytes / points]
    const dearness = usPerPoint / (reference.processorUs / reference.points)
    const isTooCheap = !(dearness <= MOST_DEARNESS && bytesPerPoint <= MOST_BYTES_A_POINT)
    figures.print({
      ...{ store: 'embedded', case: one.name, points, processorUs, bytes, usPerPoint, bytesPerPoint, dearness },
      ...{ longestTurnMs: Math.min(...one.taken.turnMs), answer: one.answer, ...(isTooCheap && { isTooCheap }) },
      atMost: { dearness: MOST_DEARNESS, bytesPerPoint: MOST_BYTES_A_POINT, longestTurnMs: one.role === 'device' ? 50 : 200 },
    })
  }
}
