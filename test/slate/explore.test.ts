import { describe, expect, it } from 'vitest'
import { LittleKnownItems } from '../../src/candidates/little-known-items.ts'
import type { Exploration, SurfaceExploration } from '../../src/domain/experiment.ts'
import type { Rules } from '../../src/rules/rules.ts'
import { chanceOfSlate, inverseGapWeights, race } from '../../src/slate/exploration-slot.ts'
import { parseStoredSlate } from '../../src/slate/parse-stored-slate.ts'
import type { Slate, SlateRequest } from '../../src/slate/slate.ts'
import { decodeSlate } from '../../src/state/slate-codec.ts'
import { DAY, HOUR, MINUTE } from '../../src/time-units.ts'
import { chiSquare, chiSquareBound } from '../support/chi-square.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { exploring } from '../support/exploring.ts'
import type { Open, OpenedService } from '../support/service.ts'
import { START } from '../support/settable-clock.ts'
import { REQUEST } from '../support/slate-request.ts'

const ALWAYS: SurfaceExploration = { position: 2, share: 1, randomised: 0 }
const HALF: SurfaceExploration = { position: 2, share: 0.5, randomised: 0 }

/** Popular, in this order, and known: p0 to p5. Never seen, and uploaded last: n0 to n7, of brands x and y in turn. */
async function openShop(open: Open, left: SurfaceExploration, change?: Partial<Exploration>): Promise<OpenedService> {
  const service = await open({ domain: exploring(left, change), explores: true, dataDir: null })
  const popular = Array.from({ length: 6 }, (_, i) => `p${i}`)
  await service.uploads.upsertItems(popular.map((itemId) => ({ itemId, attributes: { brand: 'p' } })))
  service.clock.advance(MINUTE)
  const unseen = Array.from({ length: 8 }, (_, i) => ({ itemId: `n${i}`, attributes: { brand: i % 2 === 0 ? 'x' : 'y' } }))
  await service.uploads.upsertItems(unseen)
  const by = (itemId: string, eventType: string, times: number) =>
    Array.from({ length: times }, (_, i) => ({ userId: `${itemId}-${eventType}-${i}`, itemId, eventType }))
  const events = popular.flatMap((itemId, i) => [
    ...by(itemId, 'impression', 60),
    ...by(itemId, 'click', 14 - 2 * i),
    ...by(itemId, 'view', 12 - 2 * i),
  ])
  await service.ingest.record(events)
  await service.store.settle()
  return service
}

const littleKnown = ({ store, catalogue, accumulators, domain, clock }: OpenedService) =>
  new LittleKnownItems({
    store,
    catalogue,
    layout: accumulators.layout,
    expiry: domain.expiry,
    knownAfterClicks: domain.exploration!.knownAfterClicks,
  }).at(clock.now())

const ask = ({ recommender }: OpenedService, request: Partial<SlateRequest> = {}) =>
  recommender.recommend({ ...REQUEST, ...request }, 'INITIAL')
const explored = ({ items }: Slate) => items.find(({ exploration }) => exploration)

describe('a race', () => {
  const arms = Array.from({ length: 8 }, (_, i) => `i${i}`)

  it('is won as often as the propensities say in 100,000 draws', () => {
    const chances = inverseGapWeights([0.01, 0.05, 0.05, 0.02, 0.11, 0.1, 0, 0.03], 100)
    const counts = arms.map(() => 0)
    for (let number = 0; number < 100_000; number++) counts[race(`user${number}`, arms, chances)]++
    expect(chiSquare(counts, [...chances])).toBeLessThan(chiSquareBound(arms.length))
  })

  it('keeps its winner if others leave, and mostly if probabilities change', () => {
    let moved = 0
    for (let number = 0; number < 1000; number++) {
      const winner = race(`user${number}`, arms, inverseGapWeights([1, 2, 3, 4, 5, 6, 7, 8], 1))
      const staying = arms.filter((_, i) => i === winner || i % 2 === 0)
      const left = inverseGapWeights([1, 2, 3, 4, 5, 6, 7, 8], 1).filter((_, i) => staying.includes(arms[i]))
      expect(staying[race(`user${number}`, staying, left)]).toBe(arms[winner])
      if (race(`user${number}`, arms, inverseGapWeights([1, 2, 3, 4, 5, 6, 7.1, 8], 1)) !== winner) moved++
    }
    expect(moved).toBeLessThan(20)
  })
})

