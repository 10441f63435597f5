import { existsSync, readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startTemporaryRedis } from '../lab/replay/temporary-redis.ts'
import { withScratchFolder } from '../lab/scratch-folder.ts'
import { wallClock } from '../src/clock.ts'
import type { MemoryStore } from '../src/state/embedded/store.ts'
import { choiceOption, numberOption } from './support/command-options.ts'
import { copyId, copyUsers, sampleOf } from './support/copies.ts'
import { Figures } from './support/figures.ts'
import { openStore } from './support/open-store.ts'

const USAGE = `liverank bench erase [--users N] [--erased N] [--store embedded|redis]

Erases so many users (50) at the same time from a store of so many users (100000). Meanwhile, a server in the same process answers an
HTTP request every 10 ms. --store redis uses a redis-server of its own, whose logs still hold all events: one of each user.
`

const figures = new Figures('erase', {
  users: 'users in the store before, 2000 to 10000000',
  erased: 'users that were erased, 1 to 2000',
  seconds: 'until all of them are erased, s, above 0',
  longestWaitMs: 'longest wait of a request for its answer, ms; grows with the load of the machine',
  longestBusyMs: 'longest CPU time during which the process handled no requests, ms',
  atMost: 'targets, with 100000 users: seconds and longestBusyMs',
})

/** What the erasure of 50 users at the same time, of 100,000, takes at most. */
export const ERASURE_TARGETS = { seconds: 5, longestBusyMs: 100 }

/** Users whose events are recorded; those of the embedded store are then copied. */
const RECORDED = 2000
const EVENTS = { embedded: 10, redis: 1 }
/** How often a request is sent, in ms. */
const TICK_MS = 10

export default async function erase(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      users: { type: 'string', default: '100000' },
      erased: { type: 'string', default: '50' },
      store: { type: 'string', default: 'embedded' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const users = numberOption('users', values.users, RECORDED, 1e7)
  const erased = numberOption('erased', values.erased, 1, RECORDED)
  const store = choiceOption('store', values.store, ['embedded', 'redis'])
  const redis = store === 'redis' ? await startTemporaryRedis() : undefined
  try {
    const measured = await withScratchFolder('bench', (dataDir) => measureErasure({ users, erased, dataDir, redis: redis?.url }))
    figures.print({ store, case: 'erasures at the same time', users, erased, ...measured, atMost: ERASURE_TARGETS })
  } finally {
    await redis?.stop()
  }
}

export interface ErasureFigures {
  readonly seconds: number
  /** Grows with the load of the machine. */
  readonly longestWaitMs: number
  /** CPU time of the main thread between two looks at requests: what the process itself holds up, whatever else the machine does. */
  readonly longestBusyMs: number
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
        Array.from({ length: 100 * EVENTS[service.store.name] }, (_, n) => {
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
      await Promise.all(Array.from({ length: erased }, (_, n) => service.erasures.erase(copyId(n * 3))))
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
  let longestBusyMs = 0
  let before = mainThreadMs()
  const asking = setInterval(() => {
    waits.push(ask(port))
    const now = mainThreadMs()
    longestBusyMs = Math.max(longestBusyMs, now - before)
    before = now
  }, TICK_MS)
  const began = performance.now()
  await task()
  const seconds = (performance.now() - began) / 1000
  clearInterval(asking)
  const longestWaitMs = Math.max(0, ...(await Promise.all(waits)))
  await new Promise((resolve) => server.close(resolve))
  return { seconds, longestWaitMs, longestBusyMs }
}

/** CPU time of the main thread, in ms; of the whole process where the system does not tell it by thread. */
function mainThreadMs(): number {
  const path = `/proc/self/task/${process.pid}/schedstat`
  if (existsSync(path)) return Number(readFileSync(path, 'utf8').split(' ')[0]) / 1e6
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
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
