import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Accumulator } from '../../src/accumulators/accumulator.ts'
import { featureMatrix } from '../../src/accumulators/feature-matrix.ts'
import { itemClickRate } from '../../src/accumulators/item-click-rate.ts'
import { userClickRate } from '../../src/accumulators/user-click-rate.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { addDecayedCell, mergeDecayedCells } from '../../src/state/decay.ts'
import { attributeKey, decayedSum, itemKey, SHOP } from '../../src/state/slots.ts'
import { tablePart } from '../../src/state/user-value.ts'
import { DAY } from '../../src/time-units.ts'
import { featureInput } from '../support/features.ts'
import { bothStores, type OpenedService, openOn, type ServiceOptions, UNLIMITED } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const MONTH = 30 * DAY
const EXPOSURE = tablePart('exposure', 1, { sum: 'real', epoch: 'count' }, { sum: 'sum', epoch: 'epoch', halfLife: MONTH })
const [OF_ITEM, OF_SHOP] = (['item', 'attribute'] as const).map((kind) =>
  Object.fromEntries(['impressions', 'clicks', 'expected_clicks'].map((name) => [name, decayedSum(kind, name, 7 * DAY)])),
)

/** Counts impressions and every click in the columns of item_click_rate as it was in version 0.1.0. */
const formerItemRate: Accumulator = {
  ...itemClickRate,
  parts: [],
  exposing: { find: () => [], sum: OF_ITEM.impressions },
  slots: [...Object.values(OF_ITEM), ...Object.values(OF_SHOP)],
  reduce: ({ meaning, facts, increments, time }) => {
    if (meaning.role !== 'impression' && meaning.role !== 'click') return
    const columns = meaning.role === 'click' ? ['clicks'] : ['impressions', 'expected_clicks']
    for (const { itemId } of facts.items) {
      for (const column of columns) {
        increments.addDecayed(OF_ITEM[column], itemKey(itemId), 1, time)
        increments.addDecayed(OF_SHOP[column], SHOP, 1, time)
      }
      increments.seen(SHOP, time)
    }
  },
}

/** Counts impressions and every click in the state of user_click_rate as it was in version 0.1.0. */
const formerUserRate: Accumulator = {
  ...userClickRate,
  parts: [EXPOSURE],
  retiredParts: [],
  reduce: ({ meaning, user, time }) => {
    const { sum, epoch } = user.get(EXPOSURE)
    addDecayedCell(sum, epoch, 0, meaning.role === 'impression' ? 1 : 0, time, MONTH)
    addDecayedCell(sum, epoch, 1, meaning.role === 'click' ? 1 : 0, time, MONTH)
  },
  merge: (into, from) => mergeDecayedCells(into.get(EXPOSURE), from.get(EXPOSURE)),
}

const FORMER: Domain = {
  ...UNLIMITED,
  accumulators: UNLIMITED.accumulators.map((one) =>
    one === itemClickRate ? formerItemRate : one === userClickRate ? formerUserRate : one,
  ),
}

const RATES = ['item_ctr_7d', 'item_coec_7d', 'user_ctr_30d', 'category_ctr_7d', 'surface_ctr_7d']

/** What comes before the upgrade: the item is shown once, and clicked five times. */
async function recordBefore({ ingest, uploads, store }: OpenedService): Promise<void> {
  await uploads.upsertItems([{ itemId: 'i1', attributes: { category: 'shoes' } }])
  const outcomes = await ingest.record([
    { eventId: 'shown', userId: 'ann', itemId: 'i1', eventType: 'impression', eventAttributes: { surface: 'home', position: 1 } },
    ...Array.from({ length: 5 }, (_, n) => ({ eventId: `click${n}`, userId: `u${n}`, itemId: 'i1', eventType: 'click' })),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 'RECORDED'))
  await store.settle()
}

async function valuesOf(service: OpenedService, names: readonly string[]): Promise<number[]> {
  const features = names.map((name) => service.accumulators.features.get(name)!)
  return [...featureMatrix(features, await featureInput(service, { surface: 'home' }))]
}

async function expectRatesToBeginAnew(service: OpenedService): Promise<void> {
  const { ingest, accumulators, store } = service
  const act = async (eventType: string, position: number) => {
    await ingest.record([{ userId: 'ann', itemId: 'i1', eventType, eventAttributes: { surface: 'home', position } }])
    await store.settle()
  }
  expect(await valuesOf(service, RATES)).toEqual(RATES.map(() => Number.NaN))
  expect(accumulators.codec.decode((await store.readValues([{ kind: 'user', id: 'ann' }]))[0]).foreign).toEqual([])
  // No click follows from an impression of before, of which the new sums know nothing.
  await act('click', 1)
  expect(await valuesOf(service, RATES)).toEqual(RATES.map(() => Number.NaN))
  await act('impression', 2)
  await act('impression', 3)
  await act('click', 2)
  // One click of two impressions, for the item, the user and the shop.
  const [ofItem, expected, ...others] = await valuesOf(service, RATES)
  expect([ofItem, ...others]).toEqual([0.5, 0.5, 0.5, 0.5].map((rate) => expect.closeTo(rate, 6)))
  // Before the first impression, no click rate was known. Before the second, it was 0, which counts as 0.0001.
  expect(expected).toBeCloseTo((0 + 1) / (0.0001 + 1), 6)
}

bothStores((open, store) => {
  it('sums of every click are never read as sums of click rates', async () => {
    const place: ServiceOptions = store === 'embedded' ? { dataDir: await temporaryDirectory() } : { prefix: 'rates' }
    const before = await open({ ...place, domain: FORMER })
    await recordBefore(before)
    const { clock } = before
    await before.close()
    clock.advance(1000)
    const after = await open({ ...place, clock })
    await expectRatesToBeginAnew(after)
    // Numbers of clicks go on.
    expect(await valuesOf(after, ['category_clicks_7d', 'item_clicks'])).toEqual([expect.closeTo(7, 3), 7])
  })
})

it('the journal of version 0.1.0 is read with click rates that begin anew, and with numbers of clicks that go on', async () => {
  const dataDir = await temporaryDirectory()
  await copyFile(join(import.meta.dirname, 'journal-of-every-click.jsonl'), join(dataDir, 'journal.jsonl'))
  const clock = new SettableClock()
  clock.advance(1000)
  const service = await openOn(undefined, { dataDir, clock })
  const columns = service.accumulators.layout.names.attribute
  const { data } = await service.store.readRows('attribute', [SHOP, attributeKey('category', 'shoes')])
  expect(data[columns.indexOf(`clicks@${7 * DAY}`)]).toBeGreaterThan(0)
  await expectRatesToBeginAnew(service)
  expect(await valuesOf(service, ['category_clicks_7d', 'item_clicks'])).toEqual([expect.closeTo(7, 3), 7])
  await service.close()
})
