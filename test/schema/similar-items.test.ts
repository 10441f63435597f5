import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import type { Service } from '../../src/service/service.ts'
import { checkProperty, PROPERTY_MS } from '../support/check-property.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'
import { asker, openTestService } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { itemIds, RECOMMEND, slateOf } from '../support/slate-answer.ts'

const SIMILAR = /* GraphQL */ `
  query ($itemId: ID!, $first: Int! = 10) {
    similarItems(itemId: $itemId, first: $first) { item { itemId } score similarBy }
    item(itemId: $itemId) { similar(first: $first) { item { itemId } score similarBy } }
  }
`

const neighbour = z
  .object({ item: z.object({ itemId: z.string() }), score: z.number(), similarBy: z.enum(['BEHAVIOUR', 'VECTOR']) })
  .transform(({ item: { itemId }, ...rest }) => ({ itemId, ...rest }))

const answer = z.object({
  data: z.object({
    similarItems: z.array(neighbour),
    item: z.object({ similar: z.array(neighbour) }).nullable(),
  }),
})

type Neighbour = z.infer<typeof neighbour>

async function similarTo(service: Service, itemId: string, first = 10): Promise<Neighbour[]> {
  return neighboursOf(asker(service), itemId, first)
}

async function neighboursOf(ask: ReturnType<typeof asker>, itemId: string, first: number): Promise<Neighbour[]> {
  const { similarItems, item } = answer.parse(await ask(SIMILAR, { itemId, first })).data
  if (item) expect(item.similar).toEqual(similarItems)
  return similarItems
}

async function upload(service: Service, items: Record<string, object>, available = true): Promise<void> {
  const inputs = Object.entries(items).map(([itemId, attributes]) => ({ itemId, attributes: { ...attributes }, available }))
  expect((await service.uploads.upsertItems(inputs)).errors).toEqual([])
}

/** Direction of each item's vector, in degrees. No two differences between them are equal. */
const ANGLES: Readonly<Record<string, number>> = { a: 0, b: 8, c: 32, d: 72, e: 88 }

/** A vector of two numbers, whose cosine with that of angle 0 is this. */
const at = (cosine: number) => ({ embedding: [cosine, Math.sqrt(1 - cosine ** 2)] })

async function viewTogether(service: Service, a: string, b: string, users = 3): Promise<void> {
  for (let n = 0; n < users; n++)
    await service.ingest.record([a, b].map((itemId) => ({ userId: `${a}-${b}-${n}`, itemId, eventType: 'view' })))
  await service.store.settle()
}

