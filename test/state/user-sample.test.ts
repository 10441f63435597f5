import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SAMPLED_USERS, sampleScore, UserSample } from '../../src/state/user-sample.ts'
import { checkProperty } from '../support/check-property.ts'
import { onRedis } from '../support/each-store.ts'
import { openOn } from '../support/service.ts'

const PEOPLE = Array.from({ length: 3 * SAMPLED_USERS }, (_, i) => `user-${i}`)

describe('a sample of users', () => {
  it('contains the users with the lowest hashes, in whatever order and however often they come', async () => {
    const lowest = [...PEOPLE].sort((a, b) => sampleScore(a) - sampleScore(b)).slice(0, SAMPLED_USERS)
    const property = fc.asyncProperty(
      fc.shuffledSubarray(PEOPLE, { minLength: PEOPLE.length, maxLength: PEOPLE.length }),
      async (people) => {
        const sample = new UserSample()
        for (const userId of [...people, ...people.slice(0, 1000)]) sample.add(userId)
        expect(sample.userIds).toEqual(lowest)
      },
    )
    await checkProperty(property, 5)
  })

  it('includes old and new users equally', () => {
    const sample = new UserSample()
    for (const userId of PEOPLE) sample.add(userId)
    const old = sample.userIds.filter((userId) => Number(userId.slice(5)) < PEOPLE.length / 2).length
    // Binomial with p = 1/2 and n = 2000: 0.05 is more than four standard deviations.
    expect(Math.abs(old / SAMPLED_USERS - 0.5)).toBeLessThan(0.05)
  })
})

onRedis('a sample without room for all users', (openOnRedis) => {
  it('is the same in Redis and in the embedded store', async () => {
    const services = [await openOn(undefined, { dataDir: null }), await openOnRedis({ partitions: 2 })]
    const [embedded, redis] = services
    for (const service of services) {
      for (let start = 0; start < PEOPLE.length; start += 500) {
        await service.ingest.record(PEOPLE.slice(start, start + 500).map((userId) => ({ userId, eventType: 'search' })))
      }
      // Those that are known already change nothing.
      await service.ingest.record(PEOPLE.slice(0, 500).map((userId) => ({ userId, eventType: 'search' })))
    }
    const sample = await embedded.store.sampleUsers()
    expect(sample).toHaveLength(SAMPLED_USERS)
    expect(await redis.store.sampleUsers()).toEqual(sample)
  })
})
