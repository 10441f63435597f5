import { graphql } from 'relay-runtime'

export const query = graphql`
  query auditTrailQuery($first: Int, $after: String) {
    ...auditTrail_entries @arguments(first: $first, after: $after)
  }
`
export const entries = graphql`
  fragment auditTrail_entries on Query
  @refetchable(queryName: "auditTrailPaginationQuery")
  @argumentDefinitions(first: { type: "Int" }, after: { type: "String" }) {
    auditLog(first: $first, after: $after) @connection(key: "auditTrail_auditLog") {
      edges {
        node {
          sequence
          action
          target
        }
      }
    }
  }
`
