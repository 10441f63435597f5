import type { WeightedItem } from '../catalogue/neighbour-lists.ts'
import type { Accumulator } from './accumulator.ts'
import type { FeatureInput } from './feature-input.ts'
import { recentlyLiked } from './user-item.ts'

/**
 * Returns the items whose neighbour lists count, with their weights, those on screen first. The weight is exp(−ago / decay) for an item
 * after which the user acted on `ago` other items, and 1 for items on screen.
 * @param ttl time for which actions are used, in ms @param decay 0: all items weigh 1
 */
export function weightedItems(
  { onScreen, user, now }: Pick<FeatureInput, 'onScreen' | 'user' | 'now'>,
  ttl: number,
  decay: number,
): WeightedItem[] {
  const history = recentlyLiked(user, now, ttl).filter(({ itemId }) => !onScreen.includes(itemId))
  return [
    ...onScreen.map((itemId) => ({ itemId, weight: 1 })),
    ...history.map(({ itemId }, ago) => ({ itemId, weight: decay === 0 ? 1 : Math.exp(-ago / decay) })),
  ]
}

/** The feature of uploaded neighbour lists. It keeps no state: the lists are uploaded, and the history is that of `user_item`. */
export const offlineNeighbours: Accumulator = {
  name: 'offline_neighbours',
  entity: 'USER_ITEM',
  description: "How similar the item is to the user's items, by the uploaded neighbour lists.",
  roles: [],
  features: [
    {
      name: 'offline_neighbours_score',
      entity: 'USER_ITEM',
      description:
        'Score of the item in the neighbour lists of the items on screen and of the items on which the user acted, added up. The earlier the user acted on an item, the less its list counts. The source offline_neighbours proposes items by this score',
      label: "Score of the item in the uploaded lists of items similar to the user's",
      missing: 'when no neighbour lists are served, or the item is in none of these lists',
      column: (input) => {
        const { neighbourLists, itemIds, expiry } = input
        const items = neighbourLists ? weightedItems(input, expiry.pair, neighbourLists.served.decay) : []
        if (!neighbourLists || items.length === 0) return () => Number.NaN
        const sums = neighbourLists.sumsOf(itemIds, items)
        return (row) => sums[row]
      },
    },
  ],
}