describe('whether a slate explores', () => {
  const settings = exploring(ALWAYS).exploration
  const kinds = (left: SurfaceExploration, request: (i: number) => Partial<SlateRequest>, now: (i: number) => number) =>
    Array.from({ length: 100_000 }, (_, i) => {
      const asked = { ...REQUEST, ...request(i) }
      return chanceOfSlate(settings, left, asked.userId, asked, now(i))?.kind
    })

  it('is as probable as the shares say', () => {
    const found = kinds(
      { position: 2, share: 0.3, randomised: 0.01 },
      (i) => ({ userId: `u${i}` }),
      () => START,
    )
    const counts = ['randomised', 'slot', undefined].map((kind) => found.filter((one) => one === kind).length)
    expect(chiSquare(counts, [0.01, 0.99 * 0.3, 0.99 * 0.7])).toBeLessThan(chiSquareBound(3))
  })

  it('stays for an hour that starts at a different minute for each user, and is drawn for each session, surface and page', () => {
    const keyAt = (now: number, request: Partial<SlateRequest> = {}) =>
      chanceOfSlate(settings, ALWAYS, 'me', { ...REQUEST, ...request }, now)?.key
    const turns = Array.from({ length: 120 }, (_, minute) => keyAt(START + minute * MINUTE))
    expect(new Set(turns).size).toBe(3)
    expect(turns[0]).not.toBe(turns[60])
    const pages = ['p1', 'p2'].map((recommendationId) => ({ after: { recommendationId } }))
    const asked = [{}, { sessionId: 's1' }, { sessionId: 's2' }, { surface: 'home' }, ...pages]
    expect(new Set(asked.map((request) => keyAt(START, request))).size).toBe(6)
  })

  it('is not decided for a slate that is too short for the slot', () => {
    expect(chanceOfSlate(settings, ALWAYS, 'me', { ...REQUEST, first: 1 }, START)).toBeUndefined()
  })
})

