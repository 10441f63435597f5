import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { COHORT_SHOP } from '../support/declaring-shop.ts'
import { onRedis } from '../support/each-store.ts'
import { comparable, history, play, USERS } from '../support/random-history.ts'
import { openOn } from '../support/service.ts'
import { expectSameState, snapshot, unexpired } from '../support/state-snapshot.ts'

onRedis('the embedded store and Redis', (openOnRedis, server) => {
  it('end in the same state and give the same answers, whatever is recorded, uploaded, merged and erased', {
    timeout: PROPERTY_MS,
  }, async () => {
    const admin = new Redis(server().url)
    onTestFinished(() => admin.disconnect())
    const property = fc.asyncProperty(history, async (steps) => {
      // Thousands of stores would not fit.
      await admin.flushdb()
      const embedded = await openOn(undefined, { domain: COHORT_SHOP })
      const redis = await openOnRedis({ domain: COHORT_SHOP })
      try {
        const expected = await play(embedded, steps)
        expect(comparable(await play(redis, steps))).toEqual(comparable(expected))
        const [actual, wanted] = await Promise.all([redis, embedded].map((service) => snapshot(service, USERS)))
        const now = embedded.clock.now()
        expectSameState(unexpired(actual, now), unexpired(wanted, now))
      } finally {
        await Promise.all([embedded.close(), redis.close()])
      }
    })
    await checkProperty(property, 60)
  })
})

describe('versions', () => {
  it('of a user never fall', { timeout: PROPERTY_MS }, async () => {
    const property = fc.asyncProperty(history, async (steps) => {
      const service = await openOn(undefined, { dataDir: null })
      const latest = new Map<string, number>()
      for (const answer of await play(service, steps)) {
        // Who is erased begins anew, not below the clock in seconds: below what was before if that was faster.
        if ('erased' in answer) latest.clear()
        if (!('userId' in answer) || answer.version === undefined) continue
        expect(answer.version).toBeGreaterThanOrEqual(latest.get(answer.userId) ?? 0)
        latest.set(answer.userId, answer.version)
      }
      await service.close()
    })
    await checkProperty(property, 60)
  })
})
