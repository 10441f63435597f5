import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { countedValues } from '../../src/accumulators/counted-values.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { parseLogEntry } from '../../src/state/parse-log-entry.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { DAY } from '../../src/time-units.ts'
import { checkProperty } from '../support/check-property.ts'
import { DECLARED, DECLARING } from '../support/declaring-shop.ts'
import { bothStores } from '../support/each-store.ts'
import { readLogs } from '../support/log-oracle.ts'
import { asker } from '../support/server.ts'
import { type OpenedService, openOn } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const logged = z.looseObject({
  kind: z.string(),
  userId: z.string().optional(),
  userAttributes: z.unknown().optional(),
  request: z.looseObject({ context: z.unknown().optional() }).optional(),
})
type Logged = z.infer<typeof logged>

/** All entries of the log, in order. @param dataDir of the embedded store */
async function entriesOf(service: OpenedService, dataDir: string): Promise<Logged[]> {
  const lines =
    service.redisUrl === undefined
      ? (await readFile(join(dataDir, 'journal.jsonl'), 'utf8')).split('\n')
      : await readLogs(service)
  return lines.filter((line) => line !== '').map((line) => logged.parse(JSON.parse(line)))
}

const SLATE = /* GraphQL */ `
  query ($input: RecommendationsInput!) { recommendations(input: $input) { recommendationId } }
`
const USER_FEATURES = /* GraphQL */ `
  query ($userIds: [ID!]!, $names: [String!]!) {
    userFeatures(userIds: $userIds, names: $names) { features { value breakdown { key value } } }
  }
`

let sent = 0
const view = (userId: string, eventAttributes: JsonObject = {}): EventInput => ({
  ...{ userId, eventId: `e${++sent}`, itemId: 'i1', eventType: 'view', eventAttributes },
})

/** The names of the other domain, each as another kind. */
const OTHER_KINDS = defineDomain({
  ...DECLARED,
  extends: 'e-commerce',
  name: 'other',
  userAttributes: { age: 'key', city: 'flag', member: 'number' },
  eventAttributes: { rating: 'key', gift: 'number', platform: 'flag' },
  protectedAttributes: { use: [] },
})

