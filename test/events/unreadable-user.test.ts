import { expect, it } from 'vitest'
import { z } from 'zod'
import { stampOf } from '../../src/state/user-value-codec.ts'
import { onEachStore } from '../support/each-store.ts'
import { asker } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'

const RECORD = `mutation ($input: [RecordEventInput!]!) {
  recordEvents(input: { events: $input }) { ... on RecordEventsPayload { recorded failed results { eventId status error { message } failure { code message } } } }
}`
const ONE = 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }'
const SLATE = '{ recommendations(input: { userId: "ann" }) { items { item { itemId } } } }'

const view = (eventId: string, userId: string) => ({ eventId, userId, itemId: 'i1', eventType: 'view' })

onEachStore('a user whose stored state cannot be read', (open) => {
  async function openBroken() {
    const service = await open({ clock: new SettableClock() })
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
    await service.uploads.upsertUsers([{ userId: 'ann', attributes: { segment: 'vip' } }])
    const subject = { kind: 'user', id: 'ann' } as const
    const [held] = await service.store.readValues([subject])
    const value = Buffer.from(held!.subarray(0, held!.length - 3))
    const { clock } = service
    const entry = () => ({ kind: 'user', id: 'ann', at: clock.now(), upload: {} }) as const
    const swap = { subject, expected: stampOf(held), value, expiresIn: 0, identities: [], now: clock.now(), entry }
    expect(await service.store.swap({ ...swap, increments: undefined, signal: undefined })).toEqual({ status: 'committed' })
    return { service, ask: asker(service) }
  }

  it('gets a status of their own in a batch, while other users are recorded', async () => {
    const { ask } = await openBroken()
    const input = [view('e1', 'bob'), view('e2', 'ann'), view('e3', 'carl')]
    const { data, errors } = await ask(RECORD, { input })
    expect(errors).toBeUndefined()
    const of = (eventId: string, status: string) => ({ eventId, status, error: null, failure: null })
    const failure = { code: 'UNREADABLE_STATE', message: expect.stringMatching(/^The stored state of this user cannot be read/) }
    expect(data?.recordEvents).toEqual({
      recorded: 2,
      failed: 1,
      results: [of('e1', 'RECORDED'), { ...of('e2', 'FAILED'), failure }, of('e3', 'RECORDED')],
    })
    expect(await ask(ONE, { input: view('e4', 'ann') })).toMatchObject({ errors: [{ extensions: { code: 'UNREADABLE_STATE' } }] })
  })

  it('gets the slate of a newcomer, and is left out of summaries', async () => {
    const { ask, service } = await openBroken()
    await service.ingest.record([view('e1', 'bob')])
    expect(await ask(SLATE)).toEqual({ data: { recommendations: { items: [{ item: { itemId: 'i1' } }] } } })
    const summary = z.object({ data: z.object({ featureSummary: z.array(z.object({ sampleSize: z.number() })) }) })
    const answer = await ask('{ featureSummary(entity: USER, names: ["user_events"]) { sampleSize } }')
    expect(summary.parse(answer).data.featureSummary).toEqual([{ sampleSize: 1 }])
  })

  it('can be erased, and is a new user afterwards', async () => {
    const { ask, service } = await openBroken()
    await service.erasures.erase('ann')
    expect((await ask(RECORD, { input: [view('e1', 'ann')] })).data?.recordEvents).toMatchObject({ recorded: 1, failed: 0 })
  })
})
