import type { Accumulator, Feature } from '../accumulators/accumulator.ts'
import { attributeRates, surfaceRates } from '../accumulators/attribute-rates.ts'
import { bandit } from '../accumulators/bandit.ts'
import { context } from '../accumulators/context.ts'
import { itemClickRate } from '../accumulators/item-click-rate.ts'
import { itemConversion } from '../accumulators/item-conversion.ts'
import { itemCounts } from '../accumulators/item-counts.ts'
import { itemGoals } from '../accumulators/item-goals.ts'
import { itemPopularity } from '../accumulators/item-popularity.ts'
import { itemRecency } from '../accumulators/item-recency.ts'
import { itemToItem } from '../accumulators/item-to-item.ts'
import { policyOutcomes } from '../accumulators/policy-outcomes.ts'
import { session } from '../accumulators/session.ts'
import { sessionEmbedding } from '../accumulators/session-embedding.ts'
import { sourceStanding } from '../accumulators/source-standing.ts'
import { trending } from '../accumulators/trending.ts'
import { userActivity } from '../accumulators/user-activity.ts'
import { userClickRate } from '../accumulators/user-click-rate.ts'
import { userFavourites } from '../accumulators/user-favourites.ts'
import { userItem } from '../accumulators/user-item.ts'
import { userProfile } from '../accumulators/user-profile.ts'
import { withinSlate } from '../accumulators/within-slate.ts'
import type { CandidateSource } from '../candidates/source.ts'
import { type Domain, sourceNames } from './domain.ts'

export interface StandardAccumulators {
  /** Attributes of items whose values are counted, by everyone and by each user. */
  readonly keys: readonly string[]
  /** What a domain counts of items beside the usual. */
  readonly items?: readonly Accumulator[]
  /** What it counts of users. */
  readonly users?: readonly Accumulator[]
  /** What it counts of two items. */
  readonly pairs?: readonly Accumulator[]
  readonly surfaces: readonly string[]
  readonly sources: readonly CandidateSource[]
  readonly surfaceSources: NonNullable<Domain['surfaceSources']>
  /** Features of which an item's place among the candidates is one too. */
  readonly compared?: readonly Feature[]
}

/** Where goals are counted: how popular an item is, how it does, and what it is similar to. */
const COMPARED = [itemPopularity, itemClickRate, itemGoals, itemToItem]
  .flatMap(({ features }) => features)
  .filter(({ name }) => /^item_(popularity|ctr|coec|goal)_|^session_item_cf_/.test(name))

/** What every domain counts, with its own attributes and what it adds, in an order in which reducers find what they ask for. */
export function standardAccumulators({
  keys,
  items = [],
  users = [],
  pairs = [],
  surfaces,
  sources,
  surfaceSources,
  compared = COMPARED,
}: StandardAccumulators): Accumulator[] {
  return [
    // Before user_item, since they ask what the user had done with the item until now.
    userActivity,
    itemClickRate,
    ...keys.map(attributeRates),
    surfaceRates,
    userClickRate,
    userItem,
    itemRecency,
    itemCounts,
    itemPopularity,
    itemConversion,
    ...items,
    userProfile,
    ...keys.map(userFavourites),
    ...users,
    session,
    itemToItem,
    ...pairs,
    trending(...keys),
    sessionEmbedding,
    policyOutcomes(surfaces),
    bandit,
    context(surfaces),
    sourceStanding(sourceNames([sources, ...Object.values(surfaceSources)])),
    withinSlate(compared),
  ]
}
