import { expect } from 'vitest'
import { readKnownUser } from '../../src/slate/read-feature-input.ts'
import type { OpenedService } from '../support/service.ts'

/** Ids that are in no other text. */
export const ANN = 'ann-2718281828'
export const ANON = 'anon-3141592653'

export async function statusOf(service: OpenedService, eventId: string, userId: string, itemId = 'i1'): Promise<string> {
  return (await service.ingest.record([{ eventId, userId, itemId, eventType: 'view' }]))[0].status
}

/** Ann did things before and after she logged in, and was shown a slate; bob did too. */
export async function live(service: OpenedService): Promise<string> {
  await service.uploads.upsertItems(['i1', 'i2'].map((itemId) => ({ itemId, attributes: {} })))
  await service.uploads.upsertUsers([{ userId: ANN, attributes: { age: 40 } }])
  await service.uploads.uploadOfflineRecommendations([{ userId: ANN, items: [{ itemId: 'i1', score: 1 }] }])
  await statusOf(service, 'e1', ANON)
  await statusOf(service, 'e2', ANN)
  await service.people.merge(ANON, ANN)
  await statusOf(service, 'e3', ANON, 'i2')
  await statusOf(service, 'e4', 'bob', 'i2')
  const absent = { surface: undefined, sessionId: undefined, device: undefined }
  const request = { userId: ANN, first: 2, rules: { exclude: [] }, ...absent }
  return (await service.recommender.recommend(request, 'INITIAL')).recommendationId
}

export async function isUnknown(service: OpenedService, slate: string): Promise<void> {
  for (const userId of [ANN, ANON]) {
    const { user } = await readKnownUser(service, userId, service.clock.now())
    expect(user).toMatchObject({ version: 0, lastEventAt: 0, links: { mergedFrom: [] } })
    expect(user.attributes).toEqual({})
    expect(await service.store.readEvents(userId)).toEqual([])
  }
  expect(await service.store.getSlate(slate)).toBeUndefined()
  expect(await service.store.sampleUsers()).toEqual(['bob'])
}
