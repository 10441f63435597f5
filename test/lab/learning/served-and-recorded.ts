import { join } from 'node:path'
import { expect } from 'vitest'
import { chosenFeatures } from '../../../lab/learning/chosen-features.ts'
import { type GradedSlate, GradedSlates } from '../../../lab/learning/graded-slates.ts'
import { openLogs } from '../../../lab/learning/open-logs.ts'
import type { RecordedLog } from '../../../lab/learning/recorded-log.ts'
import type { Played, SeenEvent } from '../../../lab/learning/training-log.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { AccumulatorSet, featureMatrix } from '../../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import { givenItems } from '../../../src/slate/given-items.ts'
import type { GivenItems, SlateRequest } from '../../../src/slate/slate.ts'
import { DAY } from '../../../src/time-units.ts'
import { serveShop } from '../../support/served-shop.ts'
import type { OpenedService } from '../../support/service.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

export const startsAt = Date.UTC(2024, 5, 3)
export const shop = createShop({ seed: 8, items: 60, categories: 4, startsAt, days: 2 })
export const shoppers = createShoppers(shop, { seed: 8, count: 90, days: 2 })
const names = chosenFeatures('all', new AccumulatorSet(eCommerce.accumulators))

/** The rows of these items, as the service would feed them to a model. */
export async function vectorsOf(
  { recommender }: Played,
  request: SlateRequest,
  itemIds: readonly string[],
): Promise<Map<string, number[]>> {
  const { features } = new AccumulatorSet(eCommerce.accumulators)
  const { gathered, input } = await recommender.candidates(request, itemIds)
  const matrix = featureMatrix(
    names.map((name) => features.get(name)!),
    input,
  )
  const row = (at: number) => Array.from(matrix.subarray(at * names.length, (at + 1) * names.length))
  return new Map(gathered.itemIds.map((itemId, at) => [itemId, row(at)]))
}

export interface Served {
  readonly itemIds: readonly string[]
  readonly vectors: ReadonlyMap<string, readonly number[]>
}

/** Half of the shop's items, as a caller gives them. */
function givenOfShop(turn: number): GivenItems {
  const candidates = shop.items.slice(turn % 30, 30 + (turn % 30)).map(({ itemId }, n) => ({ itemId, score: (n * 7) % 13 }))
  return givenItems(candidates, turn % 8 === 1)
}

/** Two days of a shop, and what each of its slates was made from. Every third goes on from the one that its user saw before, and of
 * every fourth the candidates are given. */
export async function served(service: OpenedService, days = 2): Promise<Map<string, Served>> {
  const slates = new Map<string, Served>()
  const onScreen = new Map<string, string>()
  await serveShop(service, {
    shop,
    shoppers,
    seed: 8,
    run: 'r',
    from: startsAt,
    until: startsAt + days * DAY,
    answer: async (asked) => {
      const before = onScreen.get(asked.userId)
      const goesOn = before !== undefined && slates.size % 3 === 0
      const page = goesOn ? { ...asked, after: { recommendationId: before } } : asked
      const request = slates.size % 4 === 1 ? { ...page, given: givenOfShop(slates.size) } : page
      const vectors = await vectorsOf(service, request, [])
      const slate = await service.recommender.recommend(request, 'INITIAL')
      onScreen.set(asked.userId, slate.recommendationId)
      slates.set(slate.recommendationId, { itemIds: slate.items.map(({ itemId }) => itemId), vectors })
      return slate
    },
  })
  return slates
}

export async function openLog(folder: string, archive?: string, domain = eCommerce): Promise<RecordedLog> {
  const [log] = await openLogs([folder], { domain, archive, scratch: join(await temporaryDirectory(), 'held') })
  return log as RecordedLog
}

export async function eventsOf(log: RecordedLog, problems = noProblems()): Promise<SeenEvent[]> {
  const seen: SeenEvent[] = []
  for await (const event of log.events(problems)) seen.push(event)
  return seen
}

export async function shownIn(log: RecordedLog): Promise<Map<number, GradedSlate>> {
  const slates = new Map<number, GradedSlate>()
  const found = new GradedSlates(eCommerce, DAY, undefined, (slate) => slates.set(slate.decision, slate))
  for (const [number, { event, slate, ignored }] of (await eventsOf(log)).entries()) {
    if (!ignored) found.add(number, event, slate)
  }
  found.end()
  return slates
}

/** Fails unless each slate that was seen is found again with the very vectors that it was made from. @returns how many were */
export async function expectVectorsAsServed(log: RecordedLog, slates: ReadonlyMap<string, Served>): Promise<number> {
  let compared = 0
  await log.playShown(
    await shownIn(log),
    { until: Number.POSITIVE_INFINITY },
    async ({ recommendationId, items }, request, played) => {
      const { itemIds, vectors } = slates.get(recommendationId!)!
      expect(items.map(({ itemId }) => itemId)).toEqual(itemIds.slice(0, items.length))
      expect(await vectorsOf(played, request, [])).toEqual(vectors)
      compared++
    },
  )
  return compared
}
