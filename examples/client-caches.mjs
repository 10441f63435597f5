// Options for the caches of GraphQL clients. A slate (list of recommended items) is stored once, under its recommendationId. If
// another component queries more fields of the slate, the cache adds them. A type without an id belongs to the object that contains it.

/** `new InMemoryCache(apolloCacheOptions)`, of Apollo Client. */
export const apolloCacheOptions = {
  typePolicies: {
    Slate: {
      keyFields: ['recommendationId'],
      // The items of a slate never change, so add the fields of a later answer to the stored ones.
      fields: {
        items: {
          merge: (existing = [], incoming, { mergeObjects }) =>
            incoming.map((item, at) => (existing[at] ? mergeObjects(existing[at], item) : item)),
        },
      },
    },
  },
}

/** The key null tells urql that an object has no id, and is stored as a part of its parent. */
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
