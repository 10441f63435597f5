import { describe, expect, it } from 'vitest'
import { Random } from '../../lab/random.ts'
import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { listsOf, type Neighbours, serveNeighbours } from '../support/neighbour-lists.ts'
import type { OpenedService } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'

const NAMES = ['offline_neighbours_score', 'offline_neighbours_score_rank', 'offline_neighbours_score_ratio']
const ITEMS = [...'abcdefghijkl']

interface Asked {
  readonly userId?: string
  readonly anchorItemIds?: readonly string[]
  readonly surface?: string
}

/** The features of each candidate of a slate, and the score that the source gives. */
async function features({ recommender, accumulators, store }: OpenedService, asked: Asked = {}) {
  await store.settle()
  const { gathered, input } = await recommender.candidates({ ...REQUEST, ...asked }, ITEMS)
  const matrix = featureMatrix(
    NAMES.map((name) => accumulators.features.get(name)!),
    input,
  )
  const scores = gathered.standings.get('offline_neighbours')?.scores
  return new Map(
    gathered.itemIds.map((itemId, row) => {
      const [score, rank, ratio] = matrix.subarray(row * NAMES.length)
      return [itemId, { score, rank, ratio, ofSource: scores ? Math.fround(scores[row]) : Number.NaN }]
    }),
  )
}

/** The sum by hand: items on screen weigh 1, and an item of the history e^(−n / decay) after n later items. */
function sumByHand(neighbours: Neighbours, latestFirst: readonly string[], onScreen: readonly string[], decay: number) {
  const sums = new Map<string, number>()
  const add = (of: string, weight: number) => {
    for (const [itemId, score] of Object.entries(neighbours[of] ?? {})) sums.set(itemId, (sums.get(itemId) ?? 0) + weight * score)
  }
  for (const itemId of onScreen) add(itemId, 1)
  for (const [ago, itemId] of latestFirst.filter((itemId) => !onScreen.includes(itemId)).entries())
    add(itemId, decay === 0 ? 1 : Math.exp(-ago / decay))
  return sums
}

function randomLists(random: Random): Neighbours {
  const listOf = (of: string) => {
    const others = [...ITEMS, 'never uploaded'].filter((itemId) => itemId !== of && random.chance(0.4))
    return Object.fromEntries(others.map((itemId) => [itemId, random.integer(1, 1000) / 64]))
  }
  return Object.fromEntries(ITEMS.filter(() => random.chance(0.7)).map((itemId) => [itemId, listOf(itemId)]))
}

bothStoresWhenLong((open) => {
  describe('features of neighbour lists', () => {
    const opened = async () => {
      const service = await open()
      await service.uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: {} })))
      return service
    }
    let sent = 0
    const view = async ({ ingest }: OpenedService, itemId: string, sessionId = 's1', userId = 'me') => {
      const [{ status }] = await ingest.record([{ eventId: `e${sent++}`, userId, eventType: 'view', itemId, sessionId }])
      expect(status).toBe('RECORDED')
    }

    it('are the sum over the lists of the session, of earlier sessions and of the items on screen', async () => {
      const service = await opened()
      const { clock, neighbourUploads } = service
      const random = new Random(5, 'lists')
      for (let round = 0; round < 12; round++) {
        clock.advance(MINUTE)
        const userId = `u${round}`
        const neighbours = randomLists(random)
        const lists = listsOf(neighbours)
        const [version, decay] = [`v${round}`, random.pick([0, 1, 3])]
        await neighbourUploads.upload({ version, part: 0, parts: 1, lists })
        await neighbourUploads.serve({ version, generatedAt: clock.now(), lists: lists.length, decay })
        const history = ITEMS.filter(() => random.chance(0.4))
        for (const [n, itemId] of history.entries()) {
          await view(service, itemId, n < 2 ? 'earlier' : 'now', userId)
          clock.advance(MINUTE)
        }
        const anchorItemIds = ITEMS.filter(() => random.chance(0.1))
        const sums = sumByHand(neighbours, history.toReversed(), anchorItemIds, decay)
        const found = await features(service, { userId, anchorItemIds })
        const mean = [...found.keys()]
          .flatMap((itemId) => sums.get(itemId) ?? [])
          .reduce((a, b, _, { length }) => a + b / length, 0)
        expect(found.size).toBe(ITEMS.length)
        for (const [itemId, { score, rank, ratio, ofSource }] of found) {
          const sum = sums.get(itemId)
          // The source does not propose what is on screen.
          expect(ofSource).toBe(anchorItemIds.includes(itemId) ? Number.NaN : score)
          if (sum === undefined) {
            expect([score, rank, ratio]).toEqual([Number.NaN, Number.NaN, Number.NaN])
            continue
          }
          expect(score).toBeCloseTo(sum, 3)
          expect(ratio).toBeCloseTo(sum / mean, 3)
          const larger = [...found.keys()].filter((other) => (sums.get(other) ?? 0) > sum + 1e-9).length
          const listed = [...found.keys()].filter((other) => sums.has(other)).length
          expect(rank).toBeCloseTo(larger / Math.max(1, listed - 1), 5)
        }
      }
    })

    it('are missing without lists, for items on no list, without a history, and after the lists have expired', async () => {
      const service = await opened()
      const scoreOf = async (itemId: string, asked: Asked = {}) => (await features(service, asked)).get(itemId)!.score
      await view(service, 'a')
      expect(await scoreOf('b')).toBeNaN()
      await serveNeighbours(service, 'v1', { a: { b: 2, gone: 9 }, unknown: { c: 5 } })
      expect(await scoreOf('b')).toBe(2)
      expect(await scoreOf('c')).toBeNaN()
      expect(await scoreOf('b', { userId: 'nobody' })).toBeNaN()
      expect(await scoreOf('b', { userId: 'nobody', anchorItemIds: ['a'] })).toBe(2)
      service.clock.advance(7 * DAY - 1)
      expect(await scoreOf('b')).toBe(2)
      service.clock.advance(1)
      expect(await scoreOf('b')).toBeNaN()
    })

    it('exist where the source is not used, such as in the cart', async () => {
      const service = await opened()
      await serveNeighbours(service, 'v1', { a: { b: 2 } })
      await view(service, 'a')
      const { score, ofSource } = (await features(service, { surface: 'cart' })).get('b')!
      expect([score, ofSource]).toEqual([2, Number.NaN])
    })
  })
})
