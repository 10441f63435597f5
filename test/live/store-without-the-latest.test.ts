import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { setRules } from '../../src/events/set-rules.ts'
import { newStoreOn } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { openTestService } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'

describe.skipIf(!redisAvailable)('an item that was deleted before Redis came back empty', () => {
  it('is shown after it is uploaded again, although the clock was ahead when it was deleted', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const clock = new SettableClock()
    const { uploads, catalogue } = await openTestService({ ...newStoreOn(redis), clock })
    await uploads.upsertItems(['deleted', 'present'].map((itemId) => ({ itemId, attributes: {} })))
    clock.set(START + 5000)
    await uploads.deleteItems(['deleted'])
    await redis.kill()
    await redis.restart()
    // It has read the items of the empty store.
    await eventually(() => expect(catalogue.get('present')).toBeUndefined())
    clock.set(START + 1000)
    await eventually(async () => {
      expect((await uploads.upsertItems([{ itemId: 'deleted', attributes: { title: 'Lamp' } }])).errors).toEqual([])
    })
    expect(catalogue.get('deleted')).toMatchObject({ attributes: { title: 'Lamp' }, available: true })
    expect(catalogue.lives.keyOf('deleted')).toBe('item:deleted')
  })
})

describe.skipIf(!redisAvailable)('standing rules that were set before Redis came back with an older state', () => {
  it('are those of the older state, and can be changed although the clock is behind', async () => {
    const redis = await RedisServer.start()
    onTestFinished(() => redis.stop())
    const clock = new SettableClock()
    const service = await openTestService({ ...newStoreOn(redis), clock })
    const { standingRules } = service
    const excludedAtHome = () => standingRules.under({}, 'home').exclude
    await setRules(service, 'home', { exclude: ['kept'] })
    const direct = new Redis(redis.url)
    await direct.save()
    direct.disconnect()
    clock.set(START + 5000)
    await setRules(service, 'home', { exclude: ['lost'] })
    expect(excludedAtHome()).toEqual(['lost'])
    await redis.kill()
    await redis.restart()
    await eventually(() => expect(excludedAtHome()).toEqual(['kept']))
    clock.set(START + 1000)
    await setRules(service, 'home', { exclude: ['new'] })
    expect(excludedAtHome()).toEqual(['new'])
  })
})
