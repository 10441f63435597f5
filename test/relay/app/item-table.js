import { graphql } from 'relay-runtime'

export const query = graphql`
  query itemTableQuery($filter: ItemFilter, $first: Int, $after: String, $last: Int, $before: String) {
    ...itemTable_rows @arguments(filter: $filter, first: $first, after: $after, last: $last, before: $before)
  }
`
export const rows = graphql`
  fragment itemTable_rows on Query
  @refetchable(queryName: "itemTablePaginationQuery")
  @argumentDefinitions(
    filter: { type: "ItemFilter" }
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  ) {
    items(filter: $filter, first: $first, after: $after, last: $last, before: $before)
      @connection(key: "itemTable_items", filters: ["filter"]) {
      __id
      totalCount
      edges {
        node {
          id
          itemId
          ...itemRow_item
        }
      }
    }
  }
`
/** Its answer names no node: what goes, the caller knows. */
export const remove = graphql`
  mutation itemTableRemoveMutation($itemIds: [ID!]!) {
    deleteItems(input: { itemIds: $itemIds }) {
      ... on DeleteItemsPayload {
        deleted
        errors {
          itemId
          code
        }
      }
    }
  }
`
