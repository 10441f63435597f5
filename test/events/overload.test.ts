import { expect, it } from 'vitest'
import { MAX_UNANSWERED } from '../../src/events/ingest.ts'
import { onEachStore } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { holdSwaps } from '../support/held-swaps.ts'
import { serve } from '../support/server.ts'

const BATCH = 1000
const RECORD = `mutation ($i: [RecordEventInput!]!) {
  recordEvents(input: { events: $i }) { ... on RecordEventsPayload { recorded unavailable retryAfterMs results { status eventId } } }
}`

interface Answered {
  readonly recorded: number
  readonly unavailable: number
  readonly retryAfterMs: number | null
}

onEachStore('a store that is slower than the events that come', (open) => {
  it('lets a limited number of events wait, refuses others at once, and records them when they are sent again', async () => {
    const service = await open()
    const { url } = await serve(service)
    const { store, ingest } = service
    const release = holdSwaps(store)
    let sent = 0
    const send = async () => {
      const input = Array.from({ length: BATCH }, () => ({
        userId: `u${sent % 50}`,
        eventId: `e${sent++}`,
        eventType: 'view',
        itemId: 'i1',
      }))
      const { data, errors } = await post(url, RECORD, { i: input })
      expect(errors).toBeUndefined()
      return data!.recordEvents as Answered
    }
    const waiting: Promise<Answered>[] = []
    // One batch more than may wait: some are refused, whichever come last.
    for (let events = 0; events <= MAX_UNANSWERED; events += BATCH) waiting.push(send())
    const first = await Promise.race(waiting)
    expect(first).toMatchObject({ recorded: 0, unavailable: BATCH, retryAfterMs: 2000 })
    expect(ingest.unanswered).toBe(MAX_UNANSWERED)
    const one = 'mutation { recordEvent(input: { userId: "me", eventType: "view", itemId: "i1" }) { __typename } }'
    const { data, errors } = await post(url, one)
    expect(data).toEqual({ recordEvent: null })
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'UNAVAILABLE', retryAfterMs: 2000 } })
    release()
    const answers = await Promise.all(waiting)
    expect(answers.reduce((sum, { recorded }) => sum + recorded, 0)).toBe(MAX_UNANSWERED)
    expect(ingest.unanswered).toBe(0)
    expect(await send()).toMatchObject({ recorded: BATCH, unavailable: 0, retryAfterMs: null })
  })

  it('no longer counts rejected and failed events as waiting', async () => {
    const service = await open()
    const { store, ingest } = service
    store.swap = () => Promise.reject(new Error('a defect'))
    const outcomes = await ingest.record([
      { userId: '', eventType: 'view' },
      { userId: 'me', eventType: 'view', itemId: 'i1' },
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['REJECTED', 'FAILED'])
    expect(ingest.unanswered).toBe(0)
  })
})

onEachStore('a batch of many users', (open) => {
  it('lets a later event be answered before a large batch is done', async () => {
    const { ingest } = await open()
    const order: string[] = []
    const many = Array.from({ length: 500 }, (_, n) => ({ userId: `u${n}`, eventType: 'view', itemId: 'i1' }))
    const batch = ingest.record(many).then((outcomes) => {
      order.push('batch')
      return outcomes
    })
    const one = ingest.record([{ userId: 'other', eventType: 'view', itemId: 'i1' }]).then(() => order.push('one'))
    const [outcomes] = await Promise.all([batch, one])
    expect(order).toEqual(['one', 'batch'])
    expect(outcomes.every(({ status }) => status === 'RECORDED')).toBe(true)
  })

  it('keeps the order of the events of each user', async () => {
    const { ingest, store } = await open()
    const many = Array.from({ length: 500 }, (_, n) => ({ userId: `u${n}`, eventId: 'first', eventType: 'view', itemId: 'i1' }))
    const batch = ingest.record(many)
    const [later] = await ingest.record([{ userId: 'u499', eventId: 'second', eventType: 'view', itemId: 'i2' }])
    const earlier = (await batch)[499]
    expect(later).toMatchObject({ status: 'RECORDED' })
    expect(earlier).toMatchObject({ status: 'RECORDED' })
    // Both in one step: the second did not overtake the first.
    expect('userVersion' in later && 'userVersion' in earlier && later.userVersion === earlier.userVersion).toBe(true)
    await store.settle()
  })
})