bothStoresWhenLong((open) => {
  describe('an exploration slot', () => {
    it('shows an item that does not rank, at its position, and logs how it was drawn', async () => {
      const service = await openShop(open, HALF)
      const slates = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(service, { userId: `u${i}` })))
      const exploring = slates.filter((slate) => slate.explored)
      expect(exploring.length).toBeGreaterThan(10)
      expect(exploring.length).toBeLessThan(30)
      for (const { items, explored, recommendationId } of exploring) {
        const weights = inverseGapWeights(explored!.estimates, explored!.gamma)
        const at = explored!.arms.indexOf(items[1].itemId)
        expect(items[1]).toMatchObject({ exploration: true, position: 2, propensity: 0.5 * weights[at] })
        expect(items[1].reason).toEqual({ code: 'EXPLORATION' })
        expect(items[1].sources.map(({ name }) => name)).toEqual(['exploration'])
        expect(items[1].itemId).toMatch(/^n/)
        expect(items.filter(({ exploration }) => !exploration).map(({ itemId, propensity }) => [itemId, propensity])).toEqual([
          ['p0', 1],
          ['p1', 1],
        ])
        expect(new Set(explored!.arms)).toEqual(new Set(Array.from({ length: 8 }, (_, i) => `n${i}`)))
        const stored = await service.store.getSlate(recommendationId)
        expect(decodeSlate(recommendationId, stored!).explored).toEqual(explored)
        expect(parseStoredSlate(recommendationId, stored!, () => undefined).items).toEqual(items)
      }
      for (const slate of slates.filter((one) => !one.explored)) {
        expect(slate.items.map(({ itemId }) => itemId)).toEqual(['p0', 'p1', 'p2'])
        expect(explored(slate)).toBeUndefined()
      }
    })

    it('keeps its item for an hour, whatever the user does meanwhile', async () => {
      const service = await openShop(open, ALWAYS)
      const first = explored(await ask(service))!.itemId
      const seen = new Set([first])
      for (let i = 0; i < 5; i++) {
        await service.ingest.record([{ userId: 'me', itemId: `p${i}`, eventType: 'view' }])
        service.clock.advance(MINUTE)
        seen.add(explored(await ask(service))!.itemId)
      }
      expect(seen).toEqual(new Set([first]))
      for (let i = 0; i < 20; i++) {
        service.clock.advance(HOUR)
        seen.add(explored(await ask(service))!.itemId)
      }
      expect(seen.size).toBeGreaterThan(4)
    })

    it('is not in a preview, nor in slates for users who have opted out', async () => {
      const service = await openShop(open, ALWAYS)
      await service.uploads.upsertUsers([{ userId: 'shy', attributes: {}, optOut: true }])
      expect(explored(await ask(service, { preview: true }))).toBeUndefined()
      expect(explored(await ask(service, { userId: 'shy' }))).toBeUndefined()
      expect(explored(await ask(service))).toBeDefined()
    })

    it('gives way to pins, and is drawn among items that the limits admit beside them', async () => {
      const service = await openShop(open, ALWAYS)
      const rules = { pin: [{ itemId: 'n0', position: 2 }], limitPer: [{ attribute: 'brand', limit: 1 }] }
      const { items, explored: slot } = await ask(service, { rules })
      expect(items.map(({ itemId, exploration }) => [itemId, exploration])).toEqual([
        ['p0', false],
        ['n0', false],
        [expect.stringMatching(/^n[357]$/), true],
      ])
      // Not those of brand x, which n0 has, nor n1, which the slate would show anyway.
      expect([...slot!.arms].sort()).toEqual(['n3', 'n5', 'n7'])
      const all = { pin: ['p3', 'p4', 'p5'].map((itemId, i) => ({ itemId, position: i + 1 })) }
      expect(explored(await ask(service, { rules: all }))).toBeUndefined()
    })

    it('obeys filters and exclusions, shows no buried item, and is absent if no item remains', async () => {
      const service = await openShop(open, ALWAYS)
      await service.ingest.record([{ userId: 'other', itemId: 'n6', eventType: 'view' }])
      await service.uploads.upsertItems([{ itemId: 'n1', attributes: {}, available: false }])
      await service.store.settle()
      service.clock.advance(MINUTE)
      const isX = { attribute: { name: 'brand', eq: 'x' } }
      const ruled = (rules: Rules) => ask(service, { rules, first: 3 })
      const armsOf = async (rules: Rules) => [...((await ruled(rules)).explored?.arms ?? [])].sort()
      expect(await armsOf({ exclude: ['n2'] })).toEqual(['n0', 'n3', 'n4', 'n5', 'n6', 'n7'])
      expect(await armsOf({ boost: [{ filter: isX, factor: 0.5 }] })).toEqual(['n3', 'n5', 'n7'])
      expect(await armsOf({ filter: { or: [{ not: isX }, { feature: { name: 'item_views', gt: 0 } }] } })).toEqual([
        ...['n3', 'n5', 'n6', 'n7'],
      ])
      expect(await armsOf({ filter: { attribute: { name: 'brand', eq: 'p' } } })).toEqual([])
    })

    it('no longer shows an item that is well known, until the item is forgotten again', async () => {
      const service = await openShop(open, ALWAYS)
      const { ingest, clock } = service
      // The shop has a click in seven impressions: after five times as many an item is known.
      const shown = Array.from({ length: 50 }, (_, i) => ({ userId: `v${i}`, itemId: 'n3', eventType: 'impression' }))
      await ingest.record(shown)
      await service.store.settle()
      clock.advance(MINUTE)
      const arms = async () => (await ask(service)).explored!.arms
      expect(await arms()).not.toContain('n3')
      clock.advance(21 * DAY)
      expect(await arms()).toContain('n3')
    })

    it('takes items as known by their clicks and views in a shop that reports no impressions', async () => {
      const service = await open({ domain: exploring(ALWAYS), explores: true, dataDir: null })
      const itemIds = Array.from({ length: 8 }, (_, i) => `n${i}`)
      await service.uploads.upsertItems(itemIds.map((itemId) => ({ itemId, attributes: {} })))
      const by = (itemId: string, eventType: string, times: number) =>
        Array.from({ length: times }, (_, i) => ({ userId: `${itemId}-${i}`, itemId, eventType }))
      await service.ingest.record([...by('n3', 'view', 3), ...by('n3', 'click', 3), ...by('n4', 'view', 4)])
      await service.store.settle()
      service.clock.advance(MINUTE)
      const known = itemIds.filter((itemId) => itemId !== 'n3')
      expect(new Set(await littleKnown(service))).toEqual(new Set(known))
      service.clock.advance(7 * DAY)
      expect(new Set(await littleKnown(service))).toEqual(new Set(itemIds))
    })

    it('takes no item as known after one impression, however many clicks come without an impression', async () => {
      const service = await openShop(open, ALWAYS)
      const clicks = Array.from({ length: 2400 }, (_, i) => ({ userId: `c${i}`, itemId: `p${i % 6}`, eventType: 'click' }))
      const shown = (itemId: string, times: number) =>
        Array.from({ length: times }, (_, i) => ({ userId: `v${i}`, itemId, eventType: 'impression' }))
      await service.ingest.record([...clicks, ...shown('n3', 1), ...shown('n4', 6)])
      await service.store.settle()
      service.clock.advance(MINUTE)
      const itemIds = await littleKnown(service)
      expect(itemIds).toContain('n3')
      expect(itemIds).not.toContain('n4')
    })

    it('learns which items are liked, and shows them more often', async () => {
      const service = await openShop(open, ALWAYS, { gamma: 100 })
      const { ingest, clock } = service
      for (let i = 0; i < 60; i++) {
        clock.advance(MINUTE)
        const { recommendationId, items } = await ask(service, { userId: `u${i}` })
        const found = items.find(({ exploration }) => exploration)!
        const events = [{ userId: `u${i}`, eventType: 'impression', recommendationId, positions: [1, 2, 3] }]
        await ingest.record(events)
        if (/^n[02]$/.test(found.itemId))
          await ingest.record([{ userId: `u${i}`, eventType: 'click', recommendationId, itemId: found.itemId }])
      }
      await service.store.settle()
      clock.advance(MINUTE)
      const { explored: slot } = await ask(service, { userId: 'later' })
      const estimates = new Map(slot!.arms.map((itemId, i) => [itemId, slot!.estimates[i]]))
      const liked = [...estimates].filter(([itemId]) => /^n[02]$/.test(itemId)).map(([, estimate]) => estimate)
      const others = [...estimates].filter(([itemId]) => !/^n[02]$/.test(itemId)).map(([, estimate]) => estimate)
      expect(Math.min(...liked)).toBeGreaterThan(Math.max(...others))
    })
  })

  describe('a randomised slate', () => {
    it('records how probable each of its items was, and which items it would have shown otherwise', async () => {
      const service = await openShop(open, { ...ALWAYS, randomised: 1 })
      const slates = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(service, { userId: `u${i}`, first: 4 })))
      for (const { items, randomised, explored } of slates) {
        expect(randomised).toEqual({ share: 1, ranked: ['p0', 'p1', 'p2', 'p3'] })
        expect(explored).toBeUndefined()
        expect(items.every(({ propensity, exploration }) => propensity > 0 && propensity < 1 && !exploration)).toBe(true)
      }
      expect(new Set(slates.map(({ items }) => items.map(({ itemId }) => itemId).join())).size).toBeGreaterThan(5)
      const [again] = await Promise.all([ask(service, { userId: 'u0', first: 4 })])
      expect(again.items).toEqual(slates[0].items)
    })
  })
})

bothStoresWhenLong((open) => {
  it('over many users, an item is in the slot as often as the logged probabilities say', async () => {
    const service = await openShop(open, HALF)
    const counts = new Map<string, number>()
    const expected = new Map<string, number>()
    for (let block = 0; block < 30; block++) {
      const slates = await Promise.all(Array.from({ length: 50 }, (_, i) => ask(service, { userId: `b${block}-${i}` })))
      for (const { items, explored } of slates) {
        const name = items[1].exploration ? items[1].itemId : 'none'
        counts.set(name, (counts.get(name) ?? 0) + 1)
        if (!explored) continue
        // The same for all: nothing is learned meanwhile.
        const weights = inverseGapWeights(explored.estimates, explored.gamma)
        for (const [i, itemId] of explored.arms.entries()) expected.set(itemId, 0.5 * weights[i])
      }
    }
    expected.set('none', 0.5)
    const names = [...expected.keys()]
    const observed = names.map((name) => counts.get(name) ?? 0)
    expect(
      chiSquare(
        observed,
        names.map((name) => expected.get(name)!),
      ),
    ).toBeLessThan(chiSquareBound(names.length))
  })
})
