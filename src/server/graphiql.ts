import type { GraphiQLOptions } from 'graphql-yoga'

/** Query that GraphiQL shows first. It works on any store. */
export const FIRST_QUERY = `# The items to show to the user "me" now.
# Run it with Ctrl-Enter.
query Slate {
  recommendations(input: { userId: "me", first: 5 }) {
    version
    items {
      position
      item { itemId attribute(name: "title") }
      reason { text }
    }
  }
}

# Open a second tab, paste this, and run it.
# Then run the query again: the slate has changed.
#
# mutation View {
#   recordEvent(
#     input: { userId: "me", itemId: "item-0007", eventType: "view" }
#   ) {
#     ... on RecordEventPayload { userVersion }
#     ... on Error { code message }
#   }
# }
#
# Or leave this running in a third tab:
# a new slate arrives after each event.
#
# subscription Live {
#   recommendations(input: { userId: "me", first: 5 }) {
#     trigger
#     items { item { itemId attribute(name: "title") } }
#   }
# }
`

/** A ranking that moves, in place of the logo of the GraphQL server. */
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28" viewBox="0 0 24 24" fill="none" stroke="#0b6e99" stroke-width="3" stroke-linecap="round"><path d="M4 6h16M4 12h11M4 18h6"/></svg>'

/** Options of the GraphiQL page. */
export const GRAPHIQL: GraphiQLOptions = {
  title: 'Liverank',
  logo: LOGO,
  favicon: `data:image/svg+xml,${encodeURIComponent(LOGO)}`,
  defaultQuery: FIRST_QUERY,
  subscriptionsProtocol: 'WS',
  // Keys and tokens that its user enters are gone with the page: a later server on the same port could read what the browser keeps.
  shouldPersistHeaders: false,
}
