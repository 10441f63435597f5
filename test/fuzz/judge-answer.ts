import { z } from 'zod'

const error = z.looseObject({
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
  extensions: z.looseObject({ code: z.string().optional() }).optional(),
})
const result = z.looseObject({ data: z.unknown().optional(), errors: z.array(error).optional() })

/** Codes that a client is told about on purpose. */
const EXPECTED_CODES: ReadonlySet<string> = new Set([
  'BAD_USER_INPUT',
  'UNAVAILABLE',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'NOT_FOUND',
])
/** Close codes of a socket that blame the client, and those of an orderly end. */
const EXPECTED_CLOSES: ReadonlySet<number> = new Set([1000, 1001, 1009, 4400, 4401, 4403, 4408, 4409, 4429])

/** Why no answer may be like this; undefined for one that may. @param payload of a GraphQL response */
export function defectIn(payload: unknown): string | undefined {
  // The payload of an `error` message is the list of errors.
  const parsed = result.safeParse(Array.isArray(payload) ? { errors: payload } : payload)
  if (!parsed.success) return `an answer that is none of GraphQL: ${JSON.stringify(payload)?.slice(0, 300)}`
  for (const { message, path, extensions } of parsed.data.errors ?? []) {
    // Of a token that the operation passes: that of the caller is sound.
    const isOfArgument = extensions?.code === 'UNAUTHENTICATED' && path !== undefined
    if (extensions?.code !== undefined && !EXPECTED_CODES.has(extensions.code) && !isOfArgument)
      return `${extensions.code}: ${message}`
    // An error with a path came from carrying it out; one without a code then comes from no check of the input.
    if (path !== undefined && extensions?.code === undefined) return `an error without a code: ${message}`
  }
  return undefined
}

export function defectInClose(code: number): string | undefined {
  return EXPECTED_CLOSES.has(code) ? undefined : `the socket was closed with ${code}`
}
