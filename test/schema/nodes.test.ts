import { expect, it } from 'vitest'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'

const RECORD = /* GraphQL */ `
  mutation ($event: RecordEventInput!) {
    recordEvent(input: $event) {
      ... on RecordEventPayload { warnings { code } event { id recommendationId } }
    }
  }
`
const NODES = /* GraphQL */ `
  query ($ids: [ID!]!) {
    nodes(ids: $ids) {
      id
      __typename
      ... on Slate { recommendationId items { item { itemId } } }
      ... on Event { eventId userId itemId }
      ... on ApiKey { name }
    }
  }
`
const RECOMMEND = /* GraphQL */ `
  query ($afterSlate: ID, $unless: ID) {
    recommendations(input: { userId: "ana", first: 2, afterSlate: $afterSlate }, unless: $unless) {
      id recommendationId items { item { itemId } } warnings { code }
    }
  }
`

onEachStoreWhenLong('slates, events and keys are nodes', (open) => {
  async function openShop() {
    const service = await open({ tokens: { JWT_SECRET } })
    await service.uploads.upsertItems(['a', 'b', 'c', 'd'].map((itemId) => ({ itemId, attributes: {} })))
    const { url } = await serve(service)
    const [ana, ben, admin] = [await deviceToken('ana'), await deviceToken('ben'), await token({ role: 'admin', sub: 'eve' })]
    return { ask: (who: string, query: string, variables = {}) => post(url, query, variables, who), ana, ben, admin }
  }

  it('whose ids are taken wherever they are named', async () => {
    const { ask, ana, admin } = await openShop()
    const first = (await ask(ana, RECOMMEND)).data!.recommendations as {
      id: string
      recommendationId: string
      items: object[]
    }
    expect((await ask(ana, RECOMMEND, { unless: first.id })).data).toEqual({ recommendations: null })
    const next = (await ask(ana, RECOMMEND, { afterSlate: first.id })).data!.recommendations as typeof first
    expect(next).toMatchObject({ warnings: [], items: [{}, {}] })
    for (const shown of first.items) expect(next.items).not.toContainEqual(shown)
    const slate = 'query ($id: ID!) { slate(recommendationId: $id) { recommendationId } }'
    const { recommendationId } = first
    expect((await ask(ana, slate, { id: first.id })).data).toEqual({ slate: { recommendationId } })
    const event = { userId: 'ana', eventType: 'click', itemId: 'a', eventId: 'e:1', recommendationId: first.id }
    const recorded = { warnings: [], event: { id: expect.any(String), recommendationId } }
    expect((await ask(ana, RECORD, { event })).data).toEqual({ recordEvent: recorded })

    const created = await ask(
      admin,
      'mutation { createKey(input: { name: "shop", role: BACKEND }) { ... on CreateKeyPayload { key { id keyId } } } }',
    )
    const { key } = created.data!.createKey as { key: { id: string; keyId: string } }
    const revoke = 'mutation ($id: ID!) { revokeKey(input: { keyId: $id }) { ... on RevokeKeyPayload { key { keyId } } } }'
    expect((await ask(admin, revoke, { id: key.id })).data).toEqual({ revokeKey: { key: { keyId: key.keyId } } })
  })

  it('that only those may read who may read them elsewhere', async () => {
    const { ask, ana, ben, admin } = await openShop()
    const slate = (await ask(ana, RECOMMEND)).data!.recommendations as { id: string; recommendationId: string }
    const event = { userId: 'ana', eventType: 'view', itemId: 'a', eventId: 'e:1' }
    const recorded = (await ask(ana, RECORD, { event })).data!.recordEvent as { event: { id: string } }
    const created = await ask(
      admin,
      'mutation { createKey(input: { name: "shop", role: BACKEND }) { ... on CreateKeyPayload { key { id } } } }',
    )
    const { key } = created.data!.createKey as { key: { id: string } }
    const ids = [slate.id, recorded.event.id, key.id]
    const [slateNode, eventNode, keyNode] = [
      { id: slate.id, __typename: 'Slate', recommendationId: slate.recommendationId, items: expect.any(Array) },
      { id: recorded.event.id, __typename: 'Event', eventId: 'e:1', userId: 'ana', itemId: 'a' },
      { id: key.id, __typename: 'ApiKey', name: 'shop' },
    ]
    expect(await ask(admin, NODES, { ids })).toEqual({ data: { nodes: [slateNode, eventNode, keyNode] } })
    const refused = { extensions: expect.objectContaining({ code: 'FORBIDDEN' }) }
    const own = await ask(ana, NODES, { ids })
    expect(own).toMatchObject({ data: { nodes: [slateNode, eventNode, null] }, errors: [refused] })
    const foreign = await ask(ben, NODES, { ids })
    expect(foreign).toMatchObject({ data: { nodes: [null, null, null] }, errors: [refused, refused, refused] })
  })
})
