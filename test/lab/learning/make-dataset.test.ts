import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../lab/learning/dataset-writer.ts'
import { FolderLog } from '../../../lab/learning/folder-log.ts'
import { datasetDependsOn, makeDataset } from '../../../lab/learning/make-dataset.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { simulateLog } from '../../../lab/simulation/simulate-log.ts'
import type { SimulatedEvent } from '../../../lab/simulation/simulated-event.ts'
import type { Domain } from '../../../src/domain/domain.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { DAY } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { readDataset } from '../../support/read-dataset.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'

const startsAt = Date.UTC(2024, 5, 3)
const shop = createShop({ seed: 5, items: 60, categories: 4, startsAt })
const shoppers = createShoppers(shop, { seed: 5, count: 90, days: 4 })
const log = [...simulateLog(shop, { seed: 5, shoppers, days: 4, startsAt })]

const OPTIONS = {
  domain: eCommerce,
  features: 'portable' as const,
  openings: true,
  label: 'next_item' as const,
  window: DAY,
  decisions: 1e6,
  negatives: 20,
  until: 1,
  seed: 7,
  log: () => {},
}

async function dataset(events: readonly SimulatedEvent[], openings = true) {
  const target = scratchDirectory()
  const logs = [new FolderLog(loggedFolder(events, { items: shop.items }), eCommerce)]
  const splits = await makeDataset(target, { ...OPTIONS, logs, openings })
  const { header, file, split } = readDataset(target)
  return { splits, file, split, features: header.features }
}

describe('a training set', () => {
  it('has every row of every decision, one positive in each', async () => {
    const { splits, file, split, features } = await dataset(log)
    for (const name of SPLITS) {
      const { rows, decisions } = splits[name]
      expect(decisions).toBeGreaterThan(20)
      expect(file(`${name}.features.f32`).length).toBe(rows * features.length * 4)
      const { labels, groups } = split(name)
      expect(groups.reduce((sum, size) => sum + size, 0)).toBe(rows)
      expect(groups.length).toBe(decisions)
      let start = 0
      for (const size of groups) {
        expect(labels.subarray(start, start + size).reduce((sum, label) => sum + label, 0)).toBe(1)
        start += size
      }
    }
  })

  it('does not know the future: other events after a moment do not change earlier vectors', async () => {
    const whole = await dataset(log)
    const half = Math.floor(log.length * 0.5)
    // Other items for everything in the second half; which decisions are taken, and when, stays as it is.
    const items = shop.items.map(({ itemId }) => itemId)
    const changed = log.map((event, at) =>
      at < half || event.itemId === undefined
        ? event
        : { ...event, itemId: items[(items.indexOf(event.itemId) + 7) % items.length] },
    )
    const other = await dataset(changed)
    // Train ends at 70 % of the log and begins at 25 %: what lies before half of the log comes first in its file.
    const groups = (made: typeof whole) => made.split('train').groups
    const before = Math.floor((groups(whole).length * (0.5 - 0.25)) / (0.7 - 0.25) / 2)
    const rows = groups(whole)
      .subarray(0, before)
      .reduce((sum, size) => sum + size, 0)
    const bytes = rows * whole.features.length * 4
    expect(bytes).toBeGreaterThan(0)
    expect(other.file('train.features.f32').subarray(0, bytes).equals(whole.file('train.features.f32').subarray(0, bytes))).toBe(
      true,
    )
    // The test can fail: behind that moment the vectors do differ.
    expect(other.file('test.features.f32').equals(whole.file('test.features.f32'))).toBe(false)
  })

  it('has decisions before sessions too, with the option for it', async () => {
    const [on, off] = [await dataset(log), await dataset(log, false)]
    for (const split of SPLITS) {
      const all = (made: typeof on) => made.splits[split].decisions + made.splits[split].missed
      // Sessions that begin in the split, as far as its first part, which is left out as a gap.
      expect(all(on)).toBeGreaterThan(all(off) * 1.05)
    }
  })

  it('is the same for the same seed', async () => {
    const [one, two] = await Promise.all([dataset(log), dataset(log)])
    expect(one.file('train.features.f32').equals(two.file('train.features.f32'))).toBe(true)
  })

  it('is not used again after a change of the domain that changes the candidates', async () => {
    const [source, ...others] = eCommerce.sources
    const domains: Domain[] = [
      eCommerce,
      { ...eCommerce, sources: [{ ...source, quota: source.quota + 1 }, ...others] },
      { ...eCommerce, sources: others },
      { ...eCommerce, surfaceSources: {} },
    ]
    const keys = await Promise.all(
      domains.map(async (domain) => JSON.stringify(await datasetDependsOn({ ...OPTIONS, domain, logs: [] }))),
    )
    expect(new Set(keys).size).toBe(domains.length)
  })
})
