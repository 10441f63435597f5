import { describe, expect, it } from 'vitest'
import { type Part, SPLITS } from '../../../lab/learning/dataset-writer.ts'
import { FolderLog } from '../../../lab/learning/folder-log.ts'
import { type GradedSlate, GradedSlates } from '../../../lab/learning/graded-slates.ts'
import { type DatasetOptions, makeDataset } from '../../../lab/learning/make-dataset.ts'
import { playLog } from '../../../lab/learning/play-log.ts'
import { sampleSlates } from '../../../lab/learning/slate-sample.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { simulateLog } from '../../../lab/simulation/simulate-log.ts'
import type { SimulatedEvent } from '../../../lab/simulation/simulated-event.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import type { DataFolder } from '../../../src/import/data-folder.ts'
import type { Service } from '../../../src/service/service.ts'
import type { SlateRequest } from '../../../src/slate/slate.ts'
import { HOUR } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { itWhenLong } from '../../support/long.ts'
import { readDataset } from '../../support/read-dataset.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'

const startsAt = Date.UTC(2024, 5, 3)
const WINDOW = 3 * HOUR
const shop = createShop({ seed: 5, items: 60, categories: 4, startsAt })
const shoppers = createShoppers(shop, { seed: 5, count: 90, days: 4 })
const log = [...simulateLog(shop, { seed: 5, shoppers, days: 4, startsAt })]
const OF_THE_USER = ['user_events', 'user_events_1d', 'user_repeat_rate', 'session_length', 'session_seconds', 'session_views']

function folderOf(events: readonly SimulatedEvent[], slates?: readonly object[]): DataFolder {
  return loggedFolder(events, { items: shop.items, ...(slates && { slates }) })
}

async function dataset(logs: readonly DataFolder[], changes: Partial<DatasetOptions> = {}) {
  const target = scratchDirectory()
  const said: string[] = []
  const splits = await makeDataset(target, {
    logs: logs.map((data) => new FolderLog(data, eCommerce)),
    domain: eCommerce,
    features: 'portable',
    openings: false,
    label: 'impressions',
    window: WINDOW,
    decisions: 1e6,
    negatives: 20,
    until: 1,
    seed: 7,
    log: (line) => said.push(line),
    ...changes,
  })
  const { header, split, decisions, column } = readDataset(target)
  return { splits, header, said: said.join('\n'), split, times: (name: Part) => decisions(name).map(({ at }) => at), column }
}

/** The labels of each decision. */
function decisions({ labels, groups }: { labels: Float32Array; groups: Uint32Array }): number[][] {
  let start = 0
  return Array.from(groups, (size) => {
    start += size
    return Array.from(labels.subarray(start - size, start))
  })
}

const whole = dataset([folderOf(log)])

