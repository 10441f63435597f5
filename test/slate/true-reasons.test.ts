import { afterAll, describe, expect, it } from 'vitest'
import { TRENDING } from '../../src/accumulators/item-activity.ts'
import { TOGETHER } from '../../src/accumulators/item-to-item.ts'
import { NEW_FOR } from '../../src/candidates/trending.ts'
import type { Service } from '../../src/service/service.ts'
import type { Recommendation, SlateRequest } from '../../src/slate/slate.ts'
import { attributeKey, itemKey, type SetSlot, SHOP } from '../../src/state/slots.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { openTestService } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { REQUEST } from '../support/slate-request.ts'

const ITEMS = 60
const USERS = 8
const SURFACES = [undefined, 'home', 'cart', 'item_page']
const codes = new Set<string>()

/** What the test itself knows of a user: told by what it sent, not by what is on record. */
interface Known {
  readonly acted: Set<string>
  readonly carted: Set<string>
  readonly bought: Set<string>
}

/** A random shop with random users, whose slates are looked at while it goes on. */
async function run(seed: number): Promise<void> {
  const random = seededRandomness(seed)
  const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)]
  const clock = new SettableClock()
  const service = await openTestService({ clock })
  const known = new Map<string, Known>()
  const lists = new Map<string, Set<string>>()
  const items = Array.from({ length: ITEMS }, (_, i) => `i${i}`)
  for (const [i, itemId] of items.entries()) {
    // Some are long there when the others come.
    if (i === ITEMS / 2) clock.advance(NEW_FOR + HOUR)
    const attributes = { category: `c${random.integer(4)}`, brand: `b${random.integer(4)}` }
    const embedding = random.integer(3) === 0 ? null : [0, 1, 2].map(() => random.integer(19) - 9 || 1)
    await service.uploads.upsertItems([{ itemId, attributes: { ...attributes, embedding } }])
  }
  await service.uploads.upsertUsers([{ userId: 'u1', attributes: { segment: 'loyal' } }])
  for (const list of [{ userId: 'u0' }, { segment: 'loyal' }, { segment: 'default' }]) {
    const ids = [0, 1, 2].map(() => pick(items))
    lists.set(list.userId ?? list.segment!, new Set(ids))
    const rows = ids.map((itemId, score) => ({ itemId, score }))
    await service.uploads.uploadOfflineRecommendations([{ ...list, items: rows }])
  }
  for (let step = 0; step < 250; step++) {
    clock.advance(random.integer(20) === 0 ? random.integer(2 * DAY) : random.integer(HOUR / 6))
    const userId = `u${random.integer(USERS)}`
    const mine = known.get(userId) ?? { acted: new Set(), carted: new Set(), bought: new Set() }
    known.set(userId, mine)
    // Some are looked at more than others, and some by nobody.
    const itemId = items[random.integer(1 + random.integer(ITEMS - 10))]
    const eventType = pick(['view', 'view', 'view', 'add_to_cart', 'purchase', 'impression', 'remove_from_cart'])
    const surface = pick(SURFACES)
    const eventAttributes = surface === undefined ? {} : { surface }
    const [{ status }] = await service.ingest.record([{ eventId: `e${step}`, userId, itemId, eventType, eventAttributes }])
    expect(status).toBe('RECORDED')
    if (eventType !== 'impression') mine.acted.add(itemId)
    if (eventType === 'add_to_cart' || eventType === 'purchase') mine.carted.add(itemId)
    if (eventType === 'purchase') mine.bought.add(itemId)
    // What was bought cannot be put back.
    if (eventType === 'remove_from_cart' && !mine.bought.has(itemId)) mine.carted.delete(itemId)
    if (step % 5 > 0) continue
    const request = { ...REQUEST, userId: `u${random.integer(USERS)}`, first: 1 + random.integer(40), surface: pick(SURFACES) }
    const anchorItemIds = [...new Set(Array.from({ length: random.integer(4) }, () => pick(items)))]
    const rules = random.integer(4) === 0 ? { pin: [{ itemId: pick(items), position: 1 }] } : {}
    const slate = await service.recommender.recommend({ ...request, anchorItemIds, rules }, 'INITIAL')
    expect(slate.items.length).toBeGreaterThan(0)
    for (const item of slate.items) {
      const { acted, carted } = known.get(request.userId) ?? { acted: new Set(), carted: new Set() }
      const isTrue = await holds(item, { ...request, anchorItemIds, rules }, { acted, carted }, lists, service)
      expect([item, isTrue]).toEqual([item, true])
      codes.add(item.reason.code)
    }
  }
}

