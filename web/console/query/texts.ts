/** Texts of the section Query. */
export const texts = {
  title: 'Query',
  lead: 'Everything in this console comes from the public GraphQL API. Start with an example, or copy the query of any table.',
  open: 'Open in GraphiQL',
  copy: 'Copy',
  absent: 'This service does not offer GraphiQL',
  absentAdvice:
    'Copy the query into a tool of your own. To offer GraphiQL at /graphql, start the service with GRAPHIQL=1, without PERSISTED_OPERATIONS.',
  signedIn: 'GraphiQL asks for your key by itself: enter it under “Headers” as { "authorization": "Bearer …" }.',
} as const
