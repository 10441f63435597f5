import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { vectorFeatures } from '../slate/decision-log.ts'

/** Features that would mean something else in another shop; their ranks and ratios among the candidates stay. */
const BOUND_TO_A_SHOP = new Set([
  // Scale with the traffic.
  ...['item_impressions', 'item_views', 'item_clicks', 'item_carts', 'item_purchases'],
  ...['item_popularity_1h', 'item_popularity_1d', 'item_popularity_7d'],
  // In the shop's own currency, or counted from its opening.
  ...['item_price', 'user_price_mean', 'user_days'],
  // Rates differ between shops by an order of magnitude, and are missing where impressions are.
  ...['item_ctr_7d', 'user_ctr_30d', 'item_cart_rate_7d', 'item_purchase_rate_7d', 'item_goal_rate_7d'],
  // The same for all candidates, and telling little but which shop it is and when it is busy.
  ...['hour', 'hour_sin', 'hour_cos', 'is_weekend', 'weekday', 'user_hour_share'],
])

/** Of the figures of an attribute's values, those that do not scale with the traffic. */
const PORTABLE_RATIO = /_(trend_1h_7d|coec_7d)$/

/** Names of the features that mean the same in a shop that the model has never seen. Devices are left out: shops name them differently. */
export function portableFeatures(accumulators: AccumulatorSet): string[] {
  return rankableFeatures(accumulators).filter((name) => {
    const { entity } = accumulators.features.get(name)!
    if (entity === 'ATTRIBUTE') return PORTABLE_RATIO.test(name) && !name.startsWith('surface_')
    return !BOUND_TO_A_SHOP.has(name) && !/^(user_device|context_surface|context_device)_/.test(name)
  })
}

/** Names of all features that are one number per candidate. */
export function rankableFeatures(accumulators: AccumulatorSet): string[] {
  return vectorFeatures(accumulators)
}
