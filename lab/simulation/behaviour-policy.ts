import { Random } from '../random.ts'
import { DAY_MS, type ItemTruth, type Shop } from './shop.ts'
import type { SimulatedEvent, SimulatedEventType } from './simulated-event.ts'
import type { ServedSlate, SlateRequest } from './slate-request.ts'

/** The simulator's own recommender: it makes the slates of an offline log, and knows no more than the log so far. */
export type BehaviourPolicy = {
  /** Learns from an event. Call it with each event, in the order of the log. */
  observe(event: SimulatedEvent): void
  slate(request: SlateRequest, at: number): ServedSlate
}

const HALF_LIFE_MS = 3 * DAY_MS
const REFRESH_MS = 3_600_000
const POPULAR_SHARE = 0.5

const WEIGHTS: Partial<Record<SimulatedEventType, number>> = { view: 1, add_to_cart: 4, purchase: 6 }

/**
 * Makes the policy of a plain shop. Its slates mix items popular of late with items of the category of the item on screen, or of
 * the item viewed last. In both groups, more popular items are further up. A share `epsilon` of the places gets items drawn
 * evenly from all. Search results stay in the order of the search engine.
 */
export function createBehaviourPolicy(shop: Shop, { seed, epsilon }: { seed: number; epsilon: number }): BehaviourPolicy {
  const random = new Random(seed, 'policy')
  const popularity = new Map<string, number>()
  const lastViewed = new Map<string, string>()
  const rank = new Map<string, number>()
  let popular: ItemTruth[] = []
  let popularIn: ItemTruth[][] = []
  let refreshedAt = Number.NEGATIVE_INFINITY

  function refresh(at: number): void {
    refreshedAt = at
    const score = (item: ItemTruth): number => popularity.get(item.itemId) ?? 0
    popular = shop.truth.filter((item) => item.arrivesAt <= at).sort((left, right) => score(right) - score(left))
    popularIn = shop.categories.map((_, category) => popular.filter((item) => item.category === category))
    rank.clear()
    for (const [index, item] of popular.entries()) rank.set(item.itemId, index)
  }

  return {
    observe({ eventType, itemId, userId, timestamp }) {
      const weight = WEIGHTS[eventType]
      if (itemId === undefined || weight === undefined) return
      // Later events weigh more by growing instead of earlier ones decaying: the order is the same, and nothing is rewritten.
      const grown = weight * 2 ** ((timestamp - shop.startsAt) / HALF_LIFE_MS)
      popularity.set(itemId, (popularity.get(itemId) ?? 0) + grown)
      if (eventType === 'view') lastViewed.set(userId, itemId)
    },

    slate({ userId, anchorItemId, category, candidates, first }, at) {
      if (candidates !== undefined) return { itemIds: candidates.slice(0, first).map(({ itemId }) => itemId) }
      if (at >= refreshedAt + REFRESH_MS) refresh(at)
      const within = category === undefined ? popular : popularIn[shop.categories.indexOf(category)]!
      const about = shop.truthOf(anchorItemId ?? lastViewed.get(userId) ?? '')
      const alike = category === undefined && about !== undefined ? popularIn[about.category]! : within
      const length = Math.min(first, within.length - (anchorItemId === undefined ? 0 : 1))
      const explored = new Map<number, string>()
      const ranked: string[] = []
      const taken = new Set([anchorItemId])
      for (let place = 0; explored.size + ranked.length < length; ) {
        const explores = random.chance(epsilon)
        const itemId = explores
          ? random.pick(within).itemId
          : (random.chance(POPULAR_SHARE) ? within[random.zipf(within.length)]! : alike[random.zipf(alike.length)]!).itemId
        if (taken.has(itemId)) continue
        taken.add(itemId)
        if (explores) explored.set(place, itemId)
        else ranked.push(itemId)
        place++
      }
      ranked.sort((left, right) => rank.get(left)! - rank.get(right)!)
      return { itemIds: Array.from({ length }, (_, index) => explored.get(index) ?? ranked.shift()!) }
    },
  }
}
