import { Agent } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SignJWT } from 'jose'
import { z } from 'zod'
import { UPSERT_ITEMS } from '../lab/client/answers.ts'
import { type OwnServer, startOwnServer } from '../lab/replay/own-server.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { serveArguments } from './support/built-service.ts'
import { numberOption } from './support/command-options.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import { postOperation } from './support/post-operation.ts'
import { processorTime } from './support/process-usage.ts'
import { spread } from './support/quantile.ts'

const USAGE = `liverank bench authentication [--starts N] [--rounds N] [--events N] [--users N]

The processor time that the service (npm run build first) takes for an event over HTTP: without authentication, with the tokens (JWT,
HS256) of so many devices (200), with one token of a server, with a static key, and without authentication but with METRICS_PORT.
Each is a process of its own with an embedded store, started as npm run serve starts it. Two processes of the same program differ by
some percent, so all are started anew so many times (9), and a second one without authentication shows what is noise.
After each start the processes take turns, so many rounds (40), each with so many events (300).
`

/** Authentication may take 3 % more. */
const MOST_TO_NONE = 1.03

const figures = new Figures('authentication', {
  processorUs: 'CPU time of an event over all rounds of a start, µs, above 0: median, least and most of the starts',
  toNone: 'processorUs, divided by that of the case none after the same start: median, least and most of the starts',
  atMost: 'target: toNone',
  ...CALIBRATION_KEYS,
})

const SECRET = 'a secret of a benchmark, of more than 32 bytes'
type Credentials = 'none' | 'device' | 'backend' | 'key' | 'metrics'

/** The processes of a start, by what the report calls them. */
const SERVERS: Readonly<Record<string, Credentials>> = {
  none: 'none',
  'none, once more': 'none',
  'token of a device': 'device',
  'token of a server': 'backend',
  key: 'key',
  'none, with metrics': 'metrics',
}
const SETTINGS: Readonly<Record<Credentials, Record<string, string>>> = {
  none: {},
  device: { JWT_SECRET: SECRET },
  backend: { JWT_SECRET: SECRET },
  key: {},
  metrics: { METRICS_PORT: '0' },
}
const IN_FLIGHT = 16
const WARM_ROUNDS = 10
/**
 * Items that events name. They are uploaded, because the service counts unknown names of devices, which is not part of the cost
 * of authentication.
 */
const ITEMS = 500
/** Items by which an event of a round moves on in the next. So no user acts on an item so often that the events stop counting. */
const STEP = 37
const RECORD = 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }'
const CREATE_KEY = 'mutation { createKey(input: { role: BACKEND, name: "bench" }) { ... on CreateKeyPayload { secret } } }'

interface Running {
  readonly server: OwnServer
  readonly url: string
  /** By user, the token or key to show; undefined for none. */
  readonly credentials: readonly (string | undefined)[]
  /** Seconds of processor that all rounds took. */
  took: number
}

interface Effort {
  readonly rounds: number
  readonly events: number
  readonly users: number
}

export default async function authentication(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      starts: { type: 'string', default: '9' },
      rounds: { type: 'string', default: '40' },
      events: { type: 'string', default: '300' },
      users: { type: 'string', default: '200' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const rounds = numberOption('rounds', values.rounds, 3, 10_000)
  const events = numberOption('events', values.events, 100, 1_000_000)
  const users = numberOption('users', values.users, 1, 10_000)
  const starts = numberOption('starts', values.starts, 1, 1000)
  /** By process and start: microseconds of processor for an event. */
  const taken = new Map<string, number[]>(Object.keys(SERVERS).map((name) => [name, []]))
  for (let i = 0; i < starts; i++) {
    figures.calibrate()
    const perStart = await withScratchFolder('authentication', (folder) => playStart(folder, { rounds, events, users }))
    for (const [name, perEvent] of perStart) taken.get(name)!.push(perEvent)
  }
  report(taken)
  figures.printCalibration({ users })
}

/** Starts each process, lets them take turns, and ends them. @returns for each the microseconds of processor for an event */
async function playStart(folder: string, { rounds, events, users }: Effort): Promise<ReadonlyMap<string, number>> {
  const servers: (readonly [string, Running])[] = []
  try {
    for (const [name, kind] of Object.entries(SERVERS))
      servers.push([name, await start(kind, join(folder, String(servers.length)), users)])
    // Warm: what is compiled in the first rounds is not part of the cost of an event.
    for (let round = -WARM_ROUNDS; round < rounds; round++) {
      for (let turn = 0; turn < servers.length; turn++) {
        const [, server] = servers[(turn + round + WARM_ROUNDS) % servers.length]
        await play(server, events, round)
      }
    }
    return new Map(servers.map(([name, { took }]) => [name, (1e6 * took) / (rounds * events)]))
  } finally {
    for (const [, { server }] of servers) await server.stop()
  }
}

async function start(kind: Credentials, dataDir: string, users: number): Promise<Running> {
  const server = await startOwnServer({ MODEL: '', CLOCK: 'wall', DATA_DIR: dataDir, ...SETTINGS[kind] }, serveArguments())
  const url = server.url.replace(/^ws/, 'http')
  const upload = { input: Array.from({ length: ITEMS }, (_, n) => ({ itemId: `i${n}`, attributes: {} })) }
  const operator = SETTINGS[kind].JWT_SECRET === undefined ? undefined : await tokenOf('backend', 'server')
  await postOperation(url, UPSERT_ITEMS, upload, { credential: operator })
  const key = kind === 'key' ? keyIn(await postOperation(url, CREATE_KEY, {})) : undefined
  const shown = kind === 'backend' ? operator : key
  const credentials = await Promise.all(
    Array.from({ length: users }, (_, user) => (kind === 'device' ? tokenOf('device', `user-${user}`) : shown)),
  )
  return { server, url, credentials, took: 0 }
}

function keyIn(answer: string): string {
  const created = z.object({ data: z.object({ createKey: z.object({ secret: z.string() }) }) })
  return created.parse(JSON.parse(answer)).data.createKey.secret
}

function tokenOf(role: 'device' | 'backend', subject: string): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime('4h')
    .sign(new TextEncoder().encode(SECRET))
}

async function play(running: Running, events: number, round: number): Promise<void> {
  const before = processorTime(running.server.pid)
  // For this turn alone: a server closes connections that are idle while the others have theirs.
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  let next = 0
  const send = async () => {
    for (let event = next++; event < events; event = next++) await record(running, agent, event, round)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, send))
  agent.destroy()
  if (round >= 0) running.took += processorTime(running.server.pid) - before
}

async function record({ url, credentials }: Running, agent: Agent, event: number, round: number): Promise<void> {
  const user = event % credentials.length
  const itemId = `i${(event + STEP * (round + WARM_ROUNDS)) % ITEMS}`
  const input = { userId: `user-${user}`, eventId: `e${round}-${event}`, eventType: 'view', itemId }
  const answer = await postOperation(url, RECORD, { input }, { agent, credential: credentials[user] })
  if (!answer.includes('RecordEventPayload')) throw new Error(`An event was answered with ${answer}`)
}

function report(taken: ReadonlyMap<string, readonly number[]>): void {
  const base = taken.get('none')!
  for (const [name, times] of taken) {
    const toNone = name === 'none' ? undefined : spread(times.map((time, i) => time / base[i]))
    const isTarget = !['none', 'metrics'].includes(SERVERS[name])
    figures.print({
      ...{ store: 'embedded', case: name, processorUs: spread(times), toNone },
      ...(isTarget && { atMost: { toNone: MOST_TO_NONE } }),
    })
  }
}
