import { Redis } from 'ioredis'
import { Registry } from 'prom-client'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { serviceMetrics } from '../../../src/metrics/service-metrics.ts'
import { connectRedis } from '../../../src/state/redis/connection.ts'
import { ServerSettingsWatch } from '../../../src/state/redis/server-settings-watch.ts'
import { DAY, HOUR } from '../../../src/time-units.ts'
import { post } from '../../support/graphql-client.ts'
import { RedisServer, type RedisSettings, redisAvailable } from '../../support/redis-server.ts'
import { serve } from '../../support/server.ts'
import { openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'

describe.skipIf(!redisAvailable)('a Redis that can lose acknowledged data', () => {
  const servers: RedisServer[] = []
  afterAll(() => Promise.all(servers.map((server) => server.stop())))
  async function start(settings: RedisSettings = {}): Promise<RedisServer> {
    const redis = await RedisServer.start(settings)
    servers.push(redis)
    return redis
  }

  it.each(['allkeys-lru', 'volatile-lru', 'volatile-ttl'])('is refused at start if it evicts by %s', async (policy) => {
    const redis = await start({ 'maxmemory-policy': policy })
    await expect(openOn(redis.url)).rejects.toMatchObject({ code: 'CONFIGURATION' })
    await expect(openOn(redis.url)).rejects.toThrow(`maxmemory-policy evicts keys at REDIS_URL (${policy})`)
  })

  it('is accepted with ALLOW_EVICTION=1, and shown in status and /ready', async () => {
    const redis = await start({ 'maxmemory-policy': 'allkeys-lru' })
    const service = await openOn(redis.url, { allowsEviction: true, clock: new SettableClock(Date.now()) })
    const { url } = await serve(service)
    const answer = await post(url, '{ status { storePolicy { maxmemoryPolicies evicts appendOnly } storeLosses storeWarnings } }')
    expect(answer.data?.status).toEqual({
      storePolicy: { maxmemoryPolicies: ['allkeys-lru'], evicts: true, appendOnly: false },
      storeLosses: 0,
      storeWarnings: [expect.stringContaining('maxmemory-policy evicts'), expect.stringContaining('no append-only file')],
    })
    const ready = await fetch(url.replace('graphql', 'ready'))
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({ warnings: [expect.stringContaining('evicts'), expect.anything()] })
  })

  it('causes one warning if its policy changes later', async () => {
    const redis = await start({ appendonly: 'yes' })
    const connection = connectRedis({ url: redis.url }, () => {})
    onTestFinished(() => connection.close())
    const warnings: string[] = []
    const watch = new ServerSettingsWatch({ connection, allowsEviction: false, warn: (message) => warnings.push(message) })
    await watch.start()
    onTestFinished(() => watch.stop())
    expect([warnings, watch.policy]).toEqual([[], { maxmemoryPolicies: ['noeviction'], evicts: false, appendOnly: true }])
    const admin = new Redis(redis.url)
    onTestFinished(() => admin.disconnect())
    await admin.config('SET', 'maxmemory-policy', 'volatile-lru')
    await watch.look()
    await watch.look()
    expect(warnings).toEqual([expect.stringContaining('evicts keys at REDIS_URL (volatile-lru)')])
    expect(watch.warnings).toEqual(warnings)
    await admin.config('SET', 'maxmemory-policy', 'noeviction')
    await watch.look()
    expect(watch.warnings).toEqual([])
  })

  it('does not prevent the start if INFO is forbidden, and a warning says what could not be checked', async () => {
    const redis = await start()
    const admin = new Redis(redis.url)
    onTestFinished(() => admin.disconnect())
    await admin.acl('SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all', '-info')
    const service = await openOn(`redis://app:secret@127.0.0.1:${redis.port}`, { clock: new SettableClock(Date.now()) })
    expect(service.storeHealth.policy).toBeUndefined()
    expect(service.storeHealth.warnings).toEqual([expect.stringContaining('does not report its maxmemory-policy')])
  })

  it('is shown in status, /ready and metrics if its clock differs from the time of the service by more than a day', async () => {
    const redis = await start({ appendonly: 'yes' })
    const service = await openOn(redis.url, { clock: new SettableClock(Date.now() - 400 * DAY) })
    const warning = expect.stringMatching(/^The clock of Redis at REDIS_URL is 400 days ahead of the time of the service\./)
    const { url, load } = await serve(service)
    expect((await post(url, '{ status { storeWarnings clockWarning } }')).data?.status).toEqual({
      storeWarnings: [warning],
      clockWarning: null,
    })
    expect(await (await fetch(url.replace('graphql', 'ready'))).json()).toMatchObject({ warnings: [warning] })
    const registry = new Registry()
    serviceMetrics(registry, () => ({ service, load }))
    const [, seconds] = /^liverank_redis_clock_disagreement_seconds (\d+)/m.exec(await registry.metrics()) ?? []
    expect(Math.round(Number(seconds) / 86_400)).toBe(400)
  })

  it('is compared with the time of the service while that runs: one warning for each disagreement', async () => {
    const redis = await start({ appendonly: 'yes' })
    const connection = connectRedis({ url: redis.url }, () => {})
    onTestFinished(() => connection.close())
    const warnings: string[] = []
    const watch = new ServerSettingsWatch({ connection, allowsEviction: false, warn: (message) => warnings.push(message) })
    let ahead = 0
    await watch.compare({ wall: () => Date.now() + ahead })
    for (ahead of [-20 * HOUR, 20 * HOUR]) {
      await watch.look()
      expect([warnings, watch.warnings, watch.clockAheadMs]).toEqual([[], [], 0])
    }
    ahead = 3 * DAY
    await watch.look()
    await watch.look()
    expect(warnings).toEqual([expect.stringMatching(/^The clock of Redis at REDIS_URL is 3 days behind the time of the service/)])
    expect(watch.warnings).toEqual(warnings)
    ahead = 0
    await watch.look()
    expect(watch.warnings).toEqual([])
  })
})
