import { NO_LIMITS } from '../../src/accumulators/counting-limits.ts'
import type { Exploration } from '../../src/domain/experiment.ts'
import { Random, runningSums } from '../random.ts'
import { openOwnService } from './own-service.ts'
import { openSession } from './session.ts'
import { createShop } from './shop.ts'
import { appeal, createShoppers, taste } from './shopper.ts'
import { createMemory } from './shopper-memory.ts'
import type { ExploringDomain } from './simulated-domain.ts'

export interface SlotRegretOptions {
  readonly domain: ExploringDomain
  readonly seed: number
  readonly rounds: number
  /** `gamma` of inverse gap weighting. 0 draws evenly; a larger value draws the best known arm more often. */
  readonly gamma: number
  /** Called a hundred times. */
  readonly onPoint: (round: number, regret: number) => void
}

const ARMS = 20
const SHOPPERS = 500
const VIEWS = 12
const BETWEEN_ROUNDS_MS = 1000
const STARTS_AT = Date.UTC(2026, 0, 5)

/**
 * Measures the regret of an exploration slot, in clicks: the expected clicks of each shopper's most appealing item, less those of
 * the item drawn, summed over the rounds. In each round, a shopper with a known history visits the shop and gets a slate that
 * consists of the slot alone, with 20 new items as arms. The shopper may click, by true appeal.
 * @returns regret and clicks of all rounds
 */
export async function slotRegret({
  domain: given,
  seed,
  rounds,
  gamma,
  onPoint,
}: SlotRegretOptions): Promise<{ regret: number; clicks: number }> {
  const exploration: Exploration = {
    ...given.exploration,
    arms: ARMS,
    gamma,
    knownAfterClicks: Number.POSITIVE_INFINITY,
    surfaces: {},
    elsewhere: { position: 1, share: 1, randomised: 0 },
  }
  const domain = { ...given, limits: NO_LIMITS, sources: [], exploration }
  const shop = createShop({ seed, startsAt: STARTS_AT })
  const shoppers = createShoppers(shop, { seed, count: SHOPPERS })
  const service = await openOwnService({ domain, seed, startsAt: STARTS_AT, model: '' })
  const { clock, uploads, ingest, recommender } = service
  // The latest upload stands in the slate anyway, with nothing else to rank: it is no arm.
  const arms = shop.truth.slice(-ARMS)
  const known = shop.truth.slice(0, -ARMS - 1)
  const upload = (items: readonly { itemId: string }[]) =>
    uploads.upsertItems(shop.items.filter(({ itemId }) => items.some((item) => item.itemId === itemId)))
  await upload(known)
  const random = new Random(seed, 'slot')
  for (const shopper of shoppers) {
    const liked = runningSums(known.map((item) => Math.exp(taste(shopper, item))))
    await ingest.record(
      Array.from({ length: VIEWS }, () => ({
        userId: shopper.userId,
        eventType: 'view',
        itemId: known[random.weighted(liked)].itemId,
        timestamp: clock.now(),
      })),
    )
  }
  // What they know the shoppers by is sold out.
  await uploads.upsertItems(known.map(({ itemId }) => ({ itemId, attributes: {}, available: false })))
  clock.arrive(STARTS_AT + 1000)
  await upload(arms)
  clock.arrive(STARTS_AT + 2000)
  await upload(shop.truth.slice(-ARMS - 1, -ARMS))
  let regret = 0
  let clicks = 0
  for (let round = 1; round <= rounds; round++) {
    const at = STARTS_AT + 10_000 + round * BETWEEN_ROUNDS_MS
    clock.arrive(at)
    const shopper = random.pick(shoppers)
    const session = openSession({ shop, shopper, memory: createMemory(), seed, visit: round, at })
    const { userId } = shopper
    const { sessionId } = session
    // The best arm stays the best, also after a click on it.
    const request = { userId, first: 1, surface: undefined, sessionId, device: undefined, rules: { seen: [] } }
    const { recommendationId, items } = await recommender.recommend(request, 'INITIAL')
    const [{ itemId }] = items
    const chance = appeal(shopper, shop.truthOf(itemId)!, session)
    regret += Math.max(...arms.map((arm) => appeal(shopper, arm, session))) - chance
    const event = { userId, sessionId, recommendationId, timestamp: at }
    await ingest.record([{ ...event, eventType: 'impression', positions: [1] }])
    if (session.random.chance(chance)) {
      clicks++
      await ingest.record([{ ...event, eventType: 'click', itemId }])
    }
    if (round % Math.ceil(rounds / 100) === 0) onPoint(round, regret)
  }
  await service.close()
  return { regret, clicks }
}