bothStores((open, kind) => {
  const openLogged = async (domain = DECLARING) => {
    const dataDir = await temporaryDirectory()
    const service = await open({ domain, ...(kind === 'embedded' && { dataDir }) })
    return { service, entries: () => entriesOf(service, dataDir), dataDir }
  }

  it('a log entry contains the attributes of the user that counted when the event was recorded', async () => {
    const { service, entries } = await openLogged()
    const { ingest, uploads, clock } = service
    const upload = (attributes: JsonObject) => uploads.upsertUsers([{ userId: 'ann', attributes }])
    await ingest.record([view('ann')])
    await upload({ age: 34, city: ['Graz', 'Graz', 7, ''], member: 'yes', birth_year: 1990, shoe: 42, postcode: '8010' })
    await ingest.record([view('ann'), view('ann')])
    await upload({ age: null, member: true, interests: Array.from({ length: 1000 }, (_, at) => `t${at}`) })
    await ingest.record([view('ann'), view('bob')])
    clock.advance(400 * DAY)
    await ingest.record([view('ann')])
    const frozen = (await entries()).filter(({ kind, userId }) => kind === 'events' && userId === 'ann')
    const first = { age: 34, city: 'Graz', postcode: '8010' }
    const second = { city: 'Graz', postcode: '8010', member: true, interests: Array.from({ length: 8 }, (_, at) => `t${at}`) }
    // Of attributes that have expired, nothing is frozen.
    expect(frozen.map(({ userAttributes }) => userAttributes)).toEqual([undefined, first, second, undefined])
  })

  it('a log entry of a slate contains the attributes that counted in the context of its request', async () => {
    const { service, entries } = await openLogged()
    const ask = asker(service)
    for (const context of [{ temperature: 7, country: 'at', raining: 'no', device: 'tv', wind: 3 }, { wind: 3 }, undefined]) {
      const { errors } = await ask(SLATE, { input: { userId: 'ann', first: 1, context } })
      expect(errors).toBeUndefined()
    }
    await service.store.settle()
    const slates = (await entries()).filter(({ kind }) => kind === 'slate')
    expect(slates.map(({ request }) => request?.context)).toEqual([{ temperature: 7, country: 'at' }, undefined, undefined])
  })

  it('an erasure removes the attributes from the log, and an export before it contains them', async () => {
    const { service, entries } = await openLogged()
    const { ingest, uploads, erasures, store } = service
    const ask = asker(service)
    await uploads.upsertUsers([{ userId: 'ann', attributes: { city: 'Secretville' } }])
    await ingest.record([view('ann', { platform: 'secret-os' })])
    await ask(SLATE, { input: { userId: 'ann', first: 1, context: { country: 'secretland' } } })
    await store.settle()
    const { data } = await ask('{ exportUser(userId: "ann") { data } }')
    const text = JSON.stringify(data)
    const { log } = z.object({ exportUser: z.object({ data: z.object({ log: z.array(logged) }) }) }).parse(data).exportUser.data
    expect(log.find(({ kind }) => kind === 'events')?.userAttributes).toEqual({ city: 'Secretville' })
    expect(log.find(({ kind }) => kind === 'slate')?.request?.context).toEqual({ country: 'secretland' })
    expect(text).toContain('"user_event_attribute_platform"')
    await erasures.erase('ann')
    expect(JSON.stringify(await entries())).not.toMatch(/secret/i)
    const { data: after } = await ask(USER_FEATURES, { userIds: ['ann'], names: ['user_city', 'user_event_platform_share'] })
    expect(JSON.stringify(after)).not.toMatch(/secret/i)
  })

  it('a log entry contains no attributes of users who have opted out or have not consented', async () => {
    const { service, entries } = await openLogged({ ...DECLARING, consent: 'required' })
    const { ingest, uploads } = service
    await uploads.upsertUsers([{ userId: 'ann', consent: true, attributes: { city: 'Graz' } }])
    await ingest.record([view('ann'), view('bob')])
    await uploads.upsertUsers([{ userId: 'ann', optOut: true, attributes: {} }])
    await ingest.record([view('ann')])
    const names = ['user_city', 'user_city_graz']
    const { data } = await asker(service)(USER_FEATURES, { userIds: ['ann'], names })
    expect(data?.userFeatures).toEqual([
      {
        features: [
          { value: null, breakdown: [] },
          { value: null, breakdown: null },
        ],
      },
    ])
    expect((await entries()).filter(({ kind }) => kind === 'events')).toMatchObject([{ userAttributes: { city: 'Graz' } }])
  })

  it('the service keeps only some of many texts in the events of a user, and counts the others together', async () => {
    const { service } = await openLogged()
    const often = Array.from({ length: 60 }, () => view('ann', { platform: 'ios' }))
    const once = Array.from({ length: 10_000 }, (_, at) => view('ann', { platform: `p${at}` }))
    for (let start = 0; start < once.length; start += 500) await service.ingest.record(once.slice(start, start + 500))
    await service.ingest.record(often)
    await service.people.merge('ann', 'owner')
    const { data } = await asker(service)(USER_FEATURES, { userIds: ['owner'], names: ['user_event_platform_share'] })
    const answer = z.object({
      userFeatures: z.tuple([
        z.object({ features: z.tuple([z.object({ breakdown: z.array(z.object({ key: z.string(), value: z.number() })) })]) }),
      ]),
    })
    const [{ breakdown }] = answer.parse(data).userFeatures[0].features
    expect(breakdown).toHaveLength(9)
    expect(breakdown.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(1, 9)
    expect(breakdown[0].key).toBe('')
    expect(breakdown[1].key).toBe('ios')
    expect(breakdown[1].value).toBeCloseTo(60 / 10_060, 4)
  })

  it('a domain that declares other kinds starts with existing data, ignores values of former kinds, and leaves their state intact', async () => {
    const clock = new SettableClock()
    const place = {
      clock,
      ...(kind === 'embedded' ? { dataDir: await temporaryDirectory() } : { prefix: `kinds-${process.pid}` }),
    }
    const former = await open({ ...place, domain: DECLARING })
    await former.uploads.upsertUsers([{ userId: 'ann', attributes: { age: 34, city: 'Graz', member: true } }])
    await former.ingest.record([view('ann', { rating: 5, gift: true, platform: 'ios' })])
    await former.close()
    const asked = { userIds: ['ann'], names: ['user_age', 'user_city', 'user_member', 'user_event_rating_share'] }
    const later = await open({ ...place, domain: OTHER_KINDS })
    expect(later.warnings).toEqual([])
    const { data } = await asker(later)(USER_FEATURES, asked)
    expect(data?.userFeatures).toEqual([
      {
        features: [
          { value: null, breakdown: [] },
          { value: null, breakdown: null },
          { value: null, breakdown: null },
          { value: null, breakdown: [] },
        ],
      },
    ])
    await later.uploads.upsertUsers([{ userId: 'ann', attributes: { age: 'old', city: true } }])
    await later.ingest.record([view('ann', { rating: 'good', gift: 2, platform: true })])
    const { data: now } = await asker(later)(USER_FEATURES, asked)
    await later.close()
    const again = await open({ ...place, domain: OTHER_KINDS })
    expect(again.warnings).toEqual([])
    const { data: restored } = await asker(again)(USER_FEATURES, asked)
    expect(restored).toEqual(now)
    expect(now?.userFeatures).toMatchObject([
      { features: [{ breakdown: [{ key: 'old', value: 1 }] }, { value: 1 }, { value: null }, { breakdown: [{ key: 'good' }] }] },
    ])
    await again.close()
    // And back, with what both have written.
    const back = await open({ ...place, domain: DECLARING })
    expect(back.warnings).toEqual([])
    expect(await back.ingest.record([view('ann', { rating: 3 })])).toMatchObject([{ status: 'RECORDED' }])
  })
})

it('logged attributes are the ones that counted in earlier uploads, whatever was uploaded', async () => {
  const value = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.array(fc.oneof(fc.string(), fc.integer())), fc.constant(null))
  const upload = fc.record({ age: value, city: value, interests: value, member: value, birth_year: value }, { requiredKeys: [] })
  const property = fc.asyncProperty(fc.array(fc.option(upload), { minLength: 1, maxLength: 12 }), async (steps) => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, domain: DECLARING })
    let attributes: JsonObject = {}
    const expected: unknown[] = []
    for (const step of steps) {
      if (step === null) {
        await service.ingest.record([view('ann')])
        expected.push(countedValues(attributes, DECLARING.userAttributes))
      } else if ((await service.uploads.upsertUsers([{ userId: 'ann', attributes: step }])).accepted === 1)
        attributes = Object.fromEntries(
          Object.entries({ ...attributes, ...step }).filter(([, one]) => one !== null),
        ) as JsonObject
    }
    await service.close()
    const entries = await entriesOf(service, dataDir)
    const frozen = entries.filter(({ kind }) => kind === 'events').map(({ userAttributes }) => userAttributes)
    expect(frozen).toEqual(JSON.parse(JSON.stringify(expected.map((one) => one ?? null))).map((one: unknown) => one ?? undefined))
    for (const one of frozen) expect(JSON.stringify(one ?? {})).not.toContain('birth_year')
  })
  await checkProperty(property, 60)
})

it('entries of earlier versions, without logged attributes, are read as before', () => {
  const event = { eventId: 'e1', userId: 'ann', eventType: 'view', timestamp: 1 }
  const events = {
    kind: 'events',
    userId: 'ann',
    version: 1,
    recordedAt: 1,
    events: [{ event, facts: { items: [] } }],
    increments: [],
  }
  const slate = { kind: 'slate', recommendationId: '00-a', userId: 'ann', at: 1, slate: {}, request: { sessionId: 's' } }
  for (const entry of [events, slate]) expect(parseLogEntry(JSON.stringify(entry), 'here')).toEqual(entry)
  for (const entry of [
    { ...events, userAttributes: { age: 34, member: true, city: 'Graz', interests: ['a', 'b'] } },
    { ...slate, request: { context: { temperature: -3 } } },
  ])
    expect(parseLogEntry(JSON.stringify(entry), 'here')).toEqual(entry)
  const damaged = { ...events, userAttributes: { age: { at: 34 } } }
  expect(() => parseLogEntry(JSON.stringify(damaged), 'here')).toThrow('userAttributes.age')
})