onEachStoreWhenLong('similar items', (open) => {
  it('are found by vectors, if no event says anything about two new items', async () => {
    const service = await open({ clock: new SettableClock() })
    await upload(service, { new1: at(1), new2: at(0.995), far: at(-0.5), plain: {} })
    expect(await similarTo(service, 'new1')).toEqual([{ itemId: 'new2', score: expect.closeTo(0.995, 5), similarBy: 'VECTOR' }])
    expect(await similarTo(service, 'new2')).toMatchObject([{ itemId: 'new1', similarBy: 'VECTOR' }])
    expect(await similarTo(service, 'plain')).toEqual([])
    expect(await similarTo(service, 'unknown')).toEqual([])
  })

  it.each(['', 'default'])('are found by vectors on the page of a new item, with the model "%s"', async (model) => {
    const service = await open({ clock: new SettableClock(), model })
    const others = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`other${n}`, at(-n / 40)]))
    await upload(service, { new1: at(1), new2: at(0.995), ...others })
    for (let n = 0; n < 15; n++) await viewTogether(service, `other${2 * n}`, `other${2 * n + 1}`, 1)
    const slate = async (anchor: string) =>
      slateOf(
        await asker(service)(RECOMMEND, {
          input: { userId: 'me', first: 10, surface: 'item_page', anchorItemIds: [anchor] },
        }),
      )
    for (const [anchor, twin] of [
      ['new1', 'new2'],
      ['new2', 'new1'],
    ]) {
      const { items } = await slate(anchor)
      const found = items.find(({ item }) => item.itemId === twin)
      expect(found).toMatchObject({ reason: { code: 'ALIKE', anchorItem: { itemId: anchor } } })
      expect(found?.sources).toEqual([{ name: 'embedding', score: expect.closeTo(0.995, 5) }])
    }
    expect(itemIds(await slate('new1'))).not.toContain('new1')
  })

  it.each([
    { neighbours: 3, cosine: 0.99, isLifted: true },
    { neighbours: 4, cosine: 0.99, isLifted: false },
    { neighbours: 0, cosine: 0.4, isLifted: false },
  ])('lead a page only if few are similar by behaviour, and if their vectors are close: %j', async (given) => {
    const service = await open({ clock: new SettableClock(), model: 'default' })
    const popular = Array.from({ length: 10 }, (_, n) => `popular${n}`)
    await upload(service, { a: at(1), like: at(given.cosine), ...Object.fromEntries(popular.map((itemId) => [itemId, {}])) })
    for (let n = 0; n < given.neighbours; n++) {
      await upload(service, { [`near${n}`]: {} })
      await viewTogether(service, 'a', `near${n}`)
    }
    for (let n = 0; n < 10; n += 2) await viewTogether(service, popular[n], popular[n + 1], 4)
    const input = { userId: 'me', first: 20, surface: 'item_page', anchorItemIds: ['a'] }
    const shown = itemIds(slateOf(await asker(service)(RECOMMEND, { input })))
    expect(shown).toHaveLength(11 + given.neighbours)
    expect(popular.every((itemId) => shown.indexOf('like') < shown.indexOf(itemId))).toBe(given.isLifted)
    // Boosts and limits still apply.
    const rules = { boost: [{ filter: { attribute: { name: 'embedding', exists: true } }, factor: 0 }] }
    const lowered = itemIds(slateOf(await asker(service)(RECOMMEND, { input: { ...input, rules } })))
    expect(popular.every((itemId) => lowered.indexOf('like') > lowered.indexOf(itemId))).toBe(true)
  })

  it('follow those that the same users act on, each once, and a shorter list is the beginning of a longer one', async () => {
    const service = await open({ clock: new SettableClock() })
    await upload(service, { a: at(1), both: at(0.9), near: at(0.8), nearer: at(0.95), together: {} })
    await viewTogether(service, 'a', 'both', 2)
    await viewTogether(service, 'a', 'together', 1)
    const all = await similarTo(service, 'a')
    expect(all.map(({ itemId, similarBy }) => `${itemId} ${similarBy}`)).toEqual([
      'both BEHAVIOUR',
      'together BEHAVIOUR',
      'nearer VECTOR',
      'near VECTOR',
    ])
    for (let first = 0; first <= 5; first++) expect(await similarTo(service, 'a', first)).toEqual(all.slice(0, first))
  })

  it('are never deleted or unavailable, but an unavailable item has similar items', async () => {
    const service = await open({ clock: new SettableClock() })
    await upload(service, { a: at(1), b: at(0.9), gone: at(0.99), sold: at(0.98) })
    await upload(service, { sold: at(0.98) }, false)
    await service.uploads.deleteItems(['gone'])
    expect(await similarTo(service, 'a')).toMatchObject([{ itemId: 'b' }])
    expect((await similarTo(service, 'sold')).map(({ itemId }) => itemId)).toEqual(['a', 'b'])
    expect(await similarTo(service, 'gone')).toEqual([])
    await upload(service, { sold: at(0.98), gone: at(0.99) })
    expect((await similarTo(service, 'a')).map(({ itemId }) => itemId)).toEqual(['gone', 'sold', 'b'])
    await upload(service, { sold: { embedding: null } })
    expect((await similarTo(service, 'a')).map(({ itemId }) => itemId)).toEqual(['gone', 'b'])
  })

  it('include at most one variant of a product, and none of the item itself unless the domain shows such variants', async () => {
    const shoes = {
      red41: { ...at(1), item_group_id: 'red' },
      red42: { ...at(0.999), item_group_id: 'red' },
      blue41: { ...at(0.95), item_group_id: 'blue' },
      blue42: { ...at(0.94), item_group_id: 'blue' },
      plain: at(0.5),
    }
    const shop = await open({ clock: new SettableClock() })
    await upload(shop, shoes)
    expect((await similarTo(shop, 'red41')).map(({ itemId }) => itemId)).toEqual(['blue41', 'plain'])
    await viewTogether(shop, 'red41', 'blue42')
    expect((await similarTo(shop, 'red41')).map(({ itemId }) => itemId)).toEqual(['blue42', 'plain'])
    const episodes = await open({ clock: new SettableClock(), domain: { ...eCommerce, showsOwnVariants: true } })
    await upload(episodes, shoes)
    expect((await similarTo(episodes, 'red41')).map(({ itemId }) => itemId)).toEqual(['red42', 'blue41', 'plain'])
  })

  it('are found only by behaviour in a domain without vectors, and trending items name no similarity', async () => {
    const { embedding: _, ...domain } = eCommerce
    const sources = domain.sources.filter(({ name }) => name !== 'embedding')
    const service = await open({ clock: new SettableClock(), domain: { ...domain, sources, surfaceSources: {} } })
    await upload(service, { a: at(1), b: at(0.9), c: at(0.8) })
    await viewTogether(service, 'a', 'c')
    expect(await similarTo(service, 'a')).toMatchObject([{ itemId: 'c', similarBy: 'BEHAVIOUR' }])
    const { data } = await asker(service)('{ trending(first: 1) { similarBy } }')
    expect(data?.trending).toEqual([{ similarBy: null }])
  })

  it('are the exact nearest of a small catalogue, whatever was uploaded, deleted and paused', {
    timeout: PROPERTY_MS,
  }, async () => {
    const service = await open({ clock: new SettableClock() })
    const ask = asker(service)
    const itemIds = Object.keys(ANGLES)
    const change = fc.record({
      itemId: fc.constantFrom(...itemIds),
      kind: fc.constantFrom('add', 'add', 'add', 'pause', 'delete'),
      isOpposite: fc.boolean(),
      group: fc.constantFrom(undefined, 'g'),
    })
    await checkProperty(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), fc.integer({ min: 0, max: 5 }), async (changes, first) => {
        await service.uploads.deleteItems(itemIds)
        const held = new Map<string, { angle: number; group: string | undefined; available: boolean }>()
        for (const { itemId, kind, isOpposite, group } of changes) {
          if (kind === 'delete') {
            await service.uploads.deleteItems([itemId])
            held.delete(itemId)
            continue
          }
          const angle = ANGLES[itemId] + (isOpposite ? 180 : 0)
          const embedding = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]
          await upload(service, { [itemId]: { embedding, item_group_id: group ?? null } }, kind === 'add')
          held.set(itemId, { angle, group, available: kind === 'add' })
        }
        for (const itemId of itemIds) {
          const found = (await neighboursOf(ask, itemId, first)).map((near) => near.itemId)
          expect(found).toEqual(naiveNeighbours(held, itemId).slice(0, first))
        }
      }),
      30,
    )
  })
})

