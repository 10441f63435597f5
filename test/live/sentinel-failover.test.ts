import { describe, expect, it, onTestFinished } from 'vitest'
import { EventLoad, targetOf } from '../support/event-load.ts'
import { eventually } from '../support/eventually.ts'
import { eventsOf, readLogs } from '../support/log-oracle.ts'
import { IS_LONG } from '../support/long.ts'
import { RedisSentinels } from '../support/redis-sentinels.ts'
import { redisAvailable } from '../support/redis-server.ts'
import { openOn } from '../support/service.ts'
import { snapshot } from '../support/state-snapshot.ts'

const USERS = ['u0', 'u1', 'u2', 'u3']

async function start(): Promise<RedisSentinels> {
  const redis = await RedisSentinels.start()
  onTestFinished(() => redis.stop())
  return redis
}

/** How a master fails and comes back. The table of faults has one that hangs, too. */
const FAILURES: [string, (redis: RedisSentinels) => Promise<void>, (redis: RedisSentinels) => Promise<void>][] = [
  [
    'is killed, and started again',
    ({ master }: RedisSentinels) => master.kill(),
    ({ master }: RedisSentinels) => master.restart(),
  ],
  [
    'hangs, and wakes up as the master that it is no longer',
    async ({ master }: RedisSentinels) => master.pause(),
    async ({ master }: RedisSentinels) => master.goOn(),
  ],
  [
    'is killed, started again, and is the master again before it copies the new one',
    ({ master }: RedisSentinels) => master.kill(),
    async (redis: RedisSentinels) => {
      await redis.master.restart()
      redis.replica.pause()
      await redis.untilFailedOver(redis.master)
      redis.replica.goOn()
    },
  ],
]

describe.skipIf(!redisAvailable)('a failover by sentinels', () => {
  it.each(IS_LONG ? FAILURES : [])(
    'loses nothing that was acknowledged with DURABILITY=replica when the master %s',
    async (_, fail, comeBack) => {
      const redis = await start()
      const service = await openOn(redis.url, { durability: 'replica' })
      service.clock.set(Date.now())
      const event = (n: number) => ({ eventId: `e${n}`, userId: USERS[n % USERS.length], itemId: `i${n % 7}`, eventType: 'view' })
      const load = new EventLoad({ targets: [targetOf(service)], event })
      onTestFinished(() => load.abandon())
      await load.another(200)
      await fail(redis)
      await redis.untilFailedOver()
      // Until it follows the new master, nothing can be acknowledged: nothing would have a second copy.
      await comeBack(redis)
      await load.another(200)
      const sent = await load.stop()

      await eventually(async () => expect(await service.store.foldLag()).toBe(0))
      const logged = eventsOf(await readLogs(service)).map(({ eventId }) => eventId)
      expect(new Set(logged).size).toBe(sent)
      expect(logged.length).toBe(sent)
      expect(load.recordedTwice).toEqual([])
      expect(load.falls).toEqual([])
      const { rows } = await snapshot(service, USERS)
      const views = service.accumulators.layout.names.item.indexOf('views')
      const ofItems = Object.entries(rows).filter(([entity]) => entity.startsWith('item:'))
      expect(ofItems.reduce((sum, [, row]) => sum + row[views], 0)).toBe(sent)
    },
  )

  it('does not end streams, which show the events recorded after it', async () => {
    const redis = await start()
    const service = await openOn(redis.url)
    service.clock.set(Date.now())
    const seen: string[] = []
    const end = await service.signals.followUser('me', (signal) => void seen.push(signal))
    onTestFinished(() => end())
    await redis.master.kill()
    await redis.untilFailedOver()
    const input = { userId: 'me', itemId: 'i1', eventType: 'view' }
    await eventually(async () => {
      const [outcome] = await service.ingest.record([input])
      expect(outcome.status).toBe('RECORDED')
      expect(seen.length).toBeGreaterThan(0)
    }, 100)
  })

  it('is impossible with wrong sentinels or a wrong name of the master, and the error explains this', async () => {
    const redis = await start()
    const says = (url: string) => openOn(url).then(String, (error: Error) => error.message)
    expect(await says(redis.url.replace('/shop', '/other'))).toMatch(/the sentinels know no master "other"\. Correct its name\.$/)
    expect(await says('redis+sentinel://127.0.0.1:1/shop')).toMatch(/^Nothing listens at REDIS_URL .*\(sentinel\)/)
    await redis.master.kill()
    expect(await says(redis.url)).toMatch(/^Nothing listens at REDIS_URL .*, master 127\.0\.0\.1:\d+: start Redis/)
  })
})
