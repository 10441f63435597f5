import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { tooManyValues } from './json-values.ts'
import { ORDINARY_BODY_BYTES } from './request-body.ts'

/** Plugin that refuses a large body with too many values before it is parsed, over HTTP and server-sent events. The WebSocket does so itself. */
export const countedBodies: Plugin = {
  onRequestParse: ({ request, requestParser }) => {
    if (!requestParser || Number(request.headers.get('content-length') ?? 0) <= ORDINARY_BODY_BYTES) return
    // Where the parser of Yoga takes the body from.
    request.json = async () => {
      const json = await request.text()
      const problem = tooManyValues(json)
      if (problem) throw answeredByHttp(problem)
      return JSON.parse(json)
    }
  },
}

/** The status is that of a request that is no GraphQL, unless the client asks for 200 by its `Accept`. */
function answeredByHttp({ message, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, http: { spec: true, status: 400 } } })
}
