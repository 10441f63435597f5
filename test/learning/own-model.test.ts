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
/** `npm run test:long` asks for more. */
const FACTOR = Number(process.env.SHOP_FACTOR ?? 1)
const DAYS = Number(process.env.DAYS ?? 5)
const shop = createShop({ seed: 21, startsAt, items: Number(process.env.ITEMS ?? 150), categories: 6, days: DAYS + 2 })
const STRONG = Number(process.env.STRONG ?? 1)
const shoppers = createShoppers(shop, { seed: 21, count: 600 * FACTOR, days: DAYS }).map((shopper) => ({
  ...shopper,
  brands: shopper.brands.map((liking) => liking * STRONG + Number(process.env.LIFT ?? 1.2)),
  fatigue: Number(process.env.FATIGUE ?? shopper.fatigue),
  visitsPerDay: Number(process.env.VISITS ?? shopper.visitsPerDay),
}))

/** The figure that a line of the command gives. */
function figure(said: string, title: string): number {
  const [, value] = said.match(new RegExp(`^${title}: ([\\d.]+) `, 'm')) ?? []
  return Number(value)
}

describe.skipIf(!trainingAvailable)('a model from what the service recorded', () => {
  it('beats the model that ships, for the people it was recorded of', { timeout: 900_000 }, async () => {
    const dataDir = await temporaryDirectory()
    const recording = await openOn(undefined, { dataDir, clock: new SettableClock(startsAt), model: 'default' })
    const from = { shop, shoppers, seed: 21, from: startsAt }
    const t0 = performance.now()
    const while_ = await serveShop(recording, { ...from, run: 'first', until: startsAt + DAYS * DAY })
    await recording.close()
    console.log('serve', performance.now() - t0, while_)

    const modelDir = await temporaryDirectory()
    cpSync('models/default', join(modelDir, 'default'), { recursive: true })
    const t1 = performance.now()
    const said = await train([
      dataDir,
      '--out',
      join(modelDir, 'own'),
      '--window',
      '6',
      '--features',
      process.env.FEATURES ?? 'all',
      '--compare',
      'models/default',
    ])
    console.log(said, performance.now() - t1)
    if (process.env.X) expect(figure(said, 'Test NDCG@10')).toBeGreaterThan(figure(said, 'Test, model default, NDCG@10'))

    const gains: Record<string, TrueGain> = {}
    for (const model of ['default', 'own']) {
      const copy = await temporaryDirectory()
      cpSync(dataDir, copy, { recursive: true })
      const clock = new SettableClock(startsAt + DAYS * DAY)
      const service = await openOn(undefined, { dataDir: copy, clock, modelDir, model })
      gains[model] = await serveShop(service, {
        ...from,
        run: model,
        from: startsAt + DAYS * DAY,
        until: startsAt + (DAYS + 1) * DAY,
      })
      await service.close()
      console.log(model, gains[model])
    }
    expect(gains.own.served).toBeGreaterThan(gains.default.served)
  })
})
