import type { Cohort } from '../accumulators/cohort.ts'
import type { PairSums } from '../accumulators/pair-sums.ts'
import { offlineNeighboursSource, offlineSource } from '../candidates/offline.ts'
import { popularInCohortSource } from '../candidates/popular-in-cohort.ts'
import { chosenTogetherSource, embeddingSource, itemToItemSource, twoHopsSource } from '../candidates/similar-items.ts'
import type { CandidateSource } from '../candidates/source.ts'
import { newItemsSource, trendingSource } from '../candidates/trending.ts'
import { buyAgainSource, favouritesSource, recentlySeenSource } from '../candidates/users-items.ts'
import type { MergedDefinition } from './definition.ts'
import type { Domain } from './domain.ts'
import { unknownName } from './nearest-name.ts'
import { isSource } from './surface-schema.ts'

type Sources = NonNullable<MergedDefinition['sources']>

interface SourceParameters {
  readonly quota: number
  readonly attributes?: readonly string[] | undefined
}

/** Parts of a domain that its built-in sources depend on. */
export interface SourceContext {
  /** Time for which a user's action on an item is used, in ms. */
  readonly pairExpiry: number
  readonly pairs: PairSums
  /** Names of the item attributes of the kind `key`. */
  readonly keys: readonly string[]
  readonly cohorts: readonly Cohort[]
  readonly eventTypes: Domain['eventTypes']
}

type MakeSource = (parameters: SourceParameters, context: SourceContext) => CandidateSource

const MAKE = {
  item_to_item: ({ quota }, { pairExpiry, pairs }) => itemToItemSource(quota, pairExpiry, pairs),
  two_hops: ({ quota }, { pairExpiry, pairs }) => twoHopsSource(quota, pairExpiry, pairs),
  trending: ({ quota }) => trendingSource(quota),
  favourites: ({ quota, attributes }, { keys }) => favouritesSource(quota, attributes ?? keys),
  chosen_together: ({ quota }) => chosenTogetherSource(quota),
  embedding: ({ quota }) => embeddingSource(quota),
  offline: ({ quota }) => offlineSource(quota),
  offline_neighbours: ({ quota }, { pairExpiry }) => offlineNeighboursSource(quota, pairExpiry),
  popular_in_cohort: ({ quota }, { cohorts }) => popularInCohortSource(quota, cohorts),
  buy_again: ({ quota }, { pairExpiry }) => buyAgainSource(quota, pairExpiry),
  recent: ({ quota }, { pairExpiry }) => recentlySeenSource(quota, pairExpiry),
  new: ({ quota }) => newItemsSource(quota),
} as const satisfies Record<string, MakeSource>

/** Quota of the source of cohorts where a domain declares cohorts and does not name the source. */
const COHORT_QUOTA = 20

/** Returns the sources of a domain: those that it names, and that of its cohorts. A quota of 0 leaves that one out. */
export function withCohortSource(sources: Sources, cohorts: readonly Cohort[]): Sources {
  const { popular_in_cohort: named = { quota: COHORT_QUOTA }, ...others } = sources
  const isLeftOut = !isSource(named) && named.quota === 0
  if (isLeftOut || (cohorts.length === 0 && !Object.hasOwn(sources, 'popular_in_cohort'))) return others
  return { ...sources, popular_in_cohort: named }
}

/** Names of the built-in sources. */
export const SOURCE_NAMES = Object.keys(MAKE)

function isBuiltIn(name: string): name is keyof typeof MAKE {
  return Object.hasOwn(MAKE, name)
}

/**
 * Makes the candidate sources of a definition; leaves out invalid entries.
 * @param place path of the sources, such as `surfaces.cart.sources`
 * @param problems receives a sentence for each invalid entry
 */
export function makeSources(place: string, sources: Sources, context: SourceContext, problems: string[]): CandidateSource[] {
  return Object.entries(sources).flatMap(([name, entry]) => {
    const path = `${place}.${name}`
    if (isSource(entry)) {
      if (entry.name !== name) problems.push(`${path}: the source is named ${entry.name}. Use the same name for the key.`)
      return entry.name === name ? [entry] : []
    }
    const { quota, attributes } = entry
    if (!isBuiltIn(name)) problems.push(`${path}: unknown source${unknownName(name, SOURCE_NAMES)}`)
    else if (quota === undefined) problems.push(`${path}.quota: missing. Say how many candidates the source may bring.`)
    else if (name === 'popular_in_cohort' && context.cohorts.length === 0)
      problems.push(`${path}: the domain declares no cohorts. Declare cohorts, or remove this source.`)
    else if (attributes && name !== 'favourites')
      problems.push(`${path}.attributes: only favourites takes attributes. Remove the key.`)
    else return [MAKE[name]({ quota, attributes }, context)]
    return []
  })
}
