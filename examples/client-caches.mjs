// Options for the caches of GraphQL clients. The key of a slate is its recommendationId, so that a cache holds each slate once, and
// fields that another component asks for join it. Types without an id are parts of the object that contains them.

/** `new InMemoryCache(apolloCacheOptions)`, of Apollo Client. */
export const apolloCacheOptions = {
  typePolicies: {
    Slate: {
      keyFields: ['recommendationId'],
      // The items of a slate never change: fields of a later answer join those that are here.
      fields: {
        items: {
          merge: (existing = [], incoming, { mergeObjects }) =>
            incoming.map((item, at) => (existing[at] ? mergeObjects(existing[at], item) : item)),
        },
      },
    },
  },
}

const partOfItsParent = () => null

/** `cacheExchange(urqlCacheOptions)`, of @urql/exchange-graphcache. */
export const urqlCacheOptions = {
  keys: {
    Slate: ({ recommendationId }) => recommendationId,
    Recommendation: partOfItsParent,
    Reason: partOfItsParent,
    CandidateSource: partOfItsParent,
    FeatureContribution: partOfItsParent,
    FeatureValue: partOfItsParent,
    FeatureShare: partOfItsParent,
    ScoredItem: partOfItsParent,
    SlateWarning: partOfItsParent,
  },
}
