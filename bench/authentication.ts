import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Credentials, Started } from './support/authenticating-server.ts'
import { numberOption } from './support/command-options.ts'
import { quantile } from './support/quantile.ts'

const USAGE = `liverank bench authentication [--rounds N] [--events N] [--users N]

The processor time that a server takes for an event over HTTP: without authentication, with the tokens (JWT, HS256) of so many devices
(200), and with a static key. Each server is a process of its own with an embedded store in memory. The servers take turns, so many
rounds (300), each with so many events (300). Printed are medians over the rounds, and what a tenth stay below, which other work on the
machine disturbs least; and for both, what a server takes more than the one without authentication.
`

const KINDS: readonly Credentials[] = ['none', 'token', 'key']
const IN_FLIGHT = 16
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
      rounds: { type: 'string', default: '300' },
      events: { type: 'string', default: '300' },
      users: { type: 'string', default: '200' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const rounds = numberOption('rounds', values.rounds, 3, 10_000)
  const events = numberOption('events', values.events, 100, 1_000_000)
  const users = numberOption('users', values.users, 1, 10_000)
  const servers = new Map(await Promise.all(KINDS.map(async (kind) => [kind, await start(kind, users)] as const)))
  try {
    // Warm: what is compiled in the first rounds is no cost of an event.
    for (let round = -3; round < rounds; round++) {
      const turns = KINDS.map((_, i) => KINDS[(i + round + 3) % KINDS.length])
      for (const kind of turns) await play(servers.get(kind)!, events, round)
    }
    report(servers)
  } finally {
    for (const { process } of servers.values()) process.kill()
  }
}

async function start(kind: Credentials, users: number): Promise<Running> {
  const child = fork(PROGRAM, [kind, String(users)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
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
  const input = { userId: `user-${user}`, eventId: `e${round}-${event}`, eventType: 'view', itemId: `i${event % 500}` }
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

function report(servers: ReadonlyMap<Credentials, Running>): void {
  const base = servers.get('none')!.perEvent
  const head = ['callers show', 'processor time of an event, median (p10), µs', 'more than without, median (p10), %']
  process.stdout.write(`| ${head.join(' | ')} |\n| --- | --- | --- |\n`)
  for (const [kind, { perEvent }] of servers) {
    const at = (share: number) => quantile(perEvent, share)
    const more = (share: number) => (100 * (at(share) / quantile(base, share) - 1)).toFixed(1)
    const times = `${at(0.5).toFixed(0)} (${at(0.1).toFixed(0)})`
    process.stdout.write(`| ${kind} | ${times} | ${kind === 'none' ? '' : `${more(0.5)} (${more(0.1)})`} |\n`)
  }
}
