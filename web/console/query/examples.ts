/** A query for analysts. */
export interface ExampleQuery {
  readonly title: string
  readonly query: string
}

/** Queries to start from. They work on any store; ids in them are those of the demo shop. */
export const EXAMPLES: readonly ExampleQuery[] = [
  {
    title: 'Which brands have the highest click rate?',
    query: `{
  attributeFeatures(
    attribute: "brand"
    orderBy: "brand_ctr_7d"
    first: 5
    names: ["brand_ctr_7d", "brand_views_7d"]
  ) {
    value
    features { name value }
  }
}`,
  },
  {
    title: 'How are the click rates of all items distributed?',
    query: `{
  featureSummary(
    entity: ITEM
    names: ["item_ctr_7d"]
  ) {
    name count missing sampleSize mean
    quantiles { quantile value }
  }
}`,
  },
  {
    title: 'Who was active lately?',
    query: `{
  users(
    first: 20
    orderBy: { feature: "user_events_1d" }
  ) {
    totalCount asOf sampled
    edges {
      node { userId feature(name: "user_events_1d") }
    }
  }
}`,
  },
  {
    title: 'What is trending now?',
    query: `{
  trending(first: 10) {
    score
    item { itemId attribute(name: "title") }
  }
}`,
  },
  {
    title: 'Which cheap items get many clicks?',
    query: `{
  items(
    first: 10
    filter: {
      and: [
        { attribute: { name: "price", lte: 20 } }
        { feature: { name: "item_views", gte: 1 } }
      ]
    }
    orderBy: { feature: "item_ctr_7d" }
  ) {
    totalCount
    edges {
      node { itemId feature(name: "item_ctr_7d") }
    }
  }
}`,
  },
  {
    title: 'How do the policies do?',
    query: `{
  policyReport {
    policy users slates impressions clicks
    clickRate { value low high }
    clickRateDifference { value low high }
  }
}`,
  },
]
