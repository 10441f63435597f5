import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'

/** Features that would mean something else in another shop; their ranks and ratios among the candidates stay. */
const BOUND_TO_A_SHOP = new Set([
  // Scale with the traffic.
  ...['item_impressions', 'item_views', 'item_clicks', 'item_carts', 'item_purchases'],
  ...['item_popularity_1h', 'item_popularity_1d', 'item_popularity_7d'],
  ...['category_popularity_1d', 'category_popularity_7d', 'brand_popularity_1d', 'brand_popularity_7d'],
  // In the shop's own currency, or counted from its opening.
  ...['item_price', 'user_price_mean', 'user_days'],
  // Rates differ between shops by an order of magnitude, and are missing where impressions are.
  ...['item_ctr_7d', 'category_ctr_7d', 'brand_ctr_7d', 'user_ctr_30d', 'item_cart_rate_7d', 'item_purchase_rate_7d'],
  // The same for all candidates, and telling little but which shop it is and when it is busy.
  ...['hour', 'hour_sin', 'hour_cos', 'is_weekend', 'user_hour_share'],
])

/** Names of the features that mean the same in a shop that the model has never seen. Devices are left out: shops name them differently. */
export function portableFeatures(accumulators: AccumulatorSet): string[] {
  return rankableFeatures(accumulators).filter((name) => !BOUND_TO_A_SHOP.has(name) && !name.startsWith('user_device_'))
}

/** Names of all features that are one number per candidate. */
export function rankableFeatures(accumulators: AccumulatorSet): string[] {
  return [...accumulators.features.values()].filter(({ column }) => column !== undefined).map(({ name }) => name)
}
