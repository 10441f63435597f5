import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { mean } from 'd3-array'
import { describe, expect, it } from 'vitest'
import { GradedSlates } from '../../../lab/learning/graded-slates.ts'
import { openLogs } from '../../../lab/learning/open-logs.ts'
import { Random } from '../../../lab/random.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION, featureMatrix } from '../../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import { OnnxRanker } from '../../../src/ranking/onnx-ranker.ts'
import type { Slate, SlateRequest } from '../../../src/slate/slate.ts'
import { DAY } from '../../../src/time-units.ts'
import { serveShop, type TrueGain } from '../../support/served-shop.ts'
import { openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { train, trainingAvailable } from '../../support/training-environment.ts'

const startsAt = Date.UTC(2024, 5, 3)
const DAYS = 5
/** `npm run test:long` asks for more people. */
const FACTOR = Number(process.env.SHOP_FACTOR ?? 1)
/** What a model gains differs between shops by more than a tenth, so one shop tells little. */
const SEEDS = [21, 22, 23, 24]
const HELD_OUT = DAYS * DAY

interface Shop {
  readonly seed: number
  readonly shop: ReturnType<typeof createShop>
  readonly shoppers: ReturnType<typeof createShoppers>
}

/** A shop whose people are of a kind that the model which ships has not met: each loves a few brands, and wants nothing of others. */
function ownShop(seed: number): Shop {
  const shop = createShop({ seed, startsAt, items: 150, categories: 6, days: DAYS + 2 })
  const shoppers = createShoppers(shop, { seed, count: 600 * FACTOR, days: DAYS }).map((shopper) => ({
    ...shopper,
    brands: shopper.brands.map((liking) => 5 * liking),
  }))
  return { seed, shop, shoppers }
}

const KNOWN = {
  features: new Set(new AccumulatorSet(eCommerce.accumulators).features.keys()),
  layoutVersion: FEATURE_LAYOUT_VERSION,
}

/**
 * NDCG@10 of the models on impressions that none of them has put in order: a day of slates whose items stand at random, judged by
 * what was clicked.
 */
async function shuffledNdcg(
  { seed, shop, shoppers }: Shop,
  dataDir: string,
  modelDir: string,
  models: readonly string[],
): Promise<Record<string, number>> {
  const from = startsAt + HELD_OUT
  const service = await openOn(undefined, { dataDir, clock: new SettableClock(from), modelDir, model: 'default' })
  const rankers = await Promise.all(models.map((name) => OnnxRanker.load(join(modelDir, name), KNOWN)))
  const random = new Random(seed, 'shuffled')
  const { recommender, store, accumulators, clock } = service
  const scores = new Map<string, Map<string, number[]>>()
  const answer = async (request: SlateRequest): Promise<Slate> => {
    const served = await recommender.recommend(request, 'INITIAL')
    const slate = { ...served, items: random.shuffle([...served.items]) }
    const { recommendationId, userId } = slate
    await store.putSlate({ kind: 'slate', recommendationId, userId, at: clock.wall(), slate })
    const { input, gathered } = await recommender.candidates(request)
    const byModel = await Promise.all(
      rankers.map((ranker) => {
        const features = ranker.features.map(
          (name) => accumulators.features.get(name) ?? { column: () => () => ranker.constants.get(name)! },
        )
        return ranker.score(featureMatrix(features, input), gathered.itemIds.length)
      }),
    )
    scores.set(recommendationId, new Map(gathered.itemIds.map((itemId, row) => [itemId, byModel.map((ofModel) => ofModel[row])])))
    return slate
  }
  await serveShop(service, { shop, shoppers, seed, run: 'shuffled', from, until: from + DAY, answer })
  await service.close()
  await Promise.all(rankers.map((ranker) => ranker.release()))

  const sums = models.map(() => 0)
  let judged = 0
  const shown = new GradedSlates(eCommerce, DAY, undefined, ({ recommendationId, items }) => {
    const ofSlate = scores.get(recommendationId ?? '')
    const rows = items.flatMap(({ itemId, grade }) => {
      const found = ofSlate?.get(itemId)
      return found ? [{ found, clicked: grade > 0 }] : []
    })
    const clicks = rows.filter(({ clicked }) => clicked).length
    if (clicks === 0 || clicks === rows.length) return
    judged++
    const discount = (rank: number) => (rank < 10 ? 1 / Math.log2(rank + 2) : 0)
    const ideal = Array.from({ length: clicks }, (_, rank) => discount(rank)).reduce((a, b) => a + b)
    for (const m of models.keys()) {
      const ordered = rows.toSorted((a, b) => b.found[m] - a.found[m])
      sums[m] += ordered.reduce((sum, { clicked }, rank) => sum + (clicked ? discount(rank) : 0), 0) / ideal
    }
  })
  const [log] = await openLogs([dataDir], {
    domain: eCommerce,
    archive: undefined,
    scratch: join(await temporaryDirectory(), 'held'),
  })
  let number = 0
  for await (const { event, slate } of log.events(noProblems())) shown.add(number++, event, slate)
  shown.end()
  expect(judged).toBeGreaterThan(100)
  return Object.fromEntries(models.map((name, m) => [name, sums[m] / judged]))
}

/** The figure that a line of the command gives. */
function figure(said: string, title: string): number {
  const [, value] = said.match(new RegExp(`^${title}: ([\\d.]+) `, 'm')) ?? []
  return Number(value)
}

/** What a model of its own brings a shop. */
interface Gain {
  readonly ndcg: { readonly own: number; readonly shipped: number }
  /** Clicks of its slates as a share of those of the ideal slates, divided by that of the model that ships. */
  readonly clicks: number
}

async function gainOf(own: Shop): Promise<Gain> {
  const dataDir = await temporaryDirectory()
  const recording = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt), model: 'default', vectorShare: 0.02 })
  await serveShop(recording, { ...own, run: 'first', from: startsAt, until: startsAt + HELD_OUT })
  await recording.close()

  const modelDir = await temporaryDirectory()
  cpSync('models/default', join(modelDir, 'default'), { recursive: true })
  const said = await train([
    dataDir,
    '--out',
    join(modelDir, 'own'),
    '--window',
    '6',
    '--keep-trained',
    '--compare',
    'models/default',
  ])
  expect(said).toMatch(/ decisions compared with their vectors as served, 0 differ\n/)

  const gains: Record<string, TrueGain> = {}
  for (const model of ['default', 'own']) {
    const copy = await temporaryDirectory()
    cpSync(dataDir, copy, { recursive: true })
    const from = startsAt + HELD_OUT
    const service = await openOn(undefined, { dataDir: copy, clock: new SettableClock(from), modelDir, model })
    gains[model] = await serveShop(service, { ...own, run: model, from, until: from + DAY })
    await service.close()
  }
  const copy = await temporaryDirectory()
  cpSync(dataDir, copy, { recursive: true })
  const ndcg = await shuffledNdcg(own, copy, modelDir, ['own', 'default'])
  const { own: served, default: shipped } = gains
  const inOrder = (title: string) => figure(said, title).toFixed(3)
  console.log(
    [
      `shop ${own.seed}`,
      `held-out impressions in random order, NDCG@10: ${ndcg.own.toFixed(3)}, of the model that ships ${ndcg.default.toFixed(3)}`,
      `those that the latter has put in order: ${inOrder('Test NDCG@10')}, ${inOrder('Test, model default, NDCG@10')}`,
      `clicks that a slate is worth: ${served.served.toFixed(3)}, of the model that ships ${shipped.served.toFixed(3)}`,
      `gain of true tastes over them: ${(served.ideal / served.served).toFixed(2)} times, ${(shipped.ideal / shipped.served).toFixed(2)} times`,
    ].join('\n'),
  )
  return {
    ndcg: { own: ndcg.own, shipped: ndcg.default },
    clicks: served.served / served.ideal / (shipped.served / shipped.ideal),
  }
}

describe.skipIf(!trainingAvailable)('a model from what the service recorded', () => {
  it('beats the shipped model for the recorded users', { timeout: 3_600_000 }, async () => {
    const gains: Gain[] = []
    for (const seed of SEEDS) gains.push(await gainOf(ownShop(seed)))
    for (const { clicks } of gains) expect(clicks).toBeGreaterThan(1)
    expect(mean(gains, ({ ndcg }) => ndcg.own - ndcg.shipped)).toBeGreaterThan(0)
    const clicks = mean(gains, (gain) => gain.clicks)!
    console.log(`clicks, over the shops: ${clicks.toFixed(2)} times those of the model that ships`)
    expect(clicks).toBeGreaterThan(1.1)
  })
})
