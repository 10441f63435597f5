import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { DAY } from '../src/time-units.ts'
import { LIVERANK, LIVERANK_LAB } from './support/built-command.ts'
import { eventually } from './support/eventually.ts'
import { post, webSocketClient } from './support/graphql-client.ts'
import { writeLinearModel } from './support/linear-model.ts'
import { itWhenLong } from './support/long.ts'
import { RedisServer, redisAvailable } from './support/redis-server.ts'
import { connect } from './support/server.ts'
import { LIVE, RECOMMEND, RECORD, recordedOf, slateOf } from './support/slate-answer.ts'
import { StartedService } from './support/started-service.ts'
import { temporaryDirectory } from './support/temporary-directory.ts'
import { refusedToServe } from './support/warm-command.ts'

const DEMO = [LIVERANK_LAB, 'demo', '--no-traffic']

describe('the service as a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('serves until %s, and then ends in order', async (signal) => {
    const service = new StartedService({ DATA_DIR: await temporaryDirectory(), ALLOW_UNAUTHENTICATED: '1' })
    const url = await service.serving()
    expect(service.log.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('no authentication'))
    const client = connect(webSocketClient, url)
    const slates = client.subscribe(LIVE, { input: { userId: 'me' } })
    expect(slateOf(await slates.next()).trigger).toBe('INITIAL')
    expect(await service.stop(signal)).toBe(0)
    expect((await client.closed).code).toBe(1001)
    expect(await service.errors).toBe('')
  })

  it('fills an empty store with the demo shop once, keeps later events, and lets simulated shoppers visit it until it stops', async () => {
    const DATA_DIR = await temporaryDirectory()
    const empty = new StartedService({ DATA_DIR })
    const before = await empty.serving()
    expect(empty.log.at(-1)).toMatchObject({ items: 0 })
    expect(slateOf(await post(before, RECOMMEND, { input: { userId: 'me' } })).items).toEqual([])
    expect(await empty.stop('SIGTERM')).toBe(0)

    const first = new StartedService({ DATA_DIR }, DEMO)
    const filled = await first.says('demo shop ready')
    expect(filled.items).toBe(300)
    const url = await first.serving()
    // The start page said that users do hundreds of things a second, while the shop was only being filled.
    expect((await post(url, '{ status { eventsPerSecond } }')).data).toEqual({ status: { eventsPerSecond: 0 } })
    expect(slateOf(await post(url, RECOMMEND, { input: { userId: 'me', first: 20 } })).items).toHaveLength(20)
    const { userVersion } = recordedOf(
      await post(url, RECORD, { input: { eventId: 'e1', userId: 'me', itemId: 'item-0007', eventType: 'view' } }),
    )
    expect(await first.stop('SIGTERM')).toBe(0)
    const journal = await readFile(join(DATA_DIR, 'journal.jsonl'), 'utf8')

    // The demo may rest for days. A service would ask whether the clock is right.
    await writeFile(join(DATA_DIR, 'last-time'), new Date(Date.now() - 3 * DAY).toISOString())
    const second = new StartedService({ DATA_DIR }, DEMO)
    const again = await second.serving()
    expect((await post(again, '{ status { clockWarning } }')).data).toEqual({ status: { clockWarning: null } })
    expect(second.log.map(({ msg }) => msg)).not.toContain('demo shop ready')
    expect(second.log.at(-1)).toMatchObject({ store: 'embedded', items: 300, model: null })
    const slate = slateOf(await post(again, RECOMMEND, { input: { userId: 'me' } }))
    expect(slate).toMatchObject({ version: userVersion, latestEventId: 'e1' })
    expect(await second.stop('SIGTERM')).toBe(0)
    const kept = await readFile(join(DATA_DIR, 'journal.jsonl'), 'utf8')
    expect(kept.startsWith(journal)).toBe(true)
    expect(kept.slice(journal.length)).not.toContain('"kind":"events"')

    const visited = new StartedService({ DATA_DIR }, [LIVERANK_LAB, 'demo'])
    await visited.serving()
    await visited.says('simulated shoppers visit the demo shop; --no-traffic: none')
    const eventsOfVisits = async () =>
      (await readFile(join(DATA_DIR, 'journal.jsonl'), 'utf8')).slice(kept.length).match(/"eventId":"[^"]+"/g) ?? []
    await eventually(async () => expect((await eventsOfVisits()).length).toBeGreaterThan(5))
    expect(await visited.stop('SIGTERM')).toBe(0)
    expect(await visited.errors).toBe('')
    expect(visited.log.map(({ msg }) => msg)).not.toContain('the simulated shoppers have left')
    const ids = await eventsOfVisits()
    expect(new Set(ids).size).toBe(ids.length)
  })

  itWhenLong('fills a new Redis with the demo shop once: it served an empty shop', { skip: !redisAvailable }, async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const settings = { REDIS_URL: redis.url, DATA_DIR: join(await temporaryDirectory(), 'data') }
    const first = new StartedService(settings, DEMO)
    expect((await first.says('demo shop ready')).items).toBe(300)
    const url = await first.serving()
    expect(slateOf(await post(url, RECOMMEND, { input: { userId: 'me', first: 20 } })).items).toHaveLength(20)
    expect(await first.stop('SIGTERM')).toBe(0)
    const second = new StartedService(settings, DEMO)
    await second.serving()
    expect(second.log.map(({ msg }) => msg)).not.toContain('demo shop ready')
    expect(second.log.at(-1)).toMatchObject({ store: 'redis', items: 300 })
    expect(await second.stop('SIGTERM')).toBe(0)
  })

  itWhenLong('continues an interrupted fill of the demo shop, and counts its events once', async () => {
    let DATA_DIR: string
    let journal: string
    // Once more if the fill ended before it was cut, since the machine was busy with something else.
    do {
      DATA_DIR = await temporaryDirectory()
      journal = join(DATA_DIR, 'journal.jsonl')
      const cut = new StartedService({ DATA_DIR, JOURNAL_FSYNC: 'no' }, DEMO)
      await eventually(async () => expect(await readFile(journal, 'utf8')).toContain('"kind":"events"'))
      expect(await cut.stop('SIGKILL')).toBe('SIGKILL')
    } while (!existsSync(join(DATA_DIR, 'demo-unfinished')))

    const second = new StartedService({ DATA_DIR }, DEMO)
    const { events } = await second.says('demo shop ready')
    await second.serving()
    expect(await second.stop('SIGTERM')).toBe(0)
    const ids = (await readFile(journal, 'utf8')).match(/"eventId":"[^"]+"/g) ?? []
    expect(new Set(ids).size).toBe(events)
    expect(ids.length).toBe(events)

    // What would continue it once more is gone.
    expect(existsSync(join(DATA_DIR, 'demo-unfinished'))).toBe(false)
  })

  it('serves the configured domain with the shipped model, but not with a model that needs a feature that the domain lacks', async () => {
    const news = new StartedService({ DATA_DIR: await temporaryDirectory(), DOMAIN: 'news', MODEL: 'default' })
    const { data } = await post(await news.serving(), '{ accumulators { name } }')
    expect(data?.accumulators).toContainEqual({ name: 'topic_rates' })
    expect(data?.accumulators).not.toContainEqual({ name: 'brand_rates' })
    expect(news.log.at(-1)).toMatchObject({ model: 'default' })
    expect(await news.stop('SIGTERM')).toBe(0)

    const MODEL_DIR = await temporaryDirectory()
    await writeLinearModel(MODEL_DIR, 'of-a-shop', { brand_trend_1h_7d: 1 })
    const ofNews = { DATA_DIR: await temporaryDirectory(), DOMAIN: 'news', MODEL_DIR, MODEL: 'of-a-shop' }
    const { code, errors } = await refusedToServe(ofNews)
    expect(code).toBe(78)
    expect(errors).toMatch(
      /^liverank: The model needs the feature "brand_trend_1h_7d", which this service does not compute: .*DOMAIN.* or set MODEL= \(empty\) to rank without a model\.\n$/,
    )
    const shop = new StartedService({ DATA_DIR: await temporaryDirectory(), DOMAIN: 'e-commerce', MODEL_DIR, MODEL: 'of-a-shop' })
    await shop.serving()
    expect(shop.log.at(-1)).toMatchObject({ model: 'of-a-shop' })
    expect(await shop.stop('SIGTERM')).toBe(0)
  })

  it('says in a sentence that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    const { code, errors } = await refusedToServe({ DATA_DIR: await temporaryDirectory(), PORT: String(port) })
    expect(code).toBe(1)
    expect(errors).toMatch(/^liverank: .*another process listens there; set PORT to a free one\.\n$/)
    expect(errors).toContain(String(port))
  })

  it('says in a sentence that its folder is in use, that a setting is wrong, or that Redis does not answer', async () => {
    const DATA_DIR = await temporaryDirectory()
    const first = new StartedService({ DATA_DIR })
    await first.serving()
    const refused: { settings: Record<string, string>; says: RegExp; code?: number }[] = [
      { settings: { DATA_DIR }, says: /is in use by another process: process \d+/ },
      { settings: { PORT: 'http', JWT_SECRET: 'short' }, says: /^ {2}PORT: .*\n {2}JWT_SECRET: at least 32 bytes/m },
      {
        settings: { HOST: '0.0.0.0', DATA_DIR: await temporaryDirectory() },
        says: /other machines can reach 0\.0\.0\.0, and no key is configured\. Set JWT_SECRET .* keys create .*ALLOW_UNAUTHENTICATED=1/,
      },
      { settings: { REDIS_URL: 'redis://127.0.0.1:1' }, says: /Nothing listens at REDIS_URL/, code: 1 },
    ]
    for (const { settings, says, code = 78 } of refused) {
      const { code: ended, errors } = await refusedToServe(settings)
      expect(ended).toBe(code)
      expect(errors).toMatch(says)
      expect(errors).toMatch(/^liverank: /)
      expect(errors).not.toContain('    at ')
    }
    expect(await first.stop('SIGTERM')).toBe(0)
  })

  it('says for DRAIN_MS after a signal that it is not ready, and ends at once at a second signal', async () => {
    const service = new StartedService({ DATA_DIR: await temporaryDirectory(), DRAIN_MS: '60000' })
    const url = await service.serving()
    service.process.kill('SIGTERM')
    await service.says('stopping')
    expect((await fetch(new URL('/ready', url))).status).toBe(503)
    expect(recordedOf(await post(url, RECORD, { input: { userId: 'me', itemId: 'i1', eventType: 'view' } }))).toBeDefined()
    let isOver = false
    const ended = service.ended().then((code) => {
      isOver = true
      return code
    })
    // A signal right after the first is ignored: for one Ctrl-C, npm passes on a second.
    await eventually(() => {
      service.process.kill('SIGTERM')
      expect(isOver).toBe(true)
    }, 100)
    expect(await ended).toBe(143)
    expect(await service.errors).toBe('')
  })

  it('treats two simultaneous signals as one', async () => {
    const service = new StartedService({ DATA_DIR: await temporaryDirectory(), DRAIN_MS: '200' })
    await service.serving()
    service.process.kill('SIGINT')
    service.process.kill('SIGTERM')
    expect(await service.ended()).toBe(0)
  })

  it.each([[[]], ...(redisAvailable ? [[['--workers', '2']]] : [])])(
    'ends in order when the shell by which npm started it is told to end: serve %s',
    async (options) => {
      const redis = options.length > 0 ? await RedisServer.start() : undefined
      onTestFinished(() => redis?.stop())
      const store = redis ? { REDIS_URL: redis.url } : { DATA_DIR: await temporaryDirectory() }
      const settings = { ...store, PATH: process.env.PATH!, PORT: '0', MODEL: '', npm_lifecycle_event: 'npx' }
      // Not the last command, so that every shell keeps it as a child.
      const script = '"$@"; exit'
      const place = { program: 'sh', cwd: process.cwd() }
      const shell = new StartedService(settings, ['-c', script, 'sh', process.execPath, LIVERANK, 'serve', ...options], place)
      const url = await shell.serving()
      if (redis) await shell.says('all workers serve')
      const { pid } = z.object({ pid: z.number() }).parse(shell.log.at(-1))
      let hasEnded = false
      onTestFinished(() => void (hasEnded || process.kill(pid, 'SIGKILL')))
      const client = connect(webSocketClient, url)
      const slates = client.subscribe(LIVE, { input: { userId: 'me' } })
      await slates.next()
      expect(await shell.stop('SIGTERM')).toBe('SIGTERM')
      await shell.says('stopping')
      expect((await client.closed).code).toBe(1001)
      // The service has the other end of the pipe: it is closed once all of its processes have ended.
      expect(await shell.errors).toBe('')
      hasEnded = true
    },
  )

  it.skipIf(!redisAvailable)('answers operations that wait for Redis before it stops', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const settings = { REDIS_URL: redis.url }
    const service = new StartedService(settings)
    const client = connect(webSocketClient, await service.serving())
    const input = (n: number) => ({ input: { eventId: `e${n}`, userId: `u${n}`, itemId: 'i1', eventType: 'view' } })
    await client.ask(RECORD, input(0))
    redis.pause()
    const answers = Array.from({ length: 40 }, (_, n) => client.ask(RECORD, input(n + 1)))
    // Answered after them on the same socket: they are begun.
    await client.ask('{ __typename }')
    service.process.kill('SIGTERM')
    await service.says('stopping')
    redis.goOn()
    for (const answer of answers) expect(recordedOf(await answer).duplicate).toBe(false)
    expect((await client.closed).code).toBe(1001)
    expect(await service.ended()).toBe(0)
    const next = new StartedService(settings)
    const url = await next.serving()
    for (const n of answers.keys()) expect(recordedOf(await post(url, RECORD, input(n + 1))).duplicate).toBe(true)
  })

  itWhenLong('ends in bounded time even if its Redis hangs', { skip: !redisAvailable }, async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const service = new StartedService({ REDIS_URL: redis.url })
    const client = connect(webSocketClient, await service.serving())
    redis.pause()
    const answer = client.ask(RECORD, { input: { userId: 'me', itemId: 'i1', eventType: 'view' } })
    await client.ask('{ __typename }')
    // With 1 if the store could not be closed in time.
    expect(await service.stop('SIGTERM')).toBe(0)
    expect((await answer).errors?.[0].extensions?.code).toBe('UNAVAILABLE')
    expect((await client.closed).code).toBe(1001)
  })

  it.skipIf(!redisAvailable)('ends in order even if its Redis is unreachable', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const service = new StartedService({ REDIS_URL: redis.url })
    const url = await service.serving()
    const client = connect(webSocketClient, url)
    const slates = client.subscribe(LIVE, { input: { userId: 'me' } })
    await slates.next()
    await redis.kill()
    expect(await service.stop('SIGTERM')).toBe(0)
    expect((await client.closed).code).toBe(1001)
    expect(await service.errors).toBe('')
  })
})
