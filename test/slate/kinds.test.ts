import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CatalogueItem } from '../../src/catalogue/catalogue.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { arrange } from '../../src/slate/arrange.ts'
import { KindCounts } from '../../src/slate/kinds.ts'
import { LimitPer } from '../../src/slate/limit-per.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { checkProperty } from '../support/check-property.ts'
import { bothStores } from '../support/each-store.ts'
import type { OpenedService, openOn } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

/** An item's id begins with its category. */
const idsOf = (kinds: string, each: number) =>
  [...kinds].flatMap((kind) => Array.from({ length: each }, (_, n) => `${kind}${String(n).padStart(2, '0')}`))

type Setup = Parameters<typeof openOn>[1]

/** A shop whose users look at lamps (`l`), and a few at other things. */
async function openShop(
  open: (options?: Setup) => Promise<OpenedService>,
  itemIds: readonly string[],
  categoryOf: (itemId: string) => string | string[] = ([kind]) => kind,
) {
  const service = await open({ domain: eCommerce })
  await service.uploads.upsertItems(itemIds.map((itemId) => ({ itemId, attributes: { category: categoryOf(itemId) } })))
  /** @param ago ms before now; what is more than a minute late is not observed as a choice */
  const actAgo = async (ago: number, userId: string, eventType: string, ...ids: string[]) => {
    for (const itemId of ids) {
      service.clock.advance(10)
      const [{ status }] = await service.ingest.record([{ userId, eventType, itemId, timestamp: service.time() - ago }])
      expect(status).toBe('RECORDED')
    }
    await service.store.settle()
  }
  const act = (userId: string, eventType: string, ...ids: string[]) => actAgo(0, userId, eventType, ...ids)
  const slate = async (more: object = {}) => {
    const request = { ...REQUEST, first: 10, surface: 'home', ...more }
    const { items } = await service.recommender.recommend(request, 'INITIAL')
    return items.map(({ itemId }) => itemId)
  }
  return { service, act, actAgo, slate }
}

const count = (slate: readonly string[], kind: string) => slate.filter((itemId) => itemId.startsWith(kind)).length

