import { describe, expect, it } from 'vitest'
import { bothStores } from '../support/each-store.ts'
import { expectSameState, snapshot } from '../support/state-snapshot.ts'
import { activity, record } from './merging.ts'

bothStores((open) => {
  describe('a user who has opted out', () => {
    it('leaves no trace from then on, gets the slates of a new user, and can opt in again', async () => {
      const service = await open()
      await service.uploads.upsertItems(['i1', 'i2', 'i3'].map((itemId) => ({ itemId, attributes: {} })))
      await service.uploads.uploadOfflineRecommendations([{ userId: 'ann', items: [{ itemId: 'i3', score: 1 }] }])
      await record(service, 'ann', 'i1')
      await service.uploads.upsertUsers([{ userId: 'ann', optOut: true, attributes: {} }])
      const before = await snapshot(service, ['ann'])
      const [outcome] = await service.ingest.record([{ eventId: 'x', userId: 'ann', itemId: 'i2', eventType: 'view' }])
      expect(outcome).toMatchObject({ status: 'DISCARDED', event: { eventId: 'x' }, notCounted: 'OPTED_OUT' })
      expectSameState(await snapshot(service, ['ann']), before)
      expect(await service.uploads.upsertUsers([{ userId: 'ann', attributes: { age: 3 } }])).toMatchObject({
        accepted: 0,
        errors: [{ index: 0, field: 'attributes' }],
      })
      const request = { userId: 'ann', first: 3, rules: { exclude: [] }, surface: undefined }
      const slate = await service.recommender.recommend({ ...request, sessionId: undefined, device: undefined }, 'INITIAL')
      expect(slate.items.map(({ itemId }) => itemId).sort()).toEqual(['i1', 'i2', 'i3'])
      expect(slate.items.flatMap(({ sources }) => sources.map(({ name }) => name))).not.toContain('offline')
      expect(slate.items.flatMap(({ sources }) => sources.map(({ name }) => name))).not.toContain('recent')
      expect(await service.store.getSlate(slate.recommendationId)).toBeUndefined()
      await service.uploads.upsertUsers([{ userId: 'ann', optOut: false, attributes: {} }])
      expect(await record(service, 'ann', 'i2')).toBe('RECORDED')
      expect(await activity(service, 'ann')).toBe(2)
    })
  })

  describe('events of a user who has opted out', () => {
    it('do not restore what the service knew before', async () => {
      const service = await open()
      await record(service, 'bob', 'i1', { eventId: 'before' })
      await service.people.merge('bob', 'ann')
      await record(service, 'bob', 'i1', { eventId: 'after' })
      await service.uploads.upsertUsers([{ userId: 'ann', attributes: {}, optOut: true }])
      for (const eventId of ['before', 'after', 'new'])
        expect(await record(service, 'bob', 'i1', { eventId }), eventId).toBe('DISCARDED')
    })
  })
})
