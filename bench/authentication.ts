import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Credentials, Started } from './support/authenticating-server.ts'
import { numberOption } from './support/command-options.ts'
import { quantile } from './support/quantile.ts'

const USAGE = `liverank bench authentication [--starts N] [--rounds N] [--events N] [--users N]

The processor time that a server takes for an event over HTTP: without authentication, with the tokens (JWT, HS256) of so many devices
(200), with a static key, and without authentication but with METRICS_PORT. Each server is a process of its own with an embedded store in memory. Two processes of the same program
differ by some percent, so the servers are started anew so many times (9), and a second one without authentication shows what is noise.
After each start the servers take turns, so many rounds (40), each with so many events (300). Printed is the median over the starts,
with the least and the most, of two figures of a start: the median over its rounds, and what it is more than that of the first server.
`

/** The servers of a start, by what the report calls them. */
const SERVERS: Readonly<Record<string, Credentials>> = {
  none: 'none',
  'none, once more': 'none',
  token: 'token',
  key: 'key',
  'none, with metrics': 'metrics',
}
const IN_FLIGHT = 16
const WARM_ROUNDS = 10
/** Items that events name. */
const ITEMS = 500
const PROGRAM = join(import.meta.dirname, `support/authenticating-server${extname(import.meta.filename)}`)
const RECORD = 'mutation ($input: EventInput!) { recordEvent(input: $input) { __typename } }'

interface Running extends Started {
  readonly process: ChildProcess
  /** Microseconds of the processor for an event, by round. */
  readonly perEvent: number[]
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
  if (values.help) return void process.stdout.write(USAGE)
  const rounds = numberOption('rounds', values.rounds, 3, 10_000)
  const events = numberOption('events', values.events, 100, 1_000_000)
  const users = numberOption('users', values.users, 1, 10_000)
  const starts = numberOption('starts', values.starts, 1, 1000)
  /** By server and start: microseconds of the processor for an event, the median over the rounds. */
  const taken = new Map<string, number[]>(Object.keys(SERVERS).map((name) => [name, []]))
  for (let i = 0; i < starts; i++) {
    const perStart = await playStart(rounds, events, users)
    for (const [name, perEvent] of perStart) taken.get(name)!.push(perEvent)
  }
  report(taken)
}

/** Starts each server, lets them take turns, and ends them. @returns for each server the median over the rounds, in µs an event */
async function playStart(rounds: number, events: number, users: number): Promise<ReadonlyMap<string, number>> {
  const kinds = Object.entries(SERVERS)
  const servers = await Promise.all(kinds.map(async ([name, kind]) => [name, await start(kind, users)] as const))
  try {
    // Warm: what is compiled in the first rounds is no cost of an event.
    for (let round = -WARM_ROUNDS; round < rounds; round++) {
      for (let turn = 0; turn < servers.length; turn++) {
        const [, server] = servers[(turn + round + WARM_ROUNDS) % servers.length]
        await play(server, events, round)
      }
    }
    return new Map(servers.map(([name, { perEvent }]) => [name, quantile(perEvent, 0.5)]))
  } finally {
    for (const [, { process }] of servers) process.kill()
  }
}

async function start(kind: Credentials, users: number): Promise<Running> {
  const child = fork(PROGRAM, [kind, String(users), String(ITEMS)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [started] = (await once(child, 'message')) as [Started]
  return { ...started, process: child, perEvent: [] }
}

async function play(server: Running, events: number, round: number): Promise<void> {
  const before = await processorTime(server.process)
  // For this turn alone: a server closes connections that are idle while the others have theirs.
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
  let next = 0
  const send = async () => {
    for (let event = next++; event < events; event = next++) await record(server, agent, event, round)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, send))
  agent.destroy()
  const took = (await processorTime(server.process)) - before
  if (round >= 0) server.perEvent.push(took / events)
}

/** Microseconds since the process began. */
async function processorTime(child: ChildProcess): Promise<number> {
  child.send('usage')
  const [{ user, system }] = (await once(child, 'message')) as [NodeJS.CpuUsage]
  return user + system
}

function record({ url, credentials }: Running, agent: Agent, event: number, round: number): Promise<void> {
  const user = event % credentials.length
  const input = { userId: `user-${user}`, eventId: `e${round}-${event}`, eventType: 'view', itemId: `i${event % ITEMS}` }
  const body = JSON.stringify({ query: RECORD, variables: { input } })
  const credential = credentials[user]
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
  }
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      let answer = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        answer += part
      })
      response.on('end', () =>
        answer.includes('RecordEventPayload') ? resolve() : reject(new Error(`An event was answered with ${answer}`)),
      )
    })
    call.on('error', reject).end(body)
  })
}

function report(taken: ReadonlyMap<string, readonly number[]>): void {
  const base = taken.get('none')!
  const spread = (values: readonly number[], digits: number) => {
    const at = (share: number) => quantile(values, share).toFixed(digits)
    return `${at(0.5)} (${at(0)} to ${at(1)})`
  }
  const head = ['callers show', 'processor time of an event, µs', 'more than without, %']
  process.stdout.write(`| ${head.join(' | ')} |\n| --- | --- | --- |\n`)
  for (const [name, times] of taken) {
    const more = times.map((time, i) => 100 * (time / base[i] - 1))
    process.stdout.write(`| ${name} | ${spread(times, 0)} | ${name === 'none' ? '' : spread(more, 1)} |\n`)
  }
}