bothStores((open) => {
  const ITEMS = idsOf('abcl', 30)
  /** All look at many lamps, so that everything that is popular or similar is a lamp. */
  const openLamps = async (itemIds = ITEMS, ago = 2 * MINUTE, categoryOf?: (itemId: string) => string | string[]) => {
    const shop = await openShop(open, itemIds, categoryOf)
    for (let n = 0; n < 12; n++)
      await shop.actAgo(ago, `u${n}`, 'view', ...idsOf('l', 12).map((_, at, all) => all[(at + n) % all.length]))
    return shop
  }

  it('a slate after one action has several kinds', async () => {
    const { act, slate } = await openLamps()
    await act('me', 'view', 'l00')
    const items = await slate()
    expect(items).toHaveLength(10)
    expect(items[0]).toMatch(/^l/)
    expect(count(items, 'l')).toBe(8)
  })

  it('a slate after one action has one kind if people stay with one kind', async () => {
    const { act, slate } = await openLamps(ITEMS, 0)
    await act('me', 'view', 'l00')
    expect(count(await slate(), 'l')).toBe(10)
  })

  it('a slate beside an item, or with a filter, keeps to what was asked for', async () => {
    const { service, act, slate } = await openLamps()
    await act('me', 'view', 'l00')
    expect(count(await slate({ anchorItemIds: ['l00'], surface: 'item_page' }), 'l')).toBe(10)
    expect(service.catalogue.get('l00')).toBeDefined()
    const rules = { exclude: [], seen: [], filter: { attribute: { name: 'category', eq: 'l' } } }
    expect(count(await slate({ rules }), 'l')).toBe(10)
  })

  it('a dismissal leaves most places of its kind, three leave at most half, and later actions bring it back', async () => {
    const { act, slate, service } = await openLamps()
    await act('me', 'view', 'l00')
    const before = count(await slate(), 'l')
    await act('me', 'dismiss', 'l01')
    const one = count(await slate(), 'l')
    expect(one).toBeGreaterThan(before / 2)
    await act('me', 'dismiss', 'l02', 'l03')
    const three = await slate()
    expect(three).toHaveLength(10)
    expect(count(three, 'l')).toBeLessThanOrEqual(before / 2)
    expect(count(three, 'l')).toBeGreaterThan(0)
    await act('me', 'view', 'l05', 'l06', 'l07')
    expect(count(await slate(), 'l')).toBeGreaterThan(count(three, 'l'))
    await act('me', 'dismiss', 'l08', 'l09', 'l10')
    service.clock.advance(90 * DAY)
    await act('me', 'session_start')
    expect(count(await slate({ rules: { exclude: [], seen: [] } }), 'l')).toBeGreaterThan(count(three, 'l'))
  })

  // Regression: places that a disliked kind left were not counted as places of another one, which then got none.
  it('one dismissal neither empties a kind that has places of another, nor takes these dismissals back', async () => {
    const { act, actAgo, slate } = await openShop(open, idsOf('ba', 30))
    for (let n = 0; n < 12; n++) await actAgo(2 * MINUTE, `u${n}`, 'view', ...idsOf('a', 12))
    expect(count(await slate(), 'a')).toBe(10)
    await act('me', 'dismiss', 'a20', 'a21', 'a22')
    const three = await slate()
    expect(count(three, 'a')).toBeLessThanOrEqual(5)
    await act('me', 'dismiss', 'b29')
    const four = await slate()
    expect(count(four, 'a')).toBeLessThanOrEqual(5)
    expect(count(four, 'b')).toBeGreaterThanOrEqual(count(three, 'b') / 2)
    await act('me', 'dismiss', ...idsOf('b', 6))
    expect(await slate()).toHaveLength(10)
  })

  it('one dismissal of each of two kinds leaves most places of both', async () => {
    const { act, actAgo, slate } = await openShop(open, idsOf('ba', 30))
    for (let n = 0; n < 12; n++) await actAgo(2 * MINUTE, `u${n}`, 'view', ...idsOf('a', 12))
    for (const order of [
      ['a20', 'b29'],
      ['b28', 'a21'],
    ]) {
      await act('me', 'dismiss', ...order)
      const items = await slate()
      expect(count(items, 'a')).toBeGreaterThan(5)
      expect(count(items, 'b')).toBeGreaterThan(0)
      await act('me', 'undismiss', ...order)
    }
  })

  // Regression: what dismissals left was a share of the places by score, of which other limits had taken most.
  it('three dismissals at least halve what other limits leave of a kind', async () => {
    const { act, slate } = await openLamps()
    await act('me', 'view', 'l00')
    const limits = [
      { diversity: 0.6 },
      { limitPer: [{ attribute: 'category', limit: 4 }] },
      { limitPer: [{ attribute: 'category', limit: 3 }] },
    ]
    const lampsUnder = () =>
      Promise.all(limits.map(async (rules) => count(await slate({ rules: { exclude: [], seen: [], ...rules } }), 'l')))
    const before = await lampsUnder()
    expect(Math.min(...before)).toBeGreaterThan(1)
    await act('me', 'dismiss', 'l01', 'l02', 'l03')
    for (const [at, lamps] of (await lampsUnder()).entries()) expect(lamps).toBeLessThanOrEqual(before[at] / 2)
  })

  // Regression: all items have the root of the categories, so no limit could be kept, and all were lifted.
  it('a category that all items have is no kind', async () => {
    const { act, slate } = await openLamps(ITEMS, 2 * MINUTE, (itemId) => ['all', itemId[0]])
    await act('me', 'view', 'l00')
    const before = count(await slate(), 'l')
    expect(before).toBe(8)
    await act('me', 'dismiss', 'l01', 'l02', 'l03')
    expect(count(await slate(), 'l')).toBeLessThanOrEqual(before / 2)
  })

  it('where no limit of a list of categories can be kept, the narrowest is', async () => {
    const { act, slate } = await openLamps(ITEMS, 2 * MINUTE, (itemId) => [itemId[0] === 'a' ? 'food' : 'home', itemId[0]])
    await act('me', 'dismiss', ...idsOf('a', 28), 'l01', 'l02', 'l03')
    const items = await slate()
    expect(items).toHaveLength(10)
    expect(count(items, 'l')).toBeLessThanOrEqual(4)
  })

  // Regression: the latest hundred dismissals counted.
  it('many dismissals of other kinds take none back', async () => {
    const { act, slate } = await openLamps(idsOf('abcl', 60))
    await act('me', 'view', 'l00')
    const before = count(await slate(), 'l')
    await act('me', 'dismiss', 'l01', 'l02', 'l03', ...idsOf('a', 55), ...idsOf('b', 50))
    expect(count(await slate(), 'l')).toBeLessThanOrEqual(before / 2)
  })

  it('gives full slates where there is one kind only, and where all kinds are dismissed', async () => {
    const oneKind = await openLamps(idsOf('l', 40))
    await oneKind.act('me', 'view', 'l00')
    expect(await oneKind.slate()).toHaveLength(10)
    await oneKind.act('me', 'dismiss', 'l01', 'l02', 'l03')
    expect(await oneKind.slate()).toHaveLength(10)
    const all = await openLamps()
    await all.act('me', 'dismiss', ...[...'abcl'].flatMap((kind) => idsOf(kind, 9)))
    const items = await all.slate()
    expect(new Set(items).size).toBe(10)
    for (const kind of 'abcl') for (const itemId of idsOf(kind, 9)) expect(items).not.toContain(itemId)
  })

  it('shows nothing of what is dismissed if everything is', async () => {
    const { act, slate } = await openLamps(idsOf('al', 8))
    await act('me', 'dismiss', ...idsOf('al', 8))
    expect(await slate()).toEqual([])
  })
})

describe('an arrangement under limits of kinds', () => {
  const itemOf = (kind: string, row: number): CatalogueItem =>
    ({ itemId: `i${row}`, attributes: { category: kind }, available: true }) as unknown as CatalogueItem

  it('never has more of a kind than allowed, loses no other item, and keeps the order within a kind', async () => {
    await checkProperty(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (kinds, first, share) => {
          const items = kinds.map(itemOf)
          const most = (places: number) => Math.ceil(share * places)
          const counts = new KindCounts([{ kinds: new Set(['a']), most }])
          const rows = kinds.map((_, row) => row)
          const slots = arrange({
            ...{ first, rows, itemOf: (row) => items[row], scoreOf: (row) => rows.length - row, pins: new Map() },
            ...{ limitPer: new LimitPer([]), kinds: counts, diversity: 0 },
            ...{ similarity: () => () => 0, relativePopularity: () => () => 0 },
          })
          let ofKind = 0
          for (const [at, row] of slots.entries()) {
            if (row !== undefined && kinds[row] === 'a') ofKind++
            expect(ofKind).toBeLessThanOrEqual(most(at + 1))
          }
          const placed = slots.filter((row) => row !== undefined)
          expect(new Set(placed).size).toBe(placed.length)
          for (const kind of 'abc') {
            const ofThis = placed.filter((row) => kinds[row] === kind)
            expect(ofThis).toEqual(ofThis.toSorted((a, b) => a - b))
          }
          const others = placed.filter((row) => kinds[row] !== 'a').length
          expect(placed.length === first || others === kinds.filter((kind) => kind !== 'a').length).toBe(true)
        },
      ),
      400,
    )
  })
})
