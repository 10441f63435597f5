import type { WeightedItem } from '../catalogue/neighbour-lists.ts'
import { rankOrder } from '../state/rank-order.ts'
import { HOUR } from '../time-units.ts'
import { type Accumulator, type Feature, featureLabel, withinLabel } from './accumulator.ts'
import { type FeatureInput, oncePerInput } from './feature-input.ts'
import { recentlyLiked } from './user-item.ts'

/** When a feature of a source is missing. */
const NOT_PROPOSED = 'when the source did not propose the item'

/** Makes the feature of an item's rank in a source. */
export function rankIn(source: string, name: string): Feature {
  return {
    name,
    entity: 'SLATE',
    description: `Rank of the item, from 1 (the top), in the source ${source}`,
    missing: NOT_PROPOSED,
    column: ({ sources }) => {
      const ranks = sources.get(source)?.ranks
      return (row) => ranks?.[row] ?? Number.NaN
    },
  }
}

/** Makes features of the candidate sources that proposed an item, and of its rank on the user's offline list. */
export function proposingSources(sources: readonly string[]): Accumulator {
  return {
    name: 'source_standing',
    entity: 'SLATE',
    description: 'Which sources proposed a candidate, and its rank on the offline list.',
    roles: [],
    features: [
      ...sources.map((source) => ({
        name: `source_${source}`,
        entity: 'CONTEXT' as const,
        description: `1 if the source ${source} proposed the item, 0 if it did not`,
        unit: 'yes or no',
        missing: 'never',
        column: ({ sources: standings }: Parameters<NonNullable<Accumulator['features'][number]['column']>>[0]) => {
          const ranks = standings.get(source)?.ranks
          return (row: number) => (ranks && !Number.isNaN(ranks[row]) ? 1 : 0)
        },
      })),
      rankIn('offline', 'offline_rank'),
      {
        name: 'offline_age_hours',
        entity: 'SLATE',
        description: 'Age of the offline list (an uploaded list of items) that contains the item',
        unit: 'hours',
        missing: NOT_PROPOSED,
        column: ({ sources: standings, now }) => {
          const offline = standings.get('offline')
          return (row) =>
            offline && !Number.isNaN(offline.ranks[row]) ? Math.max(0, now - offline.generatedAt) / HOUR : Number.NaN
        },
      },
      ...(sources.includes('two_hops') ? TWO_HOPS : []),
    ],
  }
}

const TWO_HOPS: readonly Feature[] = [
  rankIn('two_hops', 'item_two_hops_rank'),
  {
    name: 'item_two_hops_score',
    entity: 'SLATE',
    description: 'Score of the item in the source two_hops',
    missing: NOT_PROPOSED,
    column: ({ sources }) => {
      const scores = sources.get('two_hops')?.scores
      return (row) => scores?.[row] ?? Number.NaN
    },
  },
]

/** Features of what the caller says about the candidates that a request gives. */
export const givenList: Accumulator = {
  name: 'given_list',
  entity: 'SLATE',
  description:
    'Place and score of a candidate in the list that the request gives (`candidates`), such as a list of search results.',
  roles: [],
  features: [
    {
      name: 'given_rank',
      entity: 'SLATE',
      description: 'Place of the item, from 1, among the candidates of the request',
      missing: 'when the request gives no candidates with `ordered: true`',
      column: ({ given }) => {
        const places = given?.isOrdered ? given.places : undefined
        return (row) => places?.[row] ?? Number.NaN
      },
    },
    {
      name: 'given_score',
      entity: 'SLATE',
      description: 'Score that the request gives to the item (`score` of a candidate)',
      missing: 'when the request gives the item no score',
      column: ({ given }) => {
        const scores = given?.scores
        return (row) => scores?.[row] ?? Number.NaN
      },
    },
  ],
}

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
        'Score of the item in the neighbour lists of the items on screen and of the items on which the user acted, added up. The earlier the user acted on an item, the less its list counts',
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

/** Values of all rows, for the rank and the ratio of a feature. */
type AllRows = (input: FeatureInput) => Float64Array

function allRows(feature: Feature): AllRows {
  return oncePerInput((input) => {
    const value = feature.column!(input)
    const values = new Float64Array(input.itemIds.length)
    for (let row = 0; row < values.length; row++) values[row] = value(row)
    return values
  })
}

/** Place by `rankScore` of the value, largest first; ties share the best place. A share of the rows that have a value: 0 is the top. */
function rankFeature(feature: Feature, rowsOf: AllRows): Feature {
  return {
    name: `${feature.name}_rank`,
    entity: 'SLATE',
    description: `Place of the item when all candidates of the slate are ordered by ${feature.name}: from 0 for the largest value to 1 for the smallest`,
    label: `Place among the candidates by ${withinLabel(featureLabel(feature))}`,
    unit: 'place',
    missing: `when ${feature.name} is missing`,
    ...(feature.monotone && { monotone: feature.monotone === 1 ? -1 : 1 }),
    column: (input) => {
      const values = rowsOf(input)
      const { rows, higher } = rankOrder(values)
      const last = Math.max(1, rows.length - 1)
      const shares = new Float64Array(values.length).fill(Number.NaN)
      for (let place = 0; place < rows.length; place++) shares[rows[place]] = higher[place] / last
      return (row) => shares[row]
    },
  }
}

function ratioFeature(feature: Feature, rowsOf: AllRows): Feature {
  return {
    name: `${feature.name}_ratio`,
    entity: 'SLATE',
    description: `${feature.name} divided by its mean over all candidates of the slate`,
    label: `${featureLabel(feature)}, compared with the mean of the candidates`,
    unit: 'ratio',
    missing: `when ${feature.name} is missing, or its mean is 0`,
    ...(feature.monotone && { monotone: feature.monotone }),
    column: (input) => {
      const values = rowsOf(input)
      let sum = 0
      let count = 0
      for (let row = 0; row < values.length; row++) {
        if (Number.isNaN(values[row])) continue
        sum += values[row]
        count++
      }
      const mean = sum / count
      return (row) => (mean > 0 ? values[row] / mean : Number.NaN)
    },
  }
}

/**
 * Makes rank and ratio features that do not depend on a shop's traffic. They compare the value of each chosen feature with those of
 * all candidates of one decision, before any candidate is left out: the rank, and the ratio to the mean.
 */
export function withinSlate(features: readonly Feature[]): Accumulator {
  return {
    name: 'within_slate',
    entity: 'SLATE',
    description: 'How a candidate compares with the other candidates of its slate.',
    roles: [],
    features: features.flatMap((feature) => {
      const rowsOf = allRows(feature)
      return [rankFeature(feature, rowsOf), ratioFeature(feature, rowsOf)]
    }),
  }
}
