import { graphql } from 'relay-runtime'

export const query = graphql`
  query liveSlateQuery($input: RecommendationsInput!) {
    recommendations(input: $input) {
      ...liveSlate_slate
    }
  }
`
export const subscription = graphql`
  subscription liveSlateSubscription($input: RecommendationsInput!) {
    recommendations(input: $input) {
      ...liveSlate_slate
    }
  }
`
export const slate = graphql`
  fragment liveSlate_slate on Slate {
    recommendationId
    version
    trigger
    items {
      position
      item {
        id
        itemId
        ...itemRow_item
      }
    }
  }
`
