import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ATTRIBUTE_FIGURES, ITEM_FIGURES } from '../../src/accumulators/decayed-figures.ts'
import { SharedRows } from '../../src/accumulators/feature-input.ts'
import { attributeKey, itemKey, SHOP, type Slot } from '../../src/state/slots.ts'
import { DAY, HOUR } from '../../src/time-units.ts'
import { checkProperty } from '../support/check-property.ts'
import { bothStores, type OpenedService } from '../support/service.ts'

const ITEMS = ['i1', 'i2']
const SURFACES = ['home', 'search']

const step = fc.record({
  eventType: fc.constantFrom('impression', 'impression', 'click', 'click', 'view'),
  userId: fc.constantFrom('ann', 'bob'),
  itemId: fc.constantFrom(...ITEMS),
  surface: fc.option(fc.constantFrom(...SURFACES), { nil: undefined }),
  position: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  /** By how much it comes later than the step before, in ms. */
  waits: fc.constantFrom(1, 1, 1, HOUR, DAY - 1, DAY, DAY + 1),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** One count of the expected figures: what it counts for, and when. */
interface Count {
  readonly key: string
  readonly at: number
}

/** What docs/reference/features.md says of clicks and impressions, as plainly as can be. */
function expectedCounts(steps: readonly (Step & { readonly at: number })[]): { impressions: Count[]; clicks: Count[] } {
  const impressions: Count[] = []
  const clicks: Count[] = []
  for (const [n, { eventType, userId, itemId, at }] of steps.entries()) {
    const keysOf = ({ surface, position, itemId }: Step) => [
      itemKey(itemId),
      SHOP,
      ...(surface === undefined ? [] : [attributeKey('surface', surface)]),
      ...(position === undefined ? [] : [attributeKey('position', `${surface ?? ''}#${position}`)]),
    ]
    if (eventType === 'impression') for (const key of keysOf(steps[n])) impressions.push({ key, at })
    if (eventType !== 'click') continue
    const before = steps.slice(0, n).filter((step) => step.userId === userId && step.itemId === itemId)
    const latest = before.findLastIndex((step) => step.eventType === 'impression')
    if (latest < 0 || before[latest].at < at - DAY) continue
    if (before.slice(latest).some((step) => step.eventType === 'click')) continue
    for (const key of keysOf(before[latest])) clicks.push({ key, at: before[latest].at })
  }
  return { impressions, clicks }
}

async function figureOf({ store, accumulators, domain, clock }: OpenedService, key: string, slot: Slot): Promise<number> {
  const kind = key.startsWith('item:') ? 'item' : 'attribute'
  const rows = new SharedRows(accumulators.layout, kind, await store.readRows(kind, [key]), clock.now(), domain.expiry.item)
  return rows.decayed(slot)(0)
}

bothStores((open, store) => {
  it('clicks count in rates exactly once with their impression, whatever comes between', async () => {
    const runs = store === 'embedded' ? 60 : 15
    let followed = 0
    const property = fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 25 }), async (steps) => {
      const service = await open({ dataDir: null })
      const { clock, ingest, store: state } = service
      const timed: (Step & { at: number })[] = []
      for (const step of steps) {
        clock.advance(step.waits)
        const { eventType, userId, itemId, surface, position } = step
        const eventAttributes = { ...(surface && { surface }), ...(position !== undefined && { position }) }
        await ingest.record([{ eventType, userId, itemId, timestamp: clock.now(), eventAttributes }])
        timed.push({ ...step, at: clock.now() })
      }
      await state.settle()
      const { impressions, clicks } = expectedCounts(timed)
      followed += clicks.length
      for (const key of new Set(impressions.map((count) => count.key))) {
        const { impressions7d, clicks7d, ratedClicks7d, expectedClicks7d } = key.startsWith('item:')
          ? ITEM_FIGURES
          : ATTRIBUTE_FIGURES
        const sum = (counts: readonly Count[]) =>
          counts.reduce((total, count) => total + (count.key === key ? 2 ** ((count.at - clock.now()) / (7 * DAY)) : 0), 0)
        expect(await figureOf(service, key, impressions7d)).toBeCloseTo(sum(impressions), 6)
        expect(await figureOf(service, key, clicks7d)).toBeCloseTo(sum(clicks), 6)
        const rated = await figureOf(service, key, ratedClicks7d)
        expect(rated).toBeLessThanOrEqual(sum(clicks) + 1e-6)
        if ((await figureOf(service, key, expectedClicks7d)) === 0) expect(rated).toBe(0)
      }
      await service.close()
    })
    await checkProperty(property, runs)
    expect(followed).toBeGreaterThan(runs / 2)
  })
})
