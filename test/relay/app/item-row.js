import { graphql } from 'relay-runtime'

export const item = graphql`
  fragment itemRow_item on Item @refetchable(queryName: "itemRowRefetchQuery") {
    itemId
    available
    attributes(names: ["title"])
  }
`
export const upload = graphql`
  mutation itemRowUploadMutation($input: [ItemInput!]!) {
    upsertItems(input: { items: $input }) {
      ... on UpsertPayload {
        accepted
      }
    }
  }
`
