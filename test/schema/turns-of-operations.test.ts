import { expect, it, onTestFinished, vi } from 'vitest'
import { RateLimits } from '../../src/server/rate-limits.ts'
import type { Service } from '../../src/service/service.ts'
import { KEPT_EVENTS } from '../../src/state/kept-events.ts'
import { asker, openTestService } from '../support/server.ts'

const ITEMS = 4000
const USERS = 500
const ids = (kind: string, length: number) => Array.from({ length }, (_, n) => `${kind}${n}`)

/** Counts the turns of the event loop in which others could have been served. Calls `onTurn` in each. */
async function turnsOf(work: () => Promise<unknown>, onTurn?: () => void): Promise<number> {
  let turns = 0
  let isOver = false
  const turn = () => {
    turns++
    onTurn?.()
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  isOver = true
  return turns
}

/** Returns the largest number of attributes that are looked up in one turn of the event loop: each test of an item looks up one. */
async function mostLookedUp(work: () => Promise<unknown>): Promise<number> {
  const { hasOwn } = Object
  let [looked, most] = [0, 0]
  Object.hasOwn = (object, name) => {
    looked++
    return hasOwn(object, name)
  }
  try {
    await turnsOf(work, () => {
      most = Math.max(most, looked)
      looked = 0
    })
  } finally {
    Object.hasOwn = hasOwn
  }
  return Math.max(most, looked)
}

async function fill({ uploads, ingest }: Service): Promise<void> {
  for (let start = 0; start < ITEMS; start += 1000) {
    const input = ids('i', ITEMS).slice(start, start + 1000)
    await uploads.upsertItems(
      input.map((itemId, n) => ({ itemId, attributes: { price: n, tags: [`t${n}`, 'all'], embedding: [1, n] } })),
    )
  }
  await ingest.record(ids('u', USERS).map((userId) => ({ userId, itemId: 'i1', eventType: 'view' })))
  await ingest.record(longEvents('reader'))
}

/** The events that are kept of a user: 1 MiB of JSON. */
function longEvents(userId: string) {
  return ids('e', KEPT_EVENTS).map((n) => ({ userId, eventType: 'search', eventAttributes: { text: n.padEnd(5200) } }))
}

const attributes = { or: Array.from({ length: 400 }, (_, n) => ({ attribute: { name: 'price', gt: 1e6 + n } })) }
const lists = { or: Array.from({ length: 300 }, (_, n) => ({ attribute: { name: 'tags', eq: `no ${n}` } })) }
const features = { or: Array.from({ length: 400 }, (_, n) => ({ feature: { name: 'item_views', gt: 1e6 + n } })) }
const nodeIds = ids('u', 100).map((id) => btoa(`User:${id}`).replace(/=+$/, ''))

it('large operations let others have their turn while they are answered, also where the store answers at once', async () => {
  const service = await openTestService()
  await fill(service)
  const ask = asker(service)
  const answered = async (query: string, variables: Record<string, unknown>) => {
    const { errors } = await ask(query, variables)
    expect(errors).toBeUndefined()
  }
  const least: Record<string, [turns: number, work: () => Promise<void>]> = {
    'features of users': [
      USERS / 25 - 1,
      () => answered('query ($u: [ID!]!) { userFeatures(userIds: $u) { version } }', { u: ids('u', USERS) }),
    ],
    'a page of users': [4, () => answered('{ users(first: 500) { edges { node { userId } } } }', {})],
    nodes: [3, () => answered('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: nodeIds })],
    'events of users': [
      50,
      () =>
        answered('query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { events(first: 1) { edges { cursor } } } } }', {
          ids: nodeIds.slice(0, 50),
        }),
    ],
    'an export of 1 MiB': [6, () => answered('{ exportUser(userId: "reader") { complete } }', {})],
    'items with similar vectors, of many items': [
      50,
      () => answered(`{ ${ids('i', 50).map((id) => `${id}: similarItems(itemId: "${id}") { score }`)} }`, {}),
    ],
    'trending items, by attributes': [
      2,
      () => answered('query ($f: ItemFilter) { trending(filter: $f) { score } }', { f: attributes }),
    ],
    'trending items, by values of lists': [
      3,
      () => answered('query ($f: ItemFilter) { trending(filter: $f) { score } }', { f: lists }),
    ],
    'trending items, by features': [
      9,
      () => answered('query ($f: ItemFilter) { trending(filter: $f) { score } }', { f: features }),
    ],
    'items, by features': [
      ITEMS / 500,
      () => answered('query ($f: ItemFilter) { items(filter: $f) { totalCount } }', { f: features }),
    ],
    'a slate, by attributes': [
      2,
      () =>
        answered('query ($i: RecommendationsInput!) { recommendations(input: $i) { version } }', {
          i: { userId: 'u1', rules: { filter: attributes } },
        }),
    ],
  }
  const tooFew: string[] = []
  for (const [name, [turns, work]] of Object.entries(least)) {
    const counted = await turnsOf(work)
    if (counted < turns) tooFew.push(`${name}: ${counted}`)
  }
  expect(tooFew).toEqual([])
  const slate = async (filter: object) => {
    const query = 'query ($i: RecommendationsInput!) { recommendations(input: $i) { items { position } } }'
    const { data, errors } = await ask(query, { i: { userId: 'u1', rules: { filter } } })
    expect([errors, data]).toEqual([undefined, { recommendations: { items: [] } }])
  }
  // 2,048 vectors are compared with that of an item of the session. With few conditions, they are tested on each of these items.
  const few = { or: attributes.or.slice(0, 20) }
  expect(await mostLookedUp(() => slate(few))).toBeGreaterThan(20 * 2000)
  expect(await mostLookedUp(() => slate(attributes))).toBeLessThan(20 * 2000)
})

it('conditions cost more points if a larger catalogue is walked, or longer lists are looked at', async () => {
  const service = await openTestService()
  const ask = asker(service)
  const complexity = async (filter: object) => {
    const many = Array.from({ length: 40 }, () => filter)
    // Ten times, so that it is refused with the figure.
    const fields = Array.from({ length: 80 }, (_, n) => `a${n}: trending(first: 1, filter: $f) { score }`).join(' ')
    const { errors } = await ask(`query ($f: ItemFilter) { ${fields} }`, { f: { or: many } })
    return Number(/complexity of (\d+)/.exec(errors![0].message)![1]) / 80
  }
  const [price, tags] = ['price', 'tags'].map((name) => ({ attribute: { name, eq: 'x' } }))
  const before = [await complexity(price), await complexity(tags)]
  await fill(service)
  const [ofPrice, ofTags] = [await complexity(price), await complexity(tags)]
  // 40 conditions on 4,000 items, and half a point for each item that is walked; 8,000 values of lists.
  expect(ofPrice - before[0]).toBeCloseTo((40 * ITEMS) / 500 + ITEMS / 2, -1)
  expect(ofTags - ofPrice).toBeCloseTo((40 * 2 * ITEMS) / 500, -1)
})

it('exports, events of merged users and repeated rows cost points for what is read, which is not known before', async () => {
  const service = await openTestService()
  const { ingest, people } = service
  const charge = vi.spyOn(RateLimits.prototype, 'charge')
  onTestFinished(() => charge.mockRestore())
  const ask = asker(service)
  const charged = async (query: string) => {
    charge.mockClear()
    const { errors } = await ask(query)
    expect(errors).toBeUndefined()
    return charge.mock.calls.reduce((sum, [, points]) => sum + points, 0)
  }
  const exported = '{ exportUser(userId: "reader") { complete } }'
  const events = '{ user(userId: "reader") { events(first: 1) { edges { cursor } } } }'
  const rows = (...of: string[]) =>
    `mutation { upsertUsers(input: { users: [${of.map((id) => `{ userId: "${id}", attributes: {} }`)}] }) { ... on UpsertPayload { accepted } } }`
  expect(await charged(rows('a', 'b'))).toBe(0)
  expect(await charged(rows('a', 'a', 'a'))).toBe(300)
  await ingest.record([{ userId: 'reader', eventType: 'search' }])
  expect(await charged(exported)).toBeLessThan(1000)
  expect(await charged(events)).toBe(0)
  await ingest.record(longEvents('reader').slice(0, 100))
  expect(await charged(exported)).toBeGreaterThan(500_000 / 10)
  for (const phone of ['p1', 'p2']) {
    await ingest.record([{ userId: phone, eventType: 'search' }])
    await people.merge(phone, 'reader')
  }
  expect(await charged(events)).toBe(1000)
})
