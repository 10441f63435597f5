import { setTimeout as wait } from 'node:timers/promises'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createSocketClient } from 'graphql-ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import type { EventInput } from '../../src/events/validate-event.ts'
import type { Answer } from '../support/answer.ts'
import { Balancer } from '../support/balancer.ts'
import { bundledProgram } from '../support/built-command.ts'
import { EventLoad, type Target } from '../support/event-load.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { post } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { expectCountedOnce, Shoppers } from '../support/shoppers.ts'
import { LIVE, slateOf } from '../support/slate-answer.ts'
import { StartedService } from '../support/started-service.ts'

const REPLICAS = 3
const ROUNDS = process.env.LONG === '1' ? 20 : 1
const USERS = Array.from({ length: 40 }, (_, n) => `user-${n}`)
/** As many as it takes that no event is one too many of its user on its item. */
const ITEMS = Array.from({ length: 100 * ROUNDS }, (_, n) => `item-${n}`)

const event = (n: number): EventInput => ({
  eventId: `e${n}`,
  userId: USERS[n % USERS.length],
  itemId: ITEMS[Math.floor(n / USERS.length) % ITEMS.length],
  eventType: 'view',
})

const itemOf = (itemId: string) => ({ itemId, attributes: { brand: 'one' } })

/** Follows a user through every restart, by connecting again. */
class Follower {
  readonly userId: string
  readonly falls: string[] = []
  reconnections = -1
  version = 0
  readonly #dispose: () => Promise<void>
  #isOver = false

  constructor(userId: string, url: string, transport: 'WebSocket' | 'SSE') {
    this.userId = userId
    const again = { retryAttempts: Number.POSITIVE_INFINITY, shouldRetry: () => true, retryWait: () => wait(20) }
    const sink = {
      next: (message: unknown) => this.#take(slateOf(message as never)),
      error: () => {},
      complete: () => {},
    }
    const operation = { query: LIVE, variables: { input: { userId, first: 5 } } }
    if (transport === 'WebSocket') {
      const client = createSocketClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, ...again })
      const closed = new Promise<void>((resolve) => client.on('closed', () => this.#isOver && resolve()))
      this.#dispose = async () => {
        await client.dispose()
        await closed
      }
      client.subscribe(operation, sink)
    } else {
      const client = createSseClient({ url, ...again, retry: again.retryWait })
      this.#dispose = async () => client.dispose()
      client.subscribe(operation, sink)
    }
  }

  /** Resolves when it has left. */
  end(): Promise<void> {
    this.#isOver = true
    return this.#dispose()
  }

  #take({ trigger, version }: { trigger: string; version: number }): void {
    if (trigger === 'INITIAL') this.reconnections++
    if (version < this.version) this.falls.push(`${this.userId}: ${trigger} ${version} after ${this.version}`)
    this.version = version
  }
}

/** Lets events through to their target while it is open. */
class Gate implements Target {
  readonly #target: Target
  #isOpen = Promise.resolve()
  open = () => {}

  constructor(target: Target) {
    this.#target = target
  }

  /** Events that come from now on wait for `open`: a process that starts needs the processor. */
  close(): void {
    this.#isOpen = new Promise((resolve) => {
      this.open = resolve
    })
  }

  async record(inputs: readonly EventInput[]): Promise<readonly Answer[]> {
    await this.#isOpen
    return this.#target.record(inputs)
  }
}

describe.skipIf(!redisAvailable)('a rolling restart of three processes behind a balancer', () => {
  it('causes no failed request and no outdated slate, and counts each event once', { timeout: 300_000 * ROUNDS }, async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const ports = await Promise.all(Array.from({ length: REPLICAS }, freePort))
    const settings = { REDIS_URL: redis.url, PARTITIONS: '4', SHARDS: '2', LOG_MARGIN: '10000' }
    const start = (port: number) => new StartedService({ ...settings, PORT: String(port) }, [bundledProgram('drained-service')])
    const processes = ports.map(start)
    const balancer = await Balancer.inFrontOf(ports)
    onTestFinished(() => balancer.close())
    await Promise.all(processes.map((one) => one.serving()))
    for (const port of ports) await balancer.sendsTo(port)
    const upload = `mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { rejected } } }`
    for (let from = 0; from < ITEMS.length; from += 500)
      expect(await post(balancer.url, upload, { input: ITEMS.slice(from, from + 500).map(itemOf) })).toMatchObject({
        data: { upsertItems: { rejected: 0 } },
      })

    const followers = USERS.slice(0, 12).map((id, n) => new Follower(id, balancer.url, n % 3 === 0 ? 'SSE' : 'WebSocket'))
    await eventually(() => expect(followers.every(({ reconnections }) => reconnections === 0)).toBe(true))
    const shoppers = new Shoppers(balancer.url)
    const gate = new Gate(shoppers)
    const load = new EventLoad({ targets: [gate], event, lanes: 6 })
    onTestFinished(() => {
      load.abandon()
      gate.open()
    })
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, port] of ports.entries()) {
        await load.another(20)
        processes[i].process.kill('SIGTERM')
        await balancer.avoids(port)
        expect(await processes[i].stop('SIGUSR2')).toBe(0)
        await load.another(20)
        gate.close()
        processes[i] = start(port)
        await processes[i].serving()
        gate.open()
        await balancer.sendsTo(port)
      }
    }
    await load.another(20)
    const sent = await load.stop()
    const { unanswered } = balancer
    expect({ failed: shoppers.failed, unanswered, stale: shoppers.stale, repeated: load.refusals }).toEqual({
      failed: [],
      unanswered: [],
      stale: [],
      repeated: 0,
    })
    expect({ twice: load.recordedTwice, falls: load.falls }).toEqual({ twice: [], falls: [] })
    await expectCountedOnce(redis, load, sent, USERS)
    const notBack = () => followers.filter(({ reconnections }) => reconnections < ROUNDS).map(({ userId }) => userId)
    await eventually(() => expect(notBack()).toEqual([]))

    for (const follower of followers) {
      const latest = `query ($id: ID!) { recommendations(input: { userId: $id }) { version } }`
      const { version } = z
        .object({ recommendations: z.object({ version: z.number() }) })
        .parse((await post(balancer.url, latest, { id: follower.userId })).data).recommendations
      await eventually(() => expect(follower.version).toBe(version))
    }
    expect(followers.flatMap(({ falls }) => falls)).toEqual([])
    await Promise.all(followers.map((follower) => follower.end()))
    for (const [i, port] of ports.entries()) {
      processes[i].process.kill('SIGTERM')
      await balancer.avoids(port)
      expect(await processes[i].stop('SIGUSR2')).toBe(0)
    }
  })
})