/** Whether the state that the reason speaks of says the same. */
async function holds(
  { itemId, reason: { code, anchorItemId }, sources }: Recommendation,
  request: SlateRequest,
  { acted, carted }: Pick<Known, 'acted' | 'carted'>,
  lists: ReadonlyMap<string, ReadonlySet<string>>,
  { store, catalogue, clock, domain }: Service,
): Promise<boolean> {
  const has = async (entity: string, set: SetSlot, member: string) => {
    const [{ members }] = await store.readSets([{ entity, set, limit: set.capacity }])
    return members.includes(member)
  }
  const isSimilar = async (anchor: string) => {
    const set = domain.pairs.neighbours
    if (await has(itemKey(anchor), set, itemId)) return isFrom('item_to_item') || isFrom('two_hops')
    const [{ members }] = await store.readSets([{ entity: itemKey(anchor), set, limit: set.capacity }])
    const between = await Promise.all(members.map((member) => has(itemKey(member), set, itemId)))
    return isFrom('two_hops') && between.includes(true)
  }
  const isFrom = (source: string) => sources.some(({ name }) => name === source)
  const isTop = (attribute: string, value: string) => has(attributeKey(attribute, value), TRENDING, itemId)
  const of = (id: string, attribute: string) => String(catalogue.get(id)?.attributes[attribute])
  const likes = (attribute: string) => [...acted].some((id) => of(id, attribute) === of(itemId, attribute))
  const isOnScreen = anchorItemId !== undefined && request.anchorItemIds?.includes(anchorItemId) === true
  const anchor = anchorItemId ?? ''
  switch (code) {
    case 'BECAUSE_YOU_VIEWED':
      return acted.has(anchor) && isSimilar(anchor)
    case 'SIMILAR_TO_THIS':
      return isOnScreen && isSimilar(anchor)
    case 'CHOSEN_TOGETHER':
      return isFrom('chosen_together') && (isOnScreen || carted.has(anchor)) && has(itemKey(anchor), TOGETHER, itemId)
    case 'ALIKE':
      return isFrom('embedding') && (isOnScreen || acted.has(anchor)) && cosine(catalogue, anchor, itemId) > 0
    case 'TRENDING':
      return isFrom('trending') && has(SHOP, TRENDING, itemId)
    case 'TRENDING_HERE':
      return isFrom('trending') && isTop('surface', request.surface ?? '')
    case 'TRENDING_FOR_YOU':
      return isFrom('trending') && likes('category') && isTop('category', of(itemId, 'category'))
    case 'FAVOURITE_CATEGORY':
      return isFrom('favourites') && likes('category') && isTop('category', of(itemId, 'category'))
    case 'FAVOURITE_BRAND':
      return isFrom('favourites') && likes('brand') && isTop('brand', of(itemId, 'brand'))
    case 'SEEN_BEFORE':
      return (isFrom('recent') || isFrom('two_hops')) && acted.has(itemId)
    case 'PICKED_FOR_YOU':
      return isFrom('offline') && (lists.get(request.userId) ?? lists.get('loyal')!).has(itemId)
    case 'PICKED_BY_US':
      return isFrom('offline') && lists.get('default')!.has(itemId)
    case 'PINNED':
      return request.rules?.pin?.some((pin) => pin.itemId === itemId) ?? false
    case 'NEW':
      return catalogue.get(itemId)!.addedAt >= clock.now() - NEW_FOR
    case 'MORE':
      return isFrom('newest') && catalogue.get(itemId)!.addedAt < clock.now() - NEW_FOR
    default:
      return false
  }
}

function cosine(catalogue: Service['catalogue'], a: string, b: string): number {
  const [x, y] = [a, b].map((id) => catalogue.get(id)!.attributes.embedding as number[])
  return x.reduce((sum, element, i) => sum + element * y[i], 0)
}

describe('the reason of every item of every slate', () => {
  it.each([1, 2, 3, 4])('is confirmed by the data of its source (seed %i)', (seed) => run(seed))

  afterAll(() => {
    // All that a shop's slates can say was said, so that all of it was looked at.
    const expected = ['BECAUSE_YOU_VIEWED', 'SIMILAR_TO_THIS', 'CHOSEN_TOGETHER', 'ALIKE', 'TRENDING', 'TRENDING_FOR_YOU']
    const others = [
      'FAVOURITE_CATEGORY',
      'FAVOURITE_BRAND',
      'SEEN_BEFORE',
      'PICKED_FOR_YOU',
      'PICKED_BY_US',
      'PINNED',
      'NEW',
      'MORE',
    ]
    expect([...expected, ...others].filter((code) => !codes.has(code))).toEqual([])
  })
})
