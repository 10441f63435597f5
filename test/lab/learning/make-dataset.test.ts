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
import { itWhenLong } from '../../support/long.ts'
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

async function dataset(events: readonly SimulatedEvent[], openings = true, copies = 1) {
  const target = scratchDirectory()
  const logs = Array.from({ length: copies }, () => new FolderLog(loggedFolder(events, { items: shop.items }), eCommerce))
  const splits = await makeDataset(target, { ...OPTIONS, logs, openings })
  const { header, ...files } = readDataset(target)
  return { splits, header, ...files, features: header.features }
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

  it('does not tell by its place which row is the next item', async () => {
    const { labels, groups } = (await dataset(log)).split('train')
    let start = 0
    let sum = 0
    for (const size of groups) {
      sum += labels.subarray(start, start + size).indexOf(1) / (size - 1)
      start += size
    }
    // Places drawn at random are in the middle on average. Their standard deviation is .29 at most.
    expect(Math.abs(sum / groups.length - 0.5)).toBeLessThan((4 * 0.29) / Math.sqrt(groups.length))
    expect(groups.length).toBeGreaterThan(50)
  })

  it('has the time, the user and the kind of each decision, log by log in the order of time', async () => {
    const { splits, decisions, split } = await dataset(log, true, 2)
    for (const name of SPLITS) {
      const [first, second, ...others] = splits[name].logs
      expect(others).toEqual([])
      expect(first + second).toBe(split(name).groups.length)
      const all = decisions(name)
      const [ofFirst, ofSecond] = [all.slice(0, first), all.slice(first)]
      // The logs are equal, but their users are not the same people.
      expect(ofSecond.map(({ at, kind }) => [at, kind])).toEqual(ofFirst.map(({ at, kind }) => [at, kind]))
      expect(new Set(all.map(({ user }) => user)).size).toBe(2 * new Set(ofFirst.map(({ user }) => user)).size)
      const times = ofFirst.map(({ at }) => at)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['again', 'new', 'opening']))
      const { missed, missedByKind } = splits[name]
      expect(missedByKind.again + missedByKind.new + missedByKind.opening).toBe(missed)
    }
  })

  it('has other rankings of the validation split, and says which items the session has', async () => {
    const { header, split, decisions, ranked } = await dataset(log)
    expect(header.rankings.slice(0, 3)).toEqual(['first_stage', 'rule', 'item_popularity_1h'])
    expect(header.rankings).toEqual(expect.arrayContaining(eCommerce.sources.map(({ name }) => name)))
    expect(header.gap).toBe(eCommerce.expiry.session)
    const { labels, groups } = split('validation')
    const { scores, inSession } = ranked()
    expect(inSession.length).toBe(labels.length)
    expect(scores.length).toBe(labels.length * header.rankings.length)
    const rule = header.rankings.indexOf('rule')
    const placed = header.rankings.indexOf('item_to_item')
    let start = 0
    for (const [at, { kind }] of decisions('validation').entries()) {
      const rows = Array.from({ length: groups[at] }, (_, row) => start + row)
      const next = rows.find((row) => labels[row] === 1)!
      expect(inSession[next]).toBe(kind === 'again' ? 1 : 0)
      if (kind === 'opening') expect(rows.some((row) => inSession[row] === 1)).toBe(false)
      for (const row of rows) expect(scores[row * header.rankings.length + rule]).toBeGreaterThan(0)
      start += groups[at]
    }
    const places = Array.from(labels, (_, row) => scores[row * header.rankings.length + placed])
    expect(places.some(Number.isNaN)).toBe(true)
    expect(places).toContain(-1)
    // The first stage has learned from choices that the log was played for.
    const first = header.rankings.indexOf('first_stage')
    const ofFirst = Array.from(labels, (_, row) => scores[row * header.rankings.length + first])
    expect(ofFirst.every(Number.isFinite)).toBe(true)
    expect(ofFirst).not.toEqual(Array.from(labels, (_, row) => scores[row * header.rankings.length + rule]))
  })

  it('has the validation split again, on the state at its start plus the session at hand', async () => {
    const from = Math.ceil(0.7 * log.length)
    const isOdd = (userId: string) => shoppers.findIndex((shopper) => shopper.userId === userId) % 2 === 1
    const items = shop.items.map(({ itemId }) => itemId)
    // From the start of the split on, every other user acts on other items.
    const changed = log.map((event, at) =>
      at < from || event.itemId === undefined || isOdd(event.userId)
        ? event
        : { ...event, itemId: items[(items.indexOf(event.itemId) + 7) % items.length] },
    )
    const times = (odd: boolean) => new Set(log.flatMap(({ userId, timestamp }) => (isOdd(userId) === odd ? [timestamp] : [])))
    const ofOthers = times(false)
    const ofOdd = [...times(true)].filter((time) => !ofOthers.has(time))
    const [one, other] = [await dataset(log), await dataset(changed)]
    const rowsAt = (made: typeof one, part: 'validation' | 'static') => {
      const { features, groups } = made.split(part)
      const { scores, inSession } = made.ranked(part)
      const [width, rankings] = [made.features.length, made.header.rankings.length]
      let start = 0
      return new Map(
        made.decisions(part).map(({ at, kind }, decision) => {
          const rows = Array.from({ length: groups[decision] }, (_, row) => {
            const of = start + row
            const scored = scores.subarray(of * rankings, (of + 1) * rankings)
            return [...features.subarray(of * width, (of + 1) * width), ...scored, inSession[of]].join()
          })
          start += groups[decision]
          // Rows are shuffled.
          return [`${at} ${kind}`, rows.sort().join('\n')]
        }),
      )
    }
    const { validation } = one.header.splits
    const again = one.header.static
    for (const kind of ['again', 'new', 'opening'] as const) {
      const all = (part: 'validation' | 'static', { missedByKind }: typeof again) =>
        one.decisions(part).filter((decision) => decision.kind === kind).length + missedByKind[kind]
      expect(all('static', again)).toBe(all('validation', validation))
    }
    const differing = (part: 'validation' | 'static') => {
      const [before, after] = [rowsAt(one, part), rowsAt(other, part)]
      return ofOdd.flatMap((at) =>
        ['again', 'new', 'opening'].filter((kind) => before.get(`${at} ${kind}`) !== after.get(`${at} ${kind}`)),
      ).length
    }
    expect(again.decisions).toBeGreaterThan(20)
    expect(differing('static')).toBe(0)
    expect(differing('validation')).toBeGreaterThan(10)
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

  itWhenLong('is the same for the same seed', async () => {
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
