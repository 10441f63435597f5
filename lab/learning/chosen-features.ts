import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import { vectorFeatures } from '../../src/slate/decision-log.ts'
import type { FeatureChoice } from './feature-choices.ts'

/** Features that would mean something else in another shop; their ranks and ratios among the candidates stay. */
const BOUND_TO_A_SHOP = new Set([
  // Scale with the traffic.
  ...['item_impressions', 'item_views', 'item_clicks', 'item_carts', 'item_purchases'],
  ...['item_popularity_1h', 'item_popularity_1d', 'item_popularity_7d'],
  // The order and the scores of the shop's own search engine.
  ...['given_rank', 'given_score'],
  // In the shop's own currency, or counted from its opening.
  ...['item_price', 'user_price_mean', 'user_days'],
  // Rates differ between shops by an order of magnitude, and are missing where impressions are.
  ...['item_ctr_7d', 'user_ctr_30d', 'item_cart_rate_7d', 'item_purchase_rate_7d', 'item_goal_rate_7d'],
  // Next to nothing in a busy shop, days in a small one.
  'item_idle_hours',
  // The same for all candidates, and telling little but which shop it is and when it is busy.
  ...['hour', 'hour_sin', 'hour_cos', 'is_weekend', 'weekday', 'user_hour_share'],
])

/** Of the figures of an attribute's values, those that do not scale with the traffic. */
const PORTABLE_RATIO = /_(trend_1h_7d|coec_7d)$/

/** Returns the names of the features of a choice, of those that are one number per candidate. */
export function chosenFeatures(choice: FeatureChoice, accumulators: AccumulatorSet): string[] {
  const rankable = vectorFeatures(accumulators)
  if (choice === 'all') return rankable
  if (choice === 'undeclared') return rankable.filter((name) => !accumulators.features.get(name)!.isDeclared)
  const portable = rankable.filter((name) => isPortable(name, accumulators))
  if (choice === 'portable') return portable
  const everywhere = Object.values(DOMAINS).map((domain) => new AccumulatorSet(domain.accumulators).features)
  return portable.filter((name) => everywhere.every((features) => features.has(name)))
}

/** Devices are left out: shops name them differently. So is what a domain declares of its users, requests and events. */
function isPortable(name: string, { features }: AccumulatorSet): boolean {
  const { entity, isDeclared } = features.get(name)!
  if (isDeclared) return false
  if (entity === 'ATTRIBUTE') return PORTABLE_RATIO.test(name) && !name.startsWith('surface_')
  return !BOUND_TO_A_SHOP.has(name) && !/^(user_device|context_surface|context_device)_/.test(name)
}
