import { EventEmitter, once } from 'node:events'
import { expect, it, vi } from 'vitest'
import type { LiveSlatesOptions } from '../../src/live/live-slates.ts'
import { CONCURRENT_RANKINGS } from '../../src/slate/ranking-turns.ts'
import { onEachStore } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { post } from '../support/graphql-client.ts'
import { serve } from '../support/server.ts'
import { REQUEST } from '../support/slate-request.ts'

const STREAMS = 300
const OPTIONS: LiveSlatesOptions = { minIntervalMs: 0, refreshEveryMs: undefined, onlyChanged: false, eventTypes: undefined }

onEachStore('a crowd of streams that all get an event in one batch', (open) => {
  it('is served a few at a time, and delays neither events nor queries for a slate', async () => {
    const service = await open()
    await service.uploads.upsertItems(['i1', 'i2', 'i3'].map((itemId) => ({ itemId, attributes: {} })))
    const { url } = await serve(service)
    const users = Array.from({ length: STREAMS }, (_, n) => `u${n}`)
    const told = new EventEmitter()
    let first = 0
    let answered = 0
    for (const userId of users)
      void (async () => {
        for await (const { trigger } of service.liveSlates.subscribe({ ...REQUEST, userId }, OPTIONS)) {
          if (trigger === 'INITIAL' && ++first === STREAMS) told.emit('all open')
          if (trigger === 'EVENT' && ++answered === STREAMS) told.emit('all answered')
        }
      })()
    if (first < STREAMS) await once(told, 'all open')
    // From here on the rankings that run at the same time are counted.
    const { recommender } = service
    const recommend = recommender.prepare.bind(recommender)
    let running = 0
    let most = 0
    vi.spyOn(recommender, 'prepare').mockImplementation(async (...asked: Parameters<typeof recommend>) => {
      most = Math.max(most, ++running)
      try {
        return await recommend(...asked)
      } finally {
        running--
      }
    })
    const allAnswered = once(told, 'all answered')
    const input = users.map((userId) => ({ userId, eventType: 'view', itemId: 'i1' }))
    const recorded = await post(
      url,
      'mutation ($i: [RecordEventInput!]!) { recordEvents(input: { events: $i }) { ... on RecordEventsPayload { recorded } } }',
      { i: input },
    )
    expect(recorded.data?.recordEvents).toEqual({ recorded: STREAMS })
    const beforeAsking = answered
    const slate = await post(url, '{ recommendations(input: { userId: "asks", first: 2 }) { version } }')
    const beforeEvent = answered
    const event = await post(
      url,
      'mutation { recordEvent(input: { userId: "other", eventType: "view", itemId: "i2" }) { __typename } }',
    )
    expect(slate.errors ?? event.errors).toBeUndefined()
    // Both were answered while most of the crowd waited.
    expect(beforeEvent - beforeAsking).toBeLessThan(STREAMS / 2)
    expect(answered - beforeEvent).toBeLessThan(STREAMS / 2)
    await allAnswered
    expect(most).toBeLessThanOrEqual(CONCURRENT_RANKINGS[service.store.name])
    expect(most).toBeGreaterThan(1)
  })

  it('costs nothing for streams that are closed before their turn', async () => {
    const service = await open()
    const { recommender, turns, store } = service
    const concurrent = CONCURRENT_RANKINGS[store.name]
    const recommend = recommender.prepare.bind(recommender)
    const gate = new EventEmitter().setMaxListeners(STREAMS)
    const made = vi.spyOn(recommender, 'prepare').mockImplementation(async (...asked: Parameters<typeof recommend>) => {
      await once(gate, 'open')
      return recommend(...asked)
    })
    const streams = Array.from({ length: STREAMS }, (_, n) =>
      service.liveSlates.subscribe({ ...REQUEST, userId: `u${n}` }, OPTIONS),
    )
    const firsts = streams.map((stream) => stream.next())
    await eventually(() => expect(turns.figures.waiting.push).toBe(STREAMS - concurrent))
    const ends = streams.map((stream) => stream.return())
    await eventually(() => expect(turns.figures.given).toBe(STREAMS - concurrent))
    gate.emit('open')
    await Promise.all([...ends, ...firsts])
    expect(turns.figures).toMatchObject({ running: 0, waiting: { push: 0 } })
    expect(made).toHaveBeenCalledTimes(concurrent)
  })
})
