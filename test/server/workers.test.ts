import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { LIVERANK } from '../support/built-command.ts'
import { liverank } from '../support/command.ts'
import { EventLoad } from '../support/event-load.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { type Messages, webSocketClient } from '../support/graphql-client.ts'
import { itWhenLong } from '../support/long.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { Scrape } from '../support/scrape.ts'
import { connect } from '../support/server.ts'
import { expectCountedOnce, Shoppers } from '../support/shoppers.ts'
import { LIVE, RECORD, slateOf } from '../support/slate-answer.ts'
import { StartedService } from '../support/started-service.ts'
import { refused } from '../support/warm-command.ts'

const USERS = Array.from({ length: 20 }, (_, n) => `user-${n}`)

interface Started {
  readonly service: StartedService
  readonly redis: RedisServer
  readonly url: string
  /** Process ids. */
  readonly workers: readonly number[]
  /** Where each worker serves its metrics. */
  readonly metricsPorts: readonly number[]
}

async function start(): Promise<Started> {
  const redis = await RedisServer.start()
  onTestFinished(() => redis.stop())
  const settings = { REDIS_URL: redis.url, PARTITIONS: '4', SHARDS: '2', METRICS_PORT: '0' }
  const service = new StartedService(settings, [LIVERANK, 'serve', '--workers', '2'])
  const { url, workers } = z
    .object({ url: z.string(), workers: z.array(z.number()).length(2) })
    .parse(await service.says('all workers serve'))
  // The workers write for themselves: what one has said may come later.
  const ports = () => service.log.flatMap(({ metricsPort }) => metricsPort ?? [])
  while (ports().length < 2) await service.says('serving')
  return { service, redis, url, workers, metricsPorts: ports() }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function scrapes({ metricsPorts }: Started): Promise<Scrape[]> {
  const texts = metricsPorts.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text())
  return (await Promise.all(texts)).map((text) => new Scrape(text))
}

describe.skipIf(!redisAvailable)('a service of two workers', () => {
  it('spreads connections over them, and each sends slates for events that the other recorded', async () => {
    const started = await start()
    const clients: ReturnType<typeof webSocketClient>[] = []
    const streams: Messages[] = []
    const subscribers = async () => (await scrapes(started)).map((scrape) => scrape.of('liverank_subscribers'))
    // Whichever worker is free accepts a connection.
    while (Math.min(...(await subscribers())) < 2) {
      const client = connect(webSocketClient, started.url)
      const stream = client.subscribe(LIVE, { input: { userId: 'me' } })
      expect(slateOf(await stream.next()).trigger).toBe('INITIAL')
      clients.push(client)
      streams.push(stream)
    }
    expect((await subscribers()).reduce((sum, count) => sum + count)).toBe(clients.length)
    for (const client of clients) {
      const recorded = await client.ask(RECORD, { input: { userId: 'me', itemId: 'i1', eventType: 'view' } })
      expect(recorded.errors).toBeUndefined()
      const slates = await Promise.all(streams.map(async (stream) => slateOf(await stream.next())))
      expect(new Set(slates.map(({ trigger }) => trigger))).toEqual(new Set(['EVENT']))
      expect(new Set(slates.map(({ version }) => version)).size).toBe(1)
    }
    const views = (await scrapes(started)).map((scrape) =>
      scrape.of('liverank_events_total{outcome="recorded",event_type="view"}'),
    )
    expect(views.reduce((sum, count) => sum + count)).toBe(clients.length)
    expect(Math.min(...views)).toBeGreaterThan(0)
    for (const client of clients) await client.close()
    expect(await started.service.stop('SIGTERM')).toBe(0)
    expect(started.workers.filter(isRunning)).toEqual([])
  })

  it('replaces one that is killed, and counts every event once', async () => {
    const started = await start()
    const shoppers = new Shoppers(started.url)
    const event = (n: number) => ({ eventId: `e${n}`, userId: USERS[n % USERS.length], itemId: `item-${n}`, eventType: 'view' })
    const load = new EventLoad({ targets: [shoppers], event, lanes: 4 })
    onTestFinished(() => load.abandon())
    await load.another(40)
    process.kill(started.workers[1], 'SIGKILL')
    expect(await started.service.says('a worker ended by itself; another one replaces it')).toMatchObject({ worker: 2 })
    expect(await started.service.serving()).toBe(started.url)
    await load.another(40)
    const sent = await load.stop()
    expect({ twice: load.recordedTwice, falls: load.falls, stale: shoppers.stale }).toEqual({ twice: [], falls: [], stale: [] })
    expect(await started.service.stop('SIGINT')).toBe(0)
    await expectCountedOnce(started.redis, load, sent, USERS)
  })

  itWhenLong('ends when the process that started them ends', async () => {
    const { service, workers } = await start()
    service.process.kill('SIGKILL')
    await eventually(() => expect(workers.filter(isRunning)).toEqual([]))
  })
})

describe('--workers', () => {
  it.each([
    ['without a store that they can share', {}, ['REDIS_URL is unset'], 78],
    [
      'with ports that two of them need',
      { REDIS_URL: 'redis://127.0.0.1:1', PORT: '4002', METRICS_PORT: '4000', HEALTH_PORT: '4001' },
      [
        'HEALTH_PORT: worker 2 would need port 4002, which is PORT too.',
        'METRICS_PORT: worker 2 would need port 4001, which is HEALTH_PORT of worker 1 too.',
      ],
      78,
    ],
    [
      'with ports that do not exist',
      { REDIS_URL: 'redis://127.0.0.1:1', METRICS_PORT: '65535' },
      ['worker 2 would need port 65536'],
      78,
    ],
    ['with a domain that cannot be read', { REDIS_URL: 'redis://127.0.0.1:1', DOMAIN: './none.yaml' }, ['none.yaml'], 78],
  ])('%s is refused before anything starts', async (_, settings, sentences, code) => {
    const ended = await refused(['serve', '--workers', '2'], settings)
    expect(ended.code).toBe(code)
    for (const sentence of sentences) expect(ended.errors).toContain(sentence)
    expect(ended.errors).not.toMatch(/^ +at /m)
  })

  it('says once that Redis does not answer', async () => {
    const ended = await liverank(['serve', '--workers', '3'], { REDIS_URL: `redis://127.0.0.1:${await freePort()}`, MODEL: '' })
    expect(ended.code).toBe(1)
    expect(ended.errors.match(/^liverank: /gm)).toHaveLength(1)
  })

  it.each(['0', '-1', '1.5', 'two', '129'])('is refused with a wrong number of workers: %s', async (number) => {
    const ended = await refused(['serve', `--workers=${number}`])
    expect(ended.code).toBe(2)
    expect(ended.errors).toContain('Give a whole number from 1 to 128.')
  })
})
