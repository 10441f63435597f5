import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker } from '../support/server.ts'
import { SettableClock, START } from '../support/settable-clock.ts'

const AT_START = new Date(START).toISOString()

const QUERY = /* GraphQL */ `
  query ($first: Int, $after: String, $last: Int, $before: String) {
    user(userId: "me") {
      events(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { eventId } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
`
const page = z.object({
  edges: z.array(z.object({ cursor: z.string(), node: z.object({ eventId: z.string() }) })),
  pageInfo: z.object({
    hasNextPage: z.boolean(),
    hasPreviousPage: z.boolean(),
    startCursor: z.string().nullable(),
    endCursor: z.string().nullable(),
  }),
})

onEachStoreWhenLong("a user's events", (open) => {
  const openShop = async () => {
    const clock = new SettableClock()
    const service = await open({ clock })
    const ask = asker(service)
    const view = (eventId: string, timestamp = clock.now()) =>
      service.ingest.record([{ eventId, userId: 'me', itemId: 'i1', eventType: 'view', timestamp }])
    const read = async (variables = {}) => {
      const { data, errors } = await ask(QUERY, variables)
      expect(errors).toBeUndefined()
      const { edges, pageInfo } = page.parse(z.object({ events: z.unknown() }).parse(data?.user).events)
      return { ids: edges.map(({ node }) => node.eventId), cursors: edges.map(({ cursor }) => cursor), ...pageInfo }
    }
    return { clock, service, ask, view, read }
  }

  it('are returned as they were sent, with their item from the catalogue', async () => {
    const { service, ask } = await openShop()
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: { title: 'Lamp' } }])
    const event = {
      ...{ eventId: 'e1', userId: 'me', itemId: 'i1', eventType: 'click', eventAttributes: { position: 2, of: ['a'] } },
      ...{ timestamp: START, sessionId: 's1', recommendationId: '00-x' },
    }
    await service.ingest.record([event, { eventId: 'e2', userId: 'me', eventType: 'search' }])
    const answer = await ask(/* GraphQL */ `
      { user(userId: "me") { events(first: 5) { edges { node {
        eventId userId itemId eventType eventAttributes timestamp sessionId recommendationId item { attribute(name: "title") }
      } } } } }
    `)
    const nothing = { itemId: null, eventAttributes: null, sessionId: null, recommendationId: null, item: null }
    expect(answer).toEqual({
      data: {
        user: {
          events: {
            edges: [
              { node: { ...nothing, eventId: 'e2', userId: 'me', eventType: 'search', timestamp: AT_START } },
              { node: { ...event, timestamp: AT_START, item: { attribute: 'Lamp' } } },
            ],
          },
        },
      },
    })
  })

  it('are ordered by their time, latest first, and those of the same moment by their recording', async () => {
    const { clock, view, read } = await openShop()
    await view('e1')
    await view('e2')
    clock.advance(MINUTE)
    await view('e3')
    await view('late', START + MINUTE / 2)
    expect((await read()).ids).toEqual(['e3', 'late', 'e2', 'e1'])
  })

  it('are read page by page from either end, while more come', async () => {
    const { clock, view, read } = await openShop()
    for (let i = 0; i < 7; i++) {
      await view(`e${i}`)
      if (i % 2 === 0) clock.advance(1)
    }
    const first = await read({ first: 3 })
    expect(first).toMatchObject({ ids: ['e6', 'e5', 'e4'], hasNextPage: true, hasPreviousPage: false })
    await view('e7')
    const second = await read({ first: 3, after: first.endCursor })
    expect(second).toMatchObject({ ids: ['e3', 'e2', 'e1'], hasNextPage: true })
    expect(await read({ first: 3, after: second.endCursor })).toMatchObject({ ids: ['e0'], hasNextPage: false })
    expect(await read({ last: 2 })).toMatchObject({ ids: ['e1', 'e0'], hasPreviousPage: true })
    expect(await read({ last: 2, before: second.startCursor })).toMatchObject({ ids: ['e5', 'e4'], hasPreviousPage: true })
    expect(await read({ first: 500 })).toMatchObject({ ids: ['e7', 'e6', 'e5', 'e4', 'e3', 'e2', 'e1', 'e0'] })
  })

  it('continue after a cursor whose event is no longer stored', async () => {
    const { clock, service, view, read } = await openShop()
    await view('old')
    clock.advance(1)
    await view('older than the rest')
    const { cursors } = await read()
    clock.advance(1)
    await service.ingest.record(
      Array.from({ length: 199 }, (_, i) => ({ eventId: `e${i}`, userId: 'me', itemId: 'i1', eventType: 'view' })),
    )
    expect((await read({ first: 500 })).ids).toHaveLength(200)
    await view('e199')
    expect((await read({ first: 500 })).ids.at(-1)).toBe('e0')
    expect(await read({ after: cursors[0] })).toMatchObject({ ids: [], hasNextPage: false })
    expect((await read({ last: 1, before: cursors[0] })).ids).toEqual(['e0'])
  })

  it('continue after the events of the same moment if the event of the cursor is no longer stored', async () => {
    const { service, view, read } = await openShop()
    await view('first')
    const { cursors } = await read()
    await service.ingest.record(
      Array.from({ length: 200 }, (_, i) => ({ eventId: `e${i}`, userId: 'me', itemId: 'i1', eventType: 'view' })),
    )
    expect((await read({ after: cursors[0] })).ids).toEqual([])
  })

  it('are no longer returned 90 days after they happened', async () => {
    const { clock, view, read } = await openShop()
    await view('e1')
    clock.advance(60 * DAY)
    await view('e2')
    clock.advance(30 * DAY)
    expect((await read()).ids).toEqual(['e2', 'e1'])
    clock.advance(1)
    expect((await read()).ids).toEqual(['e2'])
  })

  it('include those of all ids of a merged user, and are empty for a user who has opted out', async () => {
    const { clock, service, view, read } = await openShop()
    const as = async (userId: string, eventId: string) => {
      await service.ingest.record([{ eventId, userId, itemId: 'i1', eventType: 'view' }])
      clock.advance(1)
    }
    await as('phone', 'e1')
    await as('tablet', 'e2')
    await view('e3')
    clock.advance(1)
    await service.people.merge('phone', 'tablet')
    await service.people.merge('tablet', 'me')
    await as('phone', 'e4')
    expect((await read()).ids).toEqual(['e4', 'e3', 'e2', 'e1'])
    const ofPhone = await asker(service)('{ user(userId: "phone") { events { edges { node { eventId } } } } }')
    expect(JSON.stringify(ofPhone)).toContain('"e3"')

    await service.uploads.upsertUsers([{ userId: 'me', optOut: true, attributes: {} }])
    expect((await read()).ids).toEqual([])
  })

  it('are refused with a sentence for an invalid cursor or page size', async () => {
    const { ask, view } = await openShop()
    await view('e1')
    for (const wrong of [{ after: 'x' }, { before: '%' }, { first: 501 }, { last: -1 }]) {
      const { data, errors } = await ask(QUERY, wrong)
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' }, path: ['user', 'events'] }])
      expect(data).toEqual({ user: { events: null } })
    }
  })
})

describe('the events of an unknown user', () => {
  onEachStoreWhenLong('cannot be read', (open) => {
    it('because there is no user', async () => {
      expect(await asker(await open())(QUERY)).toEqual({ data: { user: null } })
    })
  })
})
