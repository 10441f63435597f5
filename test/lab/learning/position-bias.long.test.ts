import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../lab/random.ts'
import { sessionSteps } from '../../../lab/simulation/behaviour.ts'
import { nextVisit } from '../../../lab/simulation/next-visit.ts'
import { openSession } from '../../../lab/simulation/session.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers, taste } from '../../../lab/simulation/shopper.ts'
import { createMemory } from '../../../lab/simulation/shopper-memory.ts'
import type { SimulatedEvent } from '../../../lab/simulation/simulated-event.ts'
import { FEATURE_LAYOUT_VERSION, featureMatrix } from '../../../src/accumulators/accumulator-set.ts'
import { OnnxRanker } from '../../../src/ranking/onnx-ranker.ts'
import { DAY } from '../../../src/time-units.ts'
import { openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { train, trainingAvailable } from '../../support/training-environment.ts'

const startsAt = Date.UTC(2024, 5, 3)
const DAYS = 7
const shop = createShop({ seed: 4, startsAt, items: 60, categories: 4, days: 1 })
// All like the same, and like it much: then it can be seen in few clicks whether that is learned.
for (const item of shop.truth) item.quality *= 3
// Of the second place, less than half of what they look at of the first.
const shoppers = createShoppers(shop, { seed: 4, count: 2000, days: 1 }).map((shopper) => ({
  ...shopper,
  patience: 0.5,
  brands: shopper.brands.map(() => 1.5),
  style: shopper.style.map(() => 0),
  priceLevel: 0,
}))
const itemIds = shop.items.map(({ itemId }) => itemId)
/** Where an item mostly stands, whoever the slate is for: decided by nothing that anyone likes. */
const place = new Map(new Random(4, 'places').shuffle(itemIds).map((itemId, at) => [itemId, at]))

/** The log of a shop whose slates hold items drawn at random, in an order that has nothing to do with them. */
function arbitraryLog(): SimulatedEvent[] {
  const random = new Random(4, 'slates')
  const events: SimulatedEvent[] = []
  for (const shopper of shoppers) {
    const memory = createMemory()
    const visits = new Random(4, 'visits', shopper.userId)
    let at = nextVisit(shopper, memory, startsAt, visits)
    for (let visit = 1; at < startsAt + DAYS * DAY; visit++) {
      const session = openSession({ shop, shopper, memory, seed: 4, visit, at })
      const steps = sessionSteps(shopper, session)
      for (let step = steps.next(); !step.done; ) {
        if (step.value.kind === 'event') {
          events.push(step.value.event)
          step = steps.next()
        } else {
          const drawn = random.shuffle(itemIds).slice(0, step.value.request.first)
          const at = new Map(drawn.map((itemId) => [itemId, place.get(itemId)! + random.normal(0, 8)]))
          step = steps.next({ itemIds: drawn.sort((a, b) => at.get(a)! - at.get(b)!) })
        }
      }
      at = nextVisit(shopper, memory, session.at, visits)
    }
  }
  return events.sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1))
}

/** Spearman's correlation, of values without ties. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]) => {
    const order = values.map((_, at) => at).sort((x, y) => values[x] - values[y])
    const ranked = new Array<number>(values.length)
    for (const [rank, at] of order.entries()) ranked[at] = rank
    return ranked
  }
  const [left, right] = [ranks(a), ranks(b)]
  const squares = left.reduce((sum, rank, at) => sum + (rank - right[at]) ** 2, 0)
  return 1 - (6 * squares) / (a.length * (a.length ** 2 - 1))
}

/** By item, the sum of its scores for fifty shoppers after the log, by a model that was trained on it. */
async function scoresAfter(log: readonly SimulatedEvent[]): Promise<number[]> {
  const folder = await temporaryDirectory()
  const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  await writeFile(join(folder, 'events.jsonl'), lines(log))
  await writeFile(join(folder, 'items.jsonl'), lines(shop.items))
  await train([folder, '--out', join(folder, 'model'), '--label', 'impressions', '--window', '3', '--keep-trained'])

  const service = await openOn(undefined, { dataDir: null, clock: new SettableClock(startsAt) })
  const { uploads, ingest, clock, recommender, accumulators } = service
  await uploads.upsertItems(shop.items)
  for (const event of log) {
    clock.set(event.timestamp)
    await ingest.record([event])
  }
  const ranker = await OnnxRanker.load(join(folder, 'model'), {
    features: new Set(accumulators.features.keys()),
    layoutVersion: FEATURE_LAYOUT_VERSION,
  })
  const columns = ranker.features.map(
    (name) => accumulators.features.get(name) ?? { column: () => () => ranker.constants.get(name)! },
  )
  const sums = itemIds.map(() => 0)
  for (const { userId } of shoppers.slice(0, 50)) {
    const request = { userId, first: 12, surface: 'home', device: 'phone', sessionId: undefined }
    const { gathered, input } = await recommender.candidates(request, itemIds)
    const scores = await ranker.score(featureMatrix(columns, input), gathered.itemIds.length)
    for (const [row, itemId] of gathered.itemIds.entries()) sums[itemIds.indexOf(itemId)] += scores[row]
  }
  await ranker.release()
  return sums
}

describe.skipIf(!trainingAvailable)('position bias', () => {
  it('is not learned as quality', { timeout: 600_000 }, async () => {
    const log = arbitraryLog()
    const unplaced = log.map(({ eventAttributes, ...event }) => {
      const { position: _, ...rest } = eventAttributes ?? {}
      return { ...event, eventAttributes: rest }
    })

    const shown = new Map<string, number>()
    const clicked = new Map<string, number>()
    for (const { eventType, itemId, eventAttributes } of log) {
      if (itemId === undefined) continue
      if (eventType === 'impression') shown.set(itemId, (shown.get(itemId) ?? 0) + 1)
      if (eventType === 'click' && eventAttributes?.surface) clicked.set(itemId, (clicked.get(itemId) ?? 0) + 1)
    }
    const clickRate = itemIds.map((itemId) => (clicked.get(itemId) ?? 0) / shown.get(itemId)!)
    const odds = (n: number) => 1 / (1 + Math.exp(-n))
    const quality = shop.truth.map((item) => shoppers.reduce((sum, shopper) => sum + odds(taste(shopper, item)), 0))

    const [placed, blind] = [await scoresAfter(log), await scoresAfter(unplaced)]
    const figures = {
      clickRate: correlation(clickRate, quality),
      placed: { quality: correlation(placed, quality), clickRate: correlation(placed, clickRate) },
      blind: { quality: correlation(blind, quality), clickRate: correlation(blind, clickRate) },
    }
    const both = (of: { quality: number; clickRate: number }) =>
      `${of.quality.toFixed(3)}, with click rates ${of.clickRate.toFixed(3)}`
    console.log(
      [
        `rank correlations with the true quality of ${itemIds.length} items, after ${log.length} events`,
        `click rates: ${figures.clickRate.toFixed(3)}`,
        `scores of a model that was told positions: ${both(figures.placed)}`,
        `of one that was not: ${both(figures.blind)}`,
      ].join('\n'),
    )
    expect(figures.placed.quality).toBeGreaterThan(figures.placed.clickRate)
    expect(figures.placed.quality).toBeGreaterThan(figures.clickRate)
    // Without the places the model takes the one for the other: the test can fail.
    expect(figures.blind.quality).toBeLessThan(figures.blind.clickRate)
  })
})
