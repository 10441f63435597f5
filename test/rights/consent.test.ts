import { describe, expect, it } from 'vitest'
import { defineDomain } from '../../src/domain/define-domain.ts'
import { LiverankError } from '../../src/errors.ts'
import { readConfig } from '../../src/service/config.ts'
import { DAY } from '../../src/time-units.ts'
import { bothStores } from '../support/each-store.ts'
import { asker } from '../support/server.ts'
import { openOn, UNLIMITED } from '../support/service.ts'

const REQUIRED = { ...UNLIMITED, consent: 'required' as const }

const UPSERT = /* GraphQL */ `
  mutation ($input: [UserInput!]!) { upsertUsers(input: { users: $input }) { ... on UpsertPayload { accepted errors { index field message } } } }
`
const RECORD = /* GraphQL */ `
  mutation ($event: RecordEventInput!) {
    recordEvent(input: $event) {
      ... on RecordEventPayload {
        duplicate counted notCounted userVersion
        recommendations(input: { first: 2 }) { recommendationId version items { item { itemId } } }
      }
    }
  }
`
const SEEN = /* GraphQL */ `
  query {
    user(userId: "ana") { attributes events(first: 5) { edges { node { eventId } } } feature(name: "user_events") }
  }
`

describe('the setting CONSENT and the key consent of a domain', () => {
  it('assume consent by default, and the setting overrides the domain', async () => {
    expect(readConfig({}).CONSENT).toBeUndefined()
    expect(() => readConfig({ CONSENT: 'yes' })).toThrow(LiverankError)
    const asking = defineDomain({ name: 'asking', extends: 'e-commerce', consent: 'required' })
    expect([UNLIMITED.consent, asking.consent]).toEqual(['assumed', 'required'])
    const settings = [undefined, 'assumed', 'required'] as const
    const rules = await Promise.all(
      settings.map(async (consent) => (await openOn(undefined, { domain: asking, consent })).domain.consent),
    )
    expect(rules).toEqual(['required', 'assumed', 'required'])
  })
})

bothStores((open) => {
  it('before consent, an event is answered and not stored; after it, events count; a withdrawal stops them', async () => {
    const service = await open({ domain: REQUIRED })
    const ask = asker(service)
    await service.uploads.upsertItems(['hat', 'cap'].map((itemId) => ({ itemId, attributes: { category: 'hats' } })))
    const record = async (eventId: string) => {
      const { data, errors } = await ask(RECORD, { event: { userId: 'ana', eventId, itemId: 'hat', eventType: 'view' } })
      expect(errors).toBeUndefined()
      return data?.recordEvent as {
        counted: boolean
        notCounted: string | null
        recommendations: { recommendationId: string; items: unknown[] }
      }
    }
    const upsert = async (row: object) =>
      (await ask(UPSERT, { input: [{ userId: 'ana', attributes: {}, ...row }] })).data?.upsertUsers
    const accepted = { accepted: 1, errors: [] }

    const before = await record('before')
    expect(before).toMatchObject({ duplicate: false, counted: false, notCounted: 'NO_CONSENT', userVersion: 0 })
    expect(before.recommendations.items).toHaveLength(2)
    expect(await service.store.getSlate(before.recommendations.recommendationId)).toBeUndefined()
    expect(await upsert({ attributes: { age: 40 } })).toMatchObject({
      accepted: 0,
      errors: [{ index: 0, field: 'attributes', message: expect.stringContaining('ana has not consented') }],
    })
    expect(await upsert({})).toEqual(accepted)
    const list = { owner: { userId: 'ana' }, items: [{ itemId: 'hat', score: 1 }] }
    expect((await service.uploads.uploadOfflineRecommendations([list])).errors).toMatchObject([{ field: 'owner.userId' }])
    expect((await service.exports.export('ana')).data).toMatchObject({
      users: [],
      events: [],
      offlineLists: [],
      slates: [],
      log: [],
    })

    expect(await upsert({ consent: true, attributes: { age: 41 } })).toEqual(accepted)
    // What was not stored is not known either: it counts when it is sent with consent.
    const counted = await record('before')
    expect(counted).toMatchObject({ duplicate: false, counted: true, notCounted: null })
    expect(await service.store.getSlate(counted.recommendations.recommendationId)).toBeDefined()
    expect((await service.uploads.uploadOfflineRecommendations([list])).accepted).toBe(1)
    expect((await ask(SEEN)).data?.user).toMatchObject({
      attributes: { age: 41 },
      feature: 1,
      events: { edges: [{ node: { eventId: 'before' } }] },
    })

    expect(await upsert({ consent: false })).toEqual(accepted)
    const after = await record('after')
    expect(after).toMatchObject({ counted: false, notCounted: 'NO_CONSENT' })
    expect(await service.store.getSlate(after.recommendations.recommendationId)).toBeUndefined()
    expect((await ask(SEEN)).data?.user).toMatchObject({ attributes: {}, feature: null, events: { edges: [] } })
    // It stays stored until the person is erased, and is used again after a new consent.
    const { data } = await service.exports.export('ana')
    expect(data).toMatchObject({
      users: [{ consent: { given: false }, attributes: { age: 41 } }],
      events: [{ eventId: 'before' }],
    })
    await upsert({ consent: true })
    expect((await ask(SEEN)).data?.user).toMatchObject({ attributes: { age: 41 }, feature: 1 })

    expect(await upsert({ optOut: true })).toEqual(accepted)
    expect(await record('opted out')).toMatchObject({ counted: false, notCounted: 'OPTED_OUT' })
    await upsert({ optOut: false })
    await service.erasures.erase('ana')
    expect(await record('erased')).toMatchObject({ counted: false, notCounted: 'NO_CONSENT' })
  })

  it('a given consent expires like uploaded attributes, from the last event; a withdrawal never does', async () => {
    const service = await open({ domain: REQUIRED })
    const { uploads, ingest, clock } = service
    const status = async (userId: string) => {
      const [outcome] = await ingest.record([{ userId, itemId: 'hat', eventType: 'view', timestamp: clock.now() }])
      return outcome.status
    }
    await uploads.upsertUsers([{ userId: 'ana', consent: true, attributes: {} }])
    clock.advance(100 * DAY)
    expect(await status('ana')).toBe('RECORDED')
    clock.advance(300 * DAY)
    expect(await status('ana')).toBe('RECORDED')
    clock.advance(366 * DAY)
    expect(await status('ana')).toBe('DISCARDED')
    const assumed = await open({ domain: UNLIMITED })
    await assumed.uploads.upsertUsers([{ userId: 'bob', consent: false, attributes: {} }])
    assumed.clock.advance(1000 * DAY)
    expect((await assumed.ingest.record([{ userId: 'bob', itemId: 'hat', eventType: 'view' }]))[0].status).toBe('DISCARDED')
    expect((await assumed.ingest.record([{ userId: 'cem', itemId: 'hat', eventType: 'view' }]))[0].status).toBe('RECORDED')
  })
})