describe('a training set from impressions', () => {
  it('has the slates of the validation split again, on the state at its start', async () => {
    const { header, split, times, column } = await whole
    expect(times('static')).toEqual(times('validation'))
    expect(decisions(split('static')).map((labels) => labels.sort())).toEqual(
      decisions(split('validation')).map((labels) => labels.sort()),
    )
    // Rows are shuffled. What was shown where is the same, what is known of the items is not.
    const changed = header.features.filter(
      (feature) => `${column('static', feature).sort()}` !== `${column('validation', feature).sort()}`,
    )
    expect(changed).not.toContain('position')
    expect(changed).toContain('item_coec_7d')
  })

  it('contains the items of each slate with their positions and outcomes', async () => {
    const { splits, header, split } = await whole
    expect(header).toMatchObject({ label: 'impressions', objective: 'order', positionFeature: 'position' })
    const at = header.features.indexOf('position')
    expect(at).toBe(header.features.length - 1)
    for (const name of SPLITS) {
      const { features, labels, groups } = split(name)
      expect(splits[name].decisions).toBeGreaterThan(20)
      expect(features.length).toBe(labels.length * header.features.length)
      let row = 0
      let inOrder = 0
      for (const size of groups) {
        const places = Array.from({ length: size }, () => features[row++ * header.features.length + at])
        // Scrolled from the top: places 1, 2, 3, …, in rows that stand in no such order.
        const scrolled = places.map((_, place) => place + 1)
        expect(places.toSorted((a, b) => a - b)).toEqual(scrolled)
        if (size > 3 && places.every((place, one) => place === scrolled[one])) inOrder++
      }
      expect(inOrder).toBeLessThan(groups.length / 10)
    }
    expect(new Set(split('train').labels)).toEqual(new Set([0, 1, 2, 3]))
  })

  it('gives each row the features of its item', async () => {
    const { header, split } = await dataset([folderOf(log)], { features: 'all' })
    const last = log.findLast(({ eventType }) => eventType === 'impression')!
    const slate = log.filter(({ eventAttributes }) => eventAttributes?.slate === last.eventAttributes?.slate)
    const shown = slate.filter(({ eventType }) => eventType === 'impression')
    const { features } = split('test')
    const width = header.features.length
    const cell = (name: string, row: number) =>
      features[features.length - (shown.length - row) * width + header.features.indexOf(name)]
    const rows = shown.map((_, row) => row).sort((a, b) => cell('position', a) - cell('position', b))
    const prices = rows.map((row) => cell('item_price', row))
    const known = new Map(shop.items.map(({ itemId, attributes }) => [itemId, attributes.price]))
    expect(new Set(prices).size).toBeGreaterThan(1)
    expect(prices).toEqual(shown.map(({ itemId }) => Math.fround(Number(known.get(itemId!)))))
  })

  it('has features as of the moment before the slate was seen', async () => {
    const slates = new Map<number, GradedSlate>()
    const found = new GradedSlates(eCommerce, WINDOW, undefined, (slate) => slates.set(slate.number, slate))
    log.forEach((event, number) => {
      found.add(number, event, undefined)
    })
    found.end()
    const latest = new Map<string, string>()
    const before = log.map(({ userId, eventId }) => {
      const previous = latest.get(userId) ?? ''
      latest.set(userId, eventId)
      return previous
    })
    let seen = 0
    const onSlate = async ({ number, items }: GradedSlate, request: SlateRequest, { recommender, catalogue }: Service) => {
      const itemIds = items.map(({ itemId }) => itemId)
      const { input, gathered } = await recommender.candidates(request, itemIds)
      expect(input.now).toBe(log[number].timestamp)
      expect(input.user.latestEventId).toBe(before[number])
      expect(gathered.itemIds).toEqual(expect.arrayContaining(itemIds))
      for (const itemId of itemIds) expect(catalogue.get(itemId)).toBeDefined()
      expect(input.surface).toBe(log[number].eventAttributes?.surface)
      seen++
    }
    const play = { data: folderOf(log), domain: eCommerce, shown: { byEvent: slates, onSlate } }
    await playLog(play, { byEvent: new Map() }, async () => {})
    expect(seen).toBe(slates.size)
    expect(seen).toBeGreaterThan(100)
  })

  it('uses no label beyond the used events, and leaves a window between splits', async () => {
    const first = Math.floor(log.length * 0.6)
    const options = { domain: eCommerce, window: WINDOW, until: first, keepsDeclared: false, decisions: 1e6, seed: 7 }
    const used = await sampleSlates(new FolderLog(folderOf(log), eCommerce), options)
    const cut = await sampleSlates(new FolderLog(folderOf(log.slice(0, first)), eCommerce), options)
    expect(used).toEqual(cut)
    const ends = { train: 0, validation: 0, test: 0 }
    for (const { number, split } of used.all.byDecision.values()) {
      ends[split] = Math.max(ends[split], log[number].timestamp)
    }
    for (const { number, split } of used.all.byDecision.values()) {
      const { timestamp } = log[number]
      if (split === 'validation') expect(timestamp - ends.train).toBeGreaterThan(WINDOW)
      if (split === 'test') expect(timestamp - ends.validation).toBeGreaterThan(WINDOW)
    }
  })

  it('omits and counts slates that teach no order, but only in the training split', async () => {
    const { splits, split } = await whole
    const uniform = (labels: readonly number[]) => new Set(labels).size === 1
    expect(splits.train.leftOut).toBeGreaterThan(splits.train.decisions)
    expect(decisions(split('train')).some(uniform)).toBe(false)
    for (const name of ['validation', 'test'] as const) {
      expect(splits[name].leftOut).toBe(0)
      expect(decisions(split(name)).filter(uniform).length).toBeGreaterThan(10)
    }
  })

  itWhenLong('omits nothing if items are shown one by one, since a single item has no order', async () => {
    const apart = log.map((event) => {
      const { slate: _, position: __, ...eventAttributes } = event.eventAttributes ?? {}
      return event.eventType === 'impression'
        ? { ...event, eventAttributes: { ...eventAttributes, slate: event.eventId } }
        : event
    })
    const { header, splits, split, said } = await dataset([folderOf(apart)])
    expect(header.objective).toBe('clicks')
    expect(said).toContain('most have one item')
    // What is the same for all candidates of a user at one moment can order none of them.
    for (const name of OF_THE_USER) expect(header.features).not.toContain(name)
    expect(header.features).toEqual(expect.arrayContaining(['item_coec_7d', 'pair_clicks', 'session_item_cf_max']))
    expect(header.monotone).toMatchObject({ item_coec_7d: 1, item_ctr_7d_ratio: 1, item_ctr_7d_rank: -1 })
    expect(header.monotone).not.toHaveProperty('item_popularity_1d_rank')
    const { header: ordered } = await whole
    expect(ordered.features).toEqual(expect.arrayContaining(OF_THE_USER))
    expect(ordered.monotone).toEqual({})
    for (const name of SPLITS) {
      expect(splits[name].leftOut).toBe(0)
      expect(new Set(split(name).groups)).toEqual(new Set([1]))
      expect(new Set(split(name).labels).size).toBeGreaterThan(1)
    }
  })

  it('does not know the future: other events after a moment do not change earlier vectors', async () => {
    const half = Math.floor(log.length * 0.5)
    const items = shop.items.map(({ itemId }) => itemId)
    const changed = log.map((event, at) =>
      at < half || event.itemId === undefined
        ? event
        : { ...event, itemId: items[(items.indexOf(event.itemId) + 7) % items.length] },
    )
    // A quarter of what is trained on lies further before that moment than a window, so that its labels stay as they are too.
    const one = await whole
    const other = await dataset([folderOf(changed)])
    const [vectors, others] = [one.split('train'), other.split('train')]
    const quarter = Math.floor(vectors.groups.length / 4)
    const rows = vectors.groups.subarray(0, quarter).reduce((sum, size) => sum + size, 0)
    const values = rows * one.header.features.length
    expect(values).toBeGreaterThan(1000)
    expect(others.groups.subarray(0, quarter)).toEqual(vectors.groups.subarray(0, quarter))
    expect(others.features.subarray(0, values)).toEqual(vectors.features.subarray(0, values))
    // The test can fail: behind that moment the vectors do differ.
    expect(other.split('test').features).not.toEqual(one.split('test').features)
  })

  it('does not use labels in vectors: other clicks on a slate change only the labels', async () => {
    // The very last slate of which something came: what is done with it cannot be known to any decision.
    const { header, split } = await whole
    const at = log.findLastIndex(({ eventType }) => eventType === 'click')
    const shown = log.slice(0, at).filter(({ userId, eventType }) => eventType === 'impression' && userId === log[at].userId)
    const slate = shown.filter(({ eventAttributes }) => eventAttributes?.slate === shown.at(-1)?.eventAttributes?.slate)
    const instead = slate.find(({ itemId }) => itemId !== log[at].itemId)!
    const changed = log.map((event, number) => (number === at ? { ...event, itemId: instead.itemId! } : event))
    const other = await dataset([folderOf(changed)])
    const first = log.findIndex(({ eventId }) => eventId === slate[0].eventId)
    const [one, two] = [split('test'), other.split('test')]
    expect(two.labels).not.toEqual(one.labels)
    // Slates decided after the click may see it; those up to its own may not.
    const later = new Set(log.slice(first + 1).flatMap(({ eventAttributes }) => eventAttributes?.slate ?? []))
    later.delete(slate[0].eventAttributes!.slate)
    const upTo = one.groups.length - later.size
    const rows = one.groups.subarray(0, upTo).reduce((sum, size) => sum + size, 0)
    expect(rows).toBeGreaterThan(0)
    expect(two.features.subarray(0, rows * header.features.length)).toEqual(
      one.features.subarray(0, rows * header.features.length),
    )
  })

  itWhenLong('is the same for slates of the service, which impressions name by their positions', async () => {
    const slates = new Map<string, { recommendationId: string; userId: string; generatedAt: number; items: object[] }>()
    const renamed: SimulatedEvent[] = []
    for (const event of log) {
      const { slate, position, ...eventAttributes } = event.eventAttributes ?? {}
      if (event.eventType !== 'impression' || typeof slate !== 'string') renamed.push(event)
      else {
        const { itemId, userId, timestamp, ...rest } = event
        const known = slates.get(slate)
        if (known) known.items.push({ itemId })
        else slates.set(slate, { recommendationId: slate, userId, generatedAt: timestamp, items: [{ itemId }] })
        // One event for each place, so that numbers and shares of the log stay as they are.
        renamed.push({ ...rest, userId, timestamp, eventAttributes, recommendationId: slate, positions: [Number(position)] })
      }
    }
    const one = await whole
    const other = await dataset([folderOf(renamed, [...slates.values()])])
    expect(other.header.features).toEqual(one.header.features)
    expect(other.splits).toEqual(one.splits)
    for (const name of SPLITS) expect(other.split(name)).toEqual(one.split(name))
  })

  it('omits and counts impressions whose slate is missing', async () => {
    const broken = log.map((event, at) => {
      if (event.eventType !== 'impression' || at % 50 > 0) return event
      const { itemId: _, ...rest } = event
      return { ...rest, recommendationId: 'gone', positions: [1, 99] }
    })
    const { said, splits } = await dataset([folderOf(broken)])
    expect(said).toMatch(/\d+ impressions omitted: their slate is not in the slates of the folder/)
    expect(splits.train.decisions).toBeGreaterThan(20)
  })

  it('refuses a window that leaves a split empty, and a log without impressions, with a sentence', async () => {
    await expect(dataset([folderOf(log)], { window: 48 * HOUR })).rejects.toThrow(/gap of 48 hours.*shorter --window/)
    const unseen = log.filter(({ eventType }) => eventType !== 'impression')
    await expect(dataset([folderOf(unseen)])).rejects.toThrow(/nothing was shown/)
  })

  itWhenLong(
    'chooses the kind of label by how many actions impressions explain, and refuses logs that differ in it',
    async () => {
      const seen = folderOf(log)
      const unseen = folderOf(log.filter(({ eventType }) => eventType !== 'impression'))
      const label = 'auto'
      expect((await dataset([seen], { label })).header.label).toBe('impressions')
      expect((await dataset([unseen], { label })).header).toMatchObject({ label: 'next_item', positionFeature: null })
      await expect(dataset([seen, unseen], { label })).rejects.toThrow(/explain most clicks, but those of .* do not/)
    },
  )
})
