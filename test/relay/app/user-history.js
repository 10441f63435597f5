import { graphql } from 'relay-runtime'

export const query = graphql`
  query userHistoryQuery($id: ID!, $first: Int, $after: String) {
    node(id: $id) {
      ...userHistory_user @alias(as: "user") @arguments(first: $first, after: $after)
    }
  }
`
export const user = graphql`
  fragment userHistory_user on User
  @refetchable(queryName: "userHistoryPaginationQuery")
  @argumentDefinitions(first: { type: "Int" }, after: { type: "String" }) {
    events(first: $first, after: $after) @connection(key: "userHistory_events") {
      __id
      edges {
        node {
          eventId
          eventType
        }
      }
    }
  }
`
export const record = graphql`
  mutation userHistoryRecordMutation($event: RecordEventInput!, $connections: [ID!]!) {
    recordEvent(input: $event) {
      __typename
      ... on RecordEventPayload {
        event @prependNode(connections: $connections, edgeTypeName: "EventEdge") {
          eventId
          eventType
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`
