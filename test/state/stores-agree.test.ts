import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkProperty } from '../support/check-property.ts'
import { history, play, USERS } from '../support/random-history.ts'
import { onRedis, openOn } from '../support/service.ts'
import { expectSameState, snapshot } from '../support/state-snapshot.ts'

onRedis('the embedded store and Redis', (openOnRedis) => {
  it('come to one state and give one answer, whatever is recorded and uploaded', async () => {
    const property = fc.asyncProperty(history, async (steps) => {
      const embedded = await openOn(undefined)
      const redis = await openOnRedis()
      try {
        const expected = await play(embedded, steps)
        expect(await play(redis, steps)).toEqual(expected)
        expectSameState(await snapshot(redis, USERS), await snapshot(embedded, USERS))
      } finally {
        await Promise.all([embedded.close(), redis.close()])
      }
    })
    await checkProperty(property, 60)
  })
})

describe('versions', () => {
  it('of a user never fall', async () => {
    const property = fc.asyncProperty(history, async (steps) => {
      const service = await openOn(undefined, { dataDir: null })
      const latest = new Map<string, number>()
      for (const answer of await play(service, steps)) {
        if (!('userId' in answer) || answer.version === undefined) continue
        expect(answer.version).toBeGreaterThanOrEqual(latest.get(answer.userId) ?? 0)
        latest.set(answer.userId, answer.version)
      }
      await service.close()
    })
    await checkProperty(property, 60)
  })
})
