import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import { ATTRIBUTE_FIGURES, ITEM_FIGURES } from '../../src/accumulators/decayed-figures.ts'
import { SharedRows } from '../../src/accumulators/feature-input.ts'
import { attributeKey, itemKey, SHOP, type Slot } from '../../src/state/slots.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { checkProperty } from '../support/check-property.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { featureInput } from '../support/features.ts'
import { ALL_SHOWN, type OpenedService } from '../support/service.ts'

const ITEMS = ['i1', 'i2']
const SURFACES = ['home', 'search']
const USERS = ['ann', 'bob']
const RATES = ['item_ctr_7d', 'user_ctr_30d', 'surface_ctr_7d', 'category_ctr_7d']

const step = fc.record({
  eventType: fc.constantFrom('impression', 'impression', 'click', 'click', 'click', 'view'),
  userId: fc.constantFrom(...USERS),
  itemId: fc.constantFrom(...ITEMS),
  surface: fc.option(fc.constantFrom(...SURFACES), { nil: undefined }),
  position: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  /** Staff: the event does not count. */
  traffic: fc.constantFrom(...Array.from({ length: 7 }, () => undefined), 'staff'),
  /** By how much it comes later than the step before, in ms. */
  waits: fc.constantFrom(...Array.from({ length: 12 }, () => 1), HOUR, DAY - 1, DAY, DAY + 1),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
type Timed = Step & { readonly at: number }

/** An impression, with the sums that count it, and whether a click has followed from it. */
interface Impression {
  readonly keys: readonly string[]
  readonly at: number
  isClicked: boolean
}

function keysOf({ surface, position, itemId }: Step): string[] {
  return [
    itemKey(itemId),
    SHOP,
    attributeKey('category', 'shoes'),
    ...(surface === undefined ? [] : [attributeKey('surface', surface)]),
    ...(position === undefined ? [] : [attributeKey('position', `${surface ?? ''}#${position}`)]),
  ]
}

/** What docs/decisions/0013 says of clicks and impressions, as plainly as can be. */
function impressionsOf(steps: readonly Timed[]): Impression[] {
  const all: Impression[] = []
  /** By user and item: the latest impression at each place, latest last. */
  const latest = new Map<string, Map<string, Impression>>()
  for (const step of steps) {
    const { eventType, userId, itemId, surface, position, at, traffic } = step
    if (traffic !== undefined) continue
    const pair = `${userId} ${itemId}`
    const places = latest.get(pair) ?? new Map<string, Impression>()
    latest.set(pair, places)
    const place = `${surface}#${position}`
    if (eventType === 'impression') {
      const impression = { keys: keysOf(step), at, isClicked: false }
      all.push(impression)
      places.delete(place)
      places.set(place, impression)
    } else if (eventType === 'click') {
      const open = [...places].filter(([, one]) => !one.isClicked && one.at >= at - DAY).reverse()
      const named = position === undefined ? undefined : open.find(([one]) => one === place)
      const [, followed] = named ?? open[0] ?? []
      if (followed) followed.isClicked = true
    }
  }
  return all
}

async function figureOf({ store, accumulators, domain, clock }: OpenedService, key: string, slot: Slot): Promise<number> {
  const kind = key.startsWith('item:') ? 'item' : 'attribute'
  const rows = new SharedRows(accumulators.layout, kind, await store.readRows(kind, [key]), clock.now(), domain.expiry.item)
  return rows.decayed(slot)(0)
}

async function recordAll(service: OpenedService, steps: readonly Step[]): Promise<Timed[]> {
  const { clock, ingest, uploads, store } = service
  await uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: { category: 'shoes' } })))
  const timed: Timed[] = []
  for (const step of steps) {
    clock.advance(step.waits)
    const { eventType, userId, itemId, surface, position, traffic } = step
    const eventAttributes = Object.fromEntries(
      Object.entries({ surface, position, traffic }).filter(([, value]) => value !== undefined),
    )
    await ingest.record([{ eventType, userId, itemId, timestamp: clock.now(), eventAttributes }])
    timed.push({ ...step, at: clock.now() })
  }
  await store.settle()
  return timed
}

async function ratesOf(service: OpenedService): Promise<number[]> {
  const read = RATES.map((name) => service.accumulators.features.get(name)!)
  const matrices = await Promise.all(
    USERS.flatMap((userId) =>
      SURFACES.map(async (surface) => featureMatrix(read, await featureInput(service, { userId, itemIds: ITEMS, surface }))),
    ),
  )
  return matrices.flatMap((matrix) => [...matrix])
}

bothStoresWhenLong((open, store) => {
  it('each click of a rate follows from one impression of the rate, whatever happens', async () => {
    const runs = store === 'embedded' ? 60 : 15
    let followed = 0
    const property = fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 25, size: 'max' }), async (steps) => {
      const service = await open({ dataDir: null, domain: ALL_SHOWN })
      const impressions = impressionsOf(await recordAll(service, steps))
      const clicked = impressions.filter(({ isClicked }) => isClicked)
      followed += clicked.length
      for (const key of new Set(steps.flatMap(keysOf))) {
        const figures = key.startsWith('item:') ? ITEM_FIGURES : ATTRIBUTE_FIGURES
        const now = service.clock.now()
        const sum = (of: readonly Impression[]) =>
          of.reduce((total, { keys, at }) => total + (keys.includes(key) ? 2 ** ((at - now) / (7 * DAY)) : 0), 0)
        expect(await figureOf(service, key, figures.impressions7d)).toBeCloseTo(sum(impressions), 6)
        expect(await figureOf(service, key, figures.shownClicks7d)).toBeCloseTo(sum(clicked), 6)
        const rated = await figureOf(service, key, figures.ratedClicks7d)
        expect(rated).toBeLessThanOrEqual(sum(clicked) + 1e-6)
        if ((await figureOf(service, key, figures.expectedClicks7d)) === 0) expect(rated).toBe(0)
      }
      for (const rate of await ratesOf(service)) {
        if (impressions.length === 0) expect(rate).toBeNaN()
        else if (!Number.isNaN(rate)) expect(rate >= 0 && rate <= 1, `a rate of ${rate}`).toBe(true)
      }
      await service.close()
    })
    await checkProperty(property, runs)
    expect(followed).toBeGreaterThan(runs / 4)
  })
})
