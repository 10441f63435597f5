import { describe, expect, it } from 'vitest'
import { decodeSlate } from '../../src/state/slate-codec.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { asker, connect, openTestService, serve, TRANSPORTS } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { itemIds, type SlateAnswer, slateOf } from '../support/slate-answer.ts'

const SLATE = `{
  recommendationId userId surface { name } version trigger latestEventId changed generatedAt model fallback tookMs warnings { code message field }
  items {
    position score exploration propensity sources { name score } reason { code text anchorItem { itemId } }
    item { itemId attributes available }
  }
}`
const QUERY = `query ($input: RecommendationsInput!, $unless: ID) { recommendations(input: $input, unless: $unless) ${SLATE} }`
const STREAM = `subscription ($input: RecommendationsInput!, $unless: ID, $onlyChanged: Boolean! = false) {
  recommendations(input: $input, unless: $unless, minIntervalMs: 0, onlyChanged: $onlyChanged) ${SLATE}
}`
const RECORD = 'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename } }'

const input = { userId: 'me', first: 3 }
const NOTHING_NEW = { data: { recommendations: null } }

onEachStoreWhenLong('a slate that the client already shows', (open) => {
  async function openShop() {
    const service = await open()
    await service.uploads.upsertItems(['a', 'b', 'c', 'd'].map((itemId) => ({ itemId, attributes: {} })))
    const { url } = await serve(service)
    const ask = (query: string, variables: object) => post(url, query, { ...variables })
    const recommend = async (variables: object = {}) => slateOf(await ask(QUERY, { input, ...variables }))
    const record = (itemId: string) => ask(RECORD, { input: { userId: 'me', eventType: 'view', itemId } })
    return { service, url, ask, recommend, record }
  }

  it('is not sent again by the query, and not stored', async () => {
    const { ask, recommend, record } = await openShop()
    const onScreen = await recommend()
    const { recommendationId: unless } = onScreen
    expect(await ask(QUERY, { input, unless })).toEqual(NOTHING_NEW)
    // Fewer of the same items are another slate.
    expect(itemIds(await recommend({ input: { ...input, first: 2 }, unless }))).toHaveLength(2)
    await record(itemIds(onScreen)[2])
    const after = await recommend({ unless })
    expect(after.recommendationId).not.toBe(unless)
    expect(await ask(QUERY, { input, unless: after.recommendationId })).toEqual(NOTHING_NEW)
  })

  it('is sent if the slate with this id is unknown or belongs to another user', async () => {
    const { ask, recommend } = await openShop()
    const { recommendationId: ofMe, items } = await recommend()
    const other = { userId: 'you', first: 3 }
    const yours = await recommend({ input: other })
    expect(itemIds(yours)).toEqual(items.map(({ item }) => item.itemId))
    // Whether it shows the same items, the answer does not tell.
    expect(itemIds(await recommend({ input: other, unless: ofMe }))).toEqual(itemIds(yours))
    for (const unless of ['00-unknown', 'nonsense', '﷐', null]) {
      const slate: SlateAnswer = await recommend({ unless })
      expect(itemIds(slate)).toEqual(itemIds(yours))
    }
    for (const unless of ['', 'a\nb', 'x'.repeat(129)])
      expect(await ask(QUERY, { input, unless })).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })

  it.each(Object.keys(TRANSPORTS))(
    'is left out by the stream, which continues with the next change, over %s',
    async (transport) => {
      const { url, recommend, record } = await openShop()
      const onScreen = await recommend()
      const client = connect(TRANSPORTS[transport], url)
      const stream = client.subscribe(STREAM, { input, unless: onScreen.recommendationId })
      const stranger = client.subscribe(STREAM, { input, unless: '00-unknown' })
      // Both follow the user when this one has its first slate.
      expect(slateOf(await stranger.next())).toMatchObject({ trigger: 'INITIAL' })
      await record(itemIds(onScreen)[2])
      const slate = slateOf(await stream.next())
      expect(slate).toMatchObject({ trigger: 'EVENT', changed: true })
      expect(slate.version).toBeGreaterThan(onScreen.version)
      expect(stream.unread).toBe(0)
    },
  )

  it('decides the value of changed, and is replaced on a stream when one of its items is deleted', async () => {
    const { service, url, recommend } = await openShop()
    const onScreen = await recommend()
    const client = connect(TRANSPORTS['graphql-transport-ws'], url)
    const stream = client.subscribe(STREAM, { input, unless: onScreen.recommendationId, onlyChanged: true })
    const other = client.subscribe(STREAM, { input })
    await other.next()
    const [first, ...rest] = itemIds(onScreen)
    await service.uploads.deleteItems([first])
    const slate = slateOf(await stream.next())
    expect(slate).toMatchObject({ trigger: 'CATALOGUE', changed: true })
    expect(itemIds(slate).slice(0, 2)).toEqual(rest)
  })
})

describe('a slate on screen whose version is above that of the store', () => {
  it('is sent again, so that the client accepts later slates', async () => {
    const clock = new SettableClock()
    const service = await openTestService({ clock })
    await service.uploads.upsertItems([{ itemId: 'a', attributes: {} }])
    await service.ingest.record([{ userId: 'me', eventType: 'session_start' }])
    const ask = asker(service)
    const { recommendationId: unless, version } = slateOf(await ask(QUERY, { input }))
    expect(await ask(QUERY, { input, unless })).toEqual(NOTHING_NEW)
    const bytes = await service.store.getSlate(unless)
    const stored = { ...decodeSlate(unless, bytes!), version: version + 1 }
    await service.store.putSlate({ kind: 'slate', recommendationId: unless, userId: 'me', at: clock.wall(), slate: stored })
    expect(slateOf(await ask(QUERY, { input, unless }))).toMatchObject({ version })
  })

  it('does not store or log the slate that it does not send', async () => {
    const service = await openTestService()
    await service.uploads.upsertItems([{ itemId: 'a', attributes: {} }])
    const ask = asker(service)
    const { recommendationId: unless } = slateOf(await ask(QUERY, { input }))
    const kept: string[] = []
    const { putSlate } = service.store
    service.store.putSlate = (slate) => {
      kept.push(slate.recommendationId)
      return putSlate.call(service.store, slate)
    }
    expect(await ask(QUERY, { input, unless })).toEqual(NOTHING_NEW)
    expect(kept).toEqual([])
    const { recommendationId } = slateOf(await ask(QUERY, { input, unless: 'unknown' }))
    expect(kept).toEqual([recommendationId])
  })
})
