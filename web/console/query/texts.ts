/** Texts of the section Query. */
export const texts = {
  title: 'Query',
  lead: 'Everything in this console comes from the public GraphQL API. Run an example here, or copy the query of any table.',
  graphiql: 'To change a query, open it in GraphiQL, a page that runs what you write.',
  run: 'Run here',
  notListed: 'The service runs listed operations alone',
  notListedAdvice: 'Ask whoever runs the service to add this query to the file that PERSISTED_OPERATIONS names.',
  query: (title: string) => `GraphQL: ${title}`,
  result: (title: string) => `Result: ${title}`,
  open: 'Open in GraphiQL',
  copy: 'Copy',
  absent: 'This service does not offer GraphiQL',
  absentAdvice:
    'Copy the query into a tool of your own. To offer GraphiQL at /graphql, start the service with GRAPHIQL=1, without PERSISTED_OPERATIONS.',
  signedIn: 'GraphiQL asks for your key by itself: enter it under “Headers” as { "authorization": "Bearer …" }.',
} as const