/** Ids by angle between the vectors, below a right angle; one of each group, and none of the item's own. */
function naiveNeighbours(
  held: ReadonlyMap<string, { angle: number; group: string | undefined; available: boolean }>,
  itemId: string,
): string[] {
  const own = held.get(itemId)
  if (!own) return []
  const apart = (angle: number) => Math.min(Math.abs(angle - own.angle), 360 - Math.abs(angle - own.angle))
  const groups = new Set([own.group])
  return [...held]
    .filter(([id, { available, angle }]) => id !== itemId && available && apart(angle) < 90)
    .sort(([a, x], [b, y]) => apart(x.angle) - apart(y.angle) || (a < b ? -1 : 1))
    .filter(([, { group }]) => {
      if (group === undefined) return true
      const isFirst = !groups.has(group)
      groups.add(group)
      return isFirst
    })
    .map(([id]) => id)
}

it('finds the twin of a new item among 5,000 others', async () => {
  const service = await openTestService()
  const random = seededRandomness()
  const number = () => (random.integer(20_001) - 10_000) / 10_000
  const vector = () => Array.from({ length: 64 }, number)
  for (let start = 0; start < 5000; start += 500)
    await upload(service, Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`i${start + n}`, { embedding: vector() }])))
  for (let n = 0; n < 20; n++) {
    const embedding = vector()
    const twin = embedding.map((x) => x + 0.05 * number())
    await upload(service, { [`a${n}`]: { embedding }, [`b${n}`]: { embedding: twin } })
    const [nearest] = await similarTo(service, `a${n}`, 1)
    expect(nearest).toMatchObject({ itemId: `b${n}`, similarBy: 'VECTOR' })
    expect(nearest.score).toBeGreaterThan(0.99)
  }
})
