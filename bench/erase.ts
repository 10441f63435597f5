import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { wallClock } from '../src/clock.ts'
import { numberOption } from '../src/commands/command-line.ts'
import { eraseUser } from '../src/events/user-erasure.ts'
import type { MemoryStore } from '../src/state/memory-store.ts'
import { copyId, copyUsers, sampleOf } from './support/copies.ts'
import { openStore } from './support/open-store.ts'

const USAGE = `npm run bench -- erase [--users N] [--erased N] [--redis URL]

How long it takes to erase so many users (50) at the same time out of a store of so many (100000), and how long an HTTP server in
the same process keeps a request waiting meanwhile. With --redis on that server, which must be empty, instead of the embedded store.
`

/** Users whose events are recorded; those of the embedded store are then copied. */
const RECORDED = 2000
const EVENTS = 10

export default async function erase(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      users: { type: 'string', default: '100000' },
      erased: { type: 'string', default: '50' },
      redis: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const users = numberOption('users', values.users, RECORDED, 1e7)
  const erased = numberOption('erased', values.erased, 1, RECORDED)
  const dataDir = await mkdtemp(join(tmpdir(), 'liverank-bench-'))
  try {
    const figures = await measureErasure({ users, erased, dataDir, redis: values.redis })
    process.stdout.write(
      `${erased} of ${users} users erased at once in ${figures.seconds.toFixed(2)} s; a request waited ${figures.longestWaitMs.toFixed(0)} ms at most, the event loop ${figures.longestTurnMs.toFixed(0)} ms\n`,
    )
  } finally {
    await rm(dataDir, { recursive: true })
  }
}

export interface ErasureFigures {
  readonly seconds: number
  readonly longestWaitMs: number
  readonly longestTurnMs: number
}

/** @param redis absent: the embedded store in `dataDir` */
export async function measureErasure(options: {
  readonly users: number
  readonly erased: number
  readonly dataDir: string
  readonly redis: string | undefined
}): Promise<ErasureFigures> {
  const { users, erased, dataDir, redis } = options
  const service = await openStore({ clock: wallClock(), dataDir, ...(redis !== undefined && { redis }) })
  try {
    const recorded = redis === undefined ? RECORDED : users
    for (let from = 0; from < recorded; from += 100) {
      await service.ingest.record(
        Array.from({ length: 100 * EVENTS }, (_, n) => {
          const userId = copyId(from + (n % 100))
          return { eventId: `${userId}-${n}`, userId, itemId: `item-${(from + n * 7) % 3000}`, eventType: 'view' }
        }),
      )
    }
    if (redis === undefined) {
      const { contents } = service.store as MemoryStore
      copyUsers(contents, sampleOf(contents), recorded, users)
    }
    await service.store.settle()
    return await whileAsked(async () => {
      await Promise.all(Array.from({ length: erased }, (_, n) => eraseUser(copyId(n * 3), service)))
    })
  } finally {
    await service.close()
  }
}

/** Does something while a server of this process is asked every 10 ms, as a load balancer would. */
async function whileAsked(task: () => Promise<void>): Promise<ErasureFigures> {
  const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
  await wait(200)
  const { port } = server.address() as AddressInfo
  const waits: Promise<number>[] = []
  const asking = setInterval(() => waits.push(ask(port)), 10)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const began = performance.now()
  await task()
  const seconds = (performance.now() - began) / 1000
  delay.disable()
  clearInterval(asking)
  const longestWaitMs = Math.max(0, ...(await Promise.all(waits)))
  await new Promise((resolve) => server.close(resolve))
  return { seconds, longestWaitMs, longestTurnMs: delay.max / 1e6 }
}

function ask(port: number): Promise<number> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume().once('end', () => resolve(performance.now() - began))
    })
      .once('error', reject)
      .end()
  })
}
