import { describe, expect, it } from 'vitest'
import { readReadiness } from '../../src/server/readiness.ts'
import { DAY } from '../../src/time-units.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { listsOf } from '../support/neighbour-lists.ts'
import { asker, openTestService, serve } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'

const UPLOAD = `mutation ($version: ID!, $part: Int!, $parts: Int!, $lists: [NeighbourListInput!]!) {
  uploadNeighbourLists(input: { version: $version, part: $part, parts: $parts, lists: $lists }) { ... on UploadNeighbourListsPayload { stored errors { index field code } } ... on Error { code field } }
}`
const SERVE = `mutation ($version: ID!, $generatedAt: DateTime!, $lists: Int!, $decay: Float! = 0) {
  serveNeighbourLists(input: { version: $version, generatedAt: $generatedAt, lists: $lists, decay: $decay }) {
    __typename
    ... on NeighbourLists { version generatedAt servedAt expiresAt decay lists neighbours warning }
    ... on Error { code message field }
  }
}`
const STATUS = '{ status { neighbourLists { version warning } } }'
const AUDIT = '{ auditLog { edges { node { action target outcome } } } }'

const isoTime = (at: number) => new Date(at).toISOString()

onEachStoreWhenLong('neighbour lists', (open) => {
  const upload = { version: 'v1', part: 0, parts: 1, lists: listsOf({ a: { x: 1, y: 2 }, b: {} }) }
  const served = { version: 'v1', generatedAt: isoTime(START), lists: 2, decay: 7 }

  it('are uploaded, served and shown in the status, which warns once they are old', async () => {
    const clock = new SettableClock()
    const service = await open({ clock })
    const ask = asker(service)
    expect((await ask(STATUS)).data).toEqual({ status: { neighbourLists: null } })
    expect((await ask(UPLOAD, upload)).data).toEqual({ uploadNeighbourLists: { stored: true, errors: [] } })
    expect((await ask(SERVE, served)).data?.serveNeighbourLists).toEqual({
      __typename: 'NeighbourLists',
      version: 'v1',
      ...{ generatedAt: isoTime(START), servedAt: isoTime(START), expiresAt: isoTime(START + 7 * DAY) },
      ...{ decay: 7, lists: 2, neighbours: 2, warning: null },
    })
    expect((await ask(STATUS)).data).toEqual({ status: { neighbourLists: { version: 'v1', warning: null } } })
    expect((await readReadiness(service, false)).body).not.toHaveProperty('neighbourLists')
    clock.advance(2 * DAY)
    const warning = expect.stringMatching(
      /^The neighbour lists were computed on .* Compute and upload new ones every day, for example with liverank offline\.$/,
    )
    expect((await ask(STATUS)).data).toEqual({ status: { neighbourLists: { version: 'v1', warning } } })
    expect((await readReadiness(service, false)).body).toMatchObject({ neighbourLists: warning })
  })

  it('give a feature of each item for a user', async () => {
    const service = await open({ clock: new SettableClock() })
    const ask = asker(service)
    await ask(UPLOAD, upload)
    await ask(SERVE, served)
    await service.ingest.record([{ eventId: 'e1', userId: 'me', eventType: 'view', itemId: 'a' }])
    const asked = `{ userItemFeatures(userId: "me", itemIds: ["x", "y", "x", "b"], names: ["offline_neighbours_score"]) {
      itemId features { value }
    } }`
    const found = [1, 2, 1, null].map((value, at) => ({ itemId: ['x', 'y', 'x', 'b'][at], features: [{ value }] }))
    expect((await ask(asked)).data).toEqual({ userItemFeatures: found })
  })

  it('name invalid lists, and say as data why a version is not served', async () => {
    const clock = new SettableClock()
    const ask = asker(await open({ clock }))
    const lists = [...upload.lists, { itemId: 'c', neighbours: [{ itemId: 'c', score: 1 }] }]
    expect((await ask(UPLOAD, { ...upload, lists })).data?.uploadNeighbourLists).toEqual({
      stored: false,
      errors: [{ index: 2, field: 'neighbours.0.itemId', code: 'BAD_USER_INPUT' }],
    })
    const message = expect.stringMatching(/^Version v1/)
    expect((await ask(SERVE, served)).data?.serveNeighbourLists).toEqual({
      __typename: 'NotFoundError',
      code: 'NOT_FOUND',
      message,
      field: 'version',
    })
    await ask(UPLOAD, upload)
    expect((await ask(SERVE, { ...served, lists: 3 })).data?.serveNeighbourLists).toMatchObject({
      __typename: 'InvalidInputError',
      code: 'BAD_USER_INPUT',
      field: 'lists',
    })
  })

  it('are refused as a whole for a wrong part, too many lists, or scores that are no numbers', async () => {
    const ask = asker(await open())
    const uploadWith = (variables: object) => ask(UPLOAD, { ...upload, ...variables })
    const wrong = (field: string) => ({ data: { uploadNeighbourLists: { code: 'BAD_USER_INPUT', field } } })
    expect(await uploadWith({ part: 1 })).toEqual(wrong('part'))
    expect(await uploadWith({ version: '' })).toEqual(wrong('version'))
    const lists = Array.from({ length: 101 }, (_, i) => ({ itemId: `i${i}`, neighbours: [] }))
    expect(await uploadWith({ lists })).toEqual(wrong('lists'))
    const noNumber = await uploadWith({ lists: [{ itemId: 'a', neighbours: [{ itemId: 'x', score: 'Infinity' }] }] })
    expect(noNumber).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  })

  it('are noted in the audit log when they are served, or refused', async () => {
    const ask = asker(await open({ clock: new SettableClock() }))
    await ask(SERVE, served)
    await ask(UPLOAD, upload)
    await ask(SERVE, served)
    const { data } = await ask(AUDIT)
    const edges = ['DONE', 'REFUSED'].map((outcome) => ({ node: { action: 'SERVE_NEIGHBOUR_LISTS', target: 'v1', outcome } }))
    expect(data).toEqual({ auditLog: { edges } })
  })
})

describe('a part with as many lists and neighbours as are allowed', () => {
  it('fits the limits of an operation', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `item-${i}`)
    const lists = ids.map((itemId) => ({
      itemId: `of-${itemId}`,
      neighbours: ids.map((neighbour, i) => ({ itemId: neighbour, score: 1 / (i + 1) })),
    }))
    const { url } = await serve(await openTestService())
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: UPLOAD, variables: { version: 'v1', part: 0, parts: 1, lists } }),
    })
    expect(await response.json()).toEqual({ data: { uploadNeighbourLists: { stored: true, errors: [] } } })
  })
})
