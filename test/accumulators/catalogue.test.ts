import { describe, expect, it } from 'vitest'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { DEVICE_FAMILIES } from '../../src/accumulators/user-activity.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'

/** The catalogue of the design (accumulators.md), row by row: who keeps it, and under which names it is read. The bandit is to come. */
const CATALOGUE: Readonly<Record<string, { accumulators: string[]; features: string[] }>> = {
  'item counts': {
    accumulators: ['item_counts'],
    features: ['item_impressions', 'item_views', 'item_clicks', 'item_carts', 'item_purchases'],
  },
  'item popularity': {
    accumulators: ['item_popularity'],
    features: ['item_popularity_1h', 'item_popularity_1d', 'item_popularity_7d', 'item_trend_1h_7d'],
  },
  'item click rate': { accumulators: ['item_click_rate'], features: ['item_ctr_7d', 'item_coec_7d'] },
  'item conversion': { accumulators: ['item_conversion'], features: ['item_cart_rate_7d', 'item_purchase_rate_7d'] },
  'item recency': { accumulators: ['item_recency'], features: ['item_age_hours', 'item_idle_hours'] },
  'item attributes': { accumulators: ['item_price'], features: ['item_price', 'item_price_to_category'] },
  'attribute rates': {
    accumulators: ['category_rates', 'brand_rates', 'surface_rates'],
    features: ['category', 'brand', 'surface'].flatMap((attribute) => [
      ...['popularity_1h', 'popularity_1d', 'popularity_7d', 'trend_1h_7d'].map((what) => `${attribute}_${what}`),
      ...['ctr_7d', 'coec_7d', 'cart_rate_7d', 'purchase_rate_7d'].map((what) => `${attribute}_${what}`),
    ]),
  },
  'user activity': { accumulators: ['user_activity'], features: ['user_events', 'user_events_1d', 'user_repeat_rate'] },
  'user profile': {
    accumulators: ['user_devices', 'user_hours'],
    features: [...DEVICE_FAMILIES.map((device) => `user_device_${device}`), 'user_hour_share'],
  },
  'user favourites': {
    accumulators: ['user_favourite_category', 'user_favourite_brand'],
    features: ['user_category_share', 'user_brand_share', 'pair_category_share', 'pair_brand_share'],
  },
  'user price': { accumulators: ['user_price'], features: ['user_price_mean', 'pair_price_z'] },
  'user click rate': { accumulators: ['user_click_rate'], features: ['user_ctr_30d'] },
  'user × item': {
    accumulators: ['user_item'],
    features: [
      ...['pair_views', 'pair_clicks', 'pair_carts', 'pair_purchases'],
      ...['pair_seconds_since_view', 'pair_seconds_since_cart', 'pair_seconds_since_purchase', 'pair_ignored'],
    ],
  },
  session: {
    accumulators: ['session'],
    features: ['session_length', 'session_seconds', 'session_category_share', 'pair_session_category_share'],
  },
  'session × item': {
    accumulators: ['item_to_item'],
    features: ['session_item_cf_max', 'session_item_cf_mean', 'session_item_cf_last'],
  },
  'item-to-item': { accumulators: ['item_to_item'], features: ['item_cf_rank', 'source_item_to_item'] },
  'two hops': { accumulators: ['source_standing'], features: ['item_two_hops_rank', 'item_two_hops_score', 'source_two_hops'] },
  trending: { accumulators: ['trending'], features: ['trending_rank', 'source_trending'] },
  bandit: { accumulators: ['bandit'], features: [] },
  // Beside those of the design.
  'chosen together': { accumulators: ['chosen_together'], features: ['item_together_rank', 'source_chosen_together'] },
  'bought again': {
    accumulators: ['buy_again'],
    features: ['pair_purchases_60d', 'pair_purchase_interval', 'pair_purchase_due'],
  },
  embeddings: { accumulators: ['session_embedding'], features: ['session_embedding_cosine', 'source_embedding'] },
  'first stage': { accumulators: ['list_choices'], features: [] },
  'dismissed items': { accumulators: ['dismissals'], features: [] },
  'offline lists': { accumulators: ['source_standing'], features: ['offline_rank', 'offline_age_hours', 'source_offline'] },
  'neighbour lists': {
    accumulators: ['offline_neighbours'],
    features: ['offline_neighbours_score', 'offline_neighbours_score_rank', 'source_offline_neighbours'],
  },
  'given lists': { accumulators: ['given_list'], features: ['given_rank', 'given_score'] },
  context: {
    accumulators: ['context'],
    features: ['hour_sin', 'hour_cos', 'weekday', 'context_surface_home', 'context_device_ios', 'source_recent'],
  },
  'within the slate': { accumulators: ['within_slate'], features: ['item_ctr_7d_rank', 'item_ctr_7d_ratio'] },
}

describe('the catalogue of the design', () => {
  const { accumulators, features } = new AccumulatorSet(eCommerce.accumulators)
  const kept = new Set(accumulators.map(({ name }) => name))

  it.each(Object.entries(CATALOGUE))('describes %s by accumulators and features that exist', (_, row) => {
    expect(row.accumulators.filter((name) => !kept.has(name))).toEqual([])
    expect(row.features.filter((name) => !features.has(name))).toEqual([])
  })

  it('describes every accumulator except two without features: one for reports on policies, and one for rules on users', () => {
    const named = new Set([
      'policy_outcomes',
      'actions_by_type',
      ...Object.values(CATALOGUE).flatMap(({ accumulators }) => accumulators),
    ])
    expect([...kept].filter((name) => !named.has(name))).toEqual([])
  })
})

describe('every feature of every domain', () => {
  it.each(Object.entries(DOMAINS))('has a description, and a name that begins with its entity: %s', (_, domain) => {
    const starts: Record<string, string[]> = {
      USER: ['user_'],
      ITEM: ['item_'],
      USER_ITEM: ['pair_', 'session_item_', 'session_embedding_', 'offline_neighbours_'],
      SESSION: ['session_'],
      ATTRIBUTE: [...Object.keys(domain.attributes), 'surface', 'position'].map((attribute) => `${attribute}_`),
      CONTEXT: ['hour', 'is_weekend', 'weekday', 'context_', 'source_'],
      SLATE: ['item_', 'session_item_', 'trending_', 'offline_', 'given_'],
    }
    for (const { name, entity, description, missing, column, breakdown, ofValues } of new AccumulatorSet(
      domain.accumulators,
    ).features.values()) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
      expect(starts[entity].some((start) => name.startsWith(start))).toBe(true)
      expect(description.length).toBeGreaterThan(10)
      expect(missing).toMatch(/^(never|when|where|while|before|for) ?|^never$/)
      expect(column ?? breakdown ?? ofValues).toBeDefined()
    }
  })
})
