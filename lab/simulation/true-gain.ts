import { examination, type Surface } from './examination.ts'
import type { Shop } from './shop.ts'
import { type AppealContext, appeal, type Shopper } from './shopper.ts'
import type { SlateRequest } from './slate-request.ts'

/**
 * Clicks that a slate is worth, if all of it comes on screen: the sum of examination times true appeal, at this moment of the
 * session. An item that the shop does not sell is worth nothing.
 */
export function expectedClicks(
  shop: Shop,
  shopper: Shopper,
  session: AppealContext,
  surface: Surface,
  itemIds: readonly string[],
): number {
  let sum = 0
  for (const [index, itemId] of itemIds.entries()) {
    const item = shop.truthOf(itemId)
    if (item !== undefined) sum += examination(surface, index + 1, shopper.patience) * appeal(shopper, item, session)
  }
  return sum
}

/** Returns the best possible slate: the items with the highest true appeal that the request allows, best first. */
export function idealSlate(
  shop: Shop,
  shopper: Shopper,
  session: AppealContext,
  request: Pick<SlateRequest, 'first' | 'anchorItemId' | 'category' | 'candidates'>,
): string[] {
  const given = request.candidates && new Set(request.candidates.map(({ itemId }) => itemId))
  return shop.truth
    .filter((item) => item.arrivesAt <= session.at && item.itemId !== request.anchorItemId)
    .filter((item) => request.category === undefined || shop.categories[item.category] === request.category)
    .filter((item) => given === undefined || given.has(item.itemId))
    .map((item) => ({ itemId: item.itemId, appeal: appeal(shopper, item, session) }))
    .sort((left, right) => right.appeal - left.appeal)
    .slice(0, request.first)
    .map(({ itemId }) => itemId)
}
