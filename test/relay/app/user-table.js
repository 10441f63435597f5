import { graphql } from 'relay-runtime'

export const query = graphql`
  query userTableQuery($first: Int, $after: String) {
    ...userTable_rows @arguments(first: $first, after: $after)
  }
`
export const rows = graphql`
  fragment userTable_rows on Query
  @refetchable(queryName: "userTablePaginationQuery")
  @argumentDefinitions(first: { type: "Int" }, after: { type: "String" }) {
    users(first: $first, after: $after, orderBy: { feature: "user_events" }) @connection(key: "userTable_users") {
      asOf
      edges {
        node {
          id
          userId
        }
      }
    }
  }
`
