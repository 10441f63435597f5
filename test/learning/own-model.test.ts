import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createShop } from '../../src/simulation/shop.ts'
import { createShoppers } from '../../src/simulation/shopper.ts'
import { DAY } from '../../src/state/decay.ts'
import { serveShop, type TrueGain } from '../support/served-shop.ts'
import { openOn } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { train, trainingAvailable } from '../support/training-environment.ts'

const startsAt = Date.UTC(2024, 5, 3)
const DAYS = 5
/** `npm run test:long` asks for more people. */
const FACTOR = Number(process.env.SHOP_FACTOR ?? 1)
const shop = createShop({ seed: 21, startsAt, items: 150, categories: 6, days: DAYS + 2 })
// People of a kind that the model which ships has not met: each loves a few brands, and wants nothing of others.
const shoppers = createShoppers(shop, { seed: 21, count: 600 * FACTOR, days: DAYS }).map((shopper) => ({
  ...shopper,
  brands: shopper.brands.map((liking) => 5 * liking),
}))
const HELD_OUT = DAYS * DAY

/** The figure that a line of the command gives. */
function figure(said: string, title: string): number {
  const [, value] = said.match(new RegExp(`^${title}: ([\\d.]+) `, 'm')) ?? []
  return Number(value)
}

describe.skipIf(!trainingAvailable)('a model from what the service recorded', () => {
  it('beats the model that ships, for the people it was recorded of', { timeout: 900_000 }, async () => {
    const dataDir = await temporaryDirectory()
    const visits = { shop, shoppers, seed: 21 }
    const recording = await openOn(undefined, {
      dataDir,
      clock: new SettableClock(startsAt),
      model: 'default',
      vectorShare: 0.02,
    })
    await serveShop(recording, { ...visits, run: 'first', from: startsAt, until: startsAt + HELD_OUT })
    await recording.close()

    const modelDir = await temporaryDirectory()
    cpSync('models/default', join(modelDir, 'default'), { recursive: true })
    const said = await train([dataDir, '--out', join(modelDir, 'own'), '--window', '6', '--compare', 'models/default'])
    expect(said).toMatch(/ decisions compared with their vectors as served, 0 differ\n/)

    const gains: Record<string, TrueGain> = {}
    for (const model of ['default', 'own']) {
      const copy = await temporaryDirectory()
      cpSync(dataDir, copy, { recursive: true })
      const from = startsAt + HELD_OUT
      const service = await openOn(undefined, { dataDir: copy, clock: new SettableClock(from), modelDir, model })
      gains[model] = await serveShop(service, { ...visits, run: model, from, until: from + DAY })
      await service.close()
    }
    const { own, default: shipped } = gains
    const ndcg = { own: figure(said, 'Test NDCG@10'), shipped: figure(said, 'Test, model default, NDCG@10') }
    const auc = { own: figure(said, 'Test AUC'), shipped: figure(said, 'Test, model default, AUC') }
    console.log(
      [
        `held-out impressions, which the model that ships has put in order: NDCG@10 ${ndcg.own} (ships: ${ndcg.shipped}), AUC ${auc.own} (${auc.shipped})`,
        `clicks that a slate is worth: ${own.served.toFixed(3)} (ships: ${shipped.served.toFixed(3)}), the best ones ${own.ideal.toFixed(3)}`,
        `gain of true tastes over it: ${(own.ideal / own.served).toFixed(2)} times; over the one that ships: ${(shipped.ideal / shipped.served).toFixed(2)}`,
      ].join('\n'),
    )
    expect(own.served).toBeGreaterThan(1.1 * shipped.served)
    expect(own.served / own.ideal).toBeGreaterThan(1.1 * (shipped.served / shipped.ideal))
    expect(auc.own).toBeGreaterThan(auc.shipped)
    if (FACTOR > 1) expect(ndcg.own).toBeGreaterThan(ndcg.shipped)
  })
})
