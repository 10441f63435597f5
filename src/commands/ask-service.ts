import { z } from 'zod'
import { LiverankError, RETRY_CODES, UnavailableError } from '../errors.ts'

const PATIENCE_MS = 30_000

const answer = z.object({
  data: z.looseObject({}).nullish(),
  errors: z
    .array(z.object({ message: z.string(), extensions: z.looseObject({ code: z.string().optional() }).optional() }))
    .optional(),
})

/** Returns the HTTP header with a token or a key; no header without one. */
export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }
}

/**
 * Sends one operation to a running service, with the token or key of the environment variable LIVERANK_TOKEN.
 * @throws UnavailableError if nothing answers there, or if the service has too much to do
 * @throws LiverankError BAD_USER_INPUT with what the service said, if it refused the operation
 */
export async function askService<T extends object>(url: string, query: string, variables: object): Promise<T> {
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...bearer(process.env.LIVERANK_TOKEN),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  } catch (error) {
    throw new UnavailableError(`Nothing answers at ${url}: pass the address of a running service.`, { cause: error })
  }
  const read = answer.safeParse(await response.json().catch(() => undefined))
  if (!read.success)
    throw new UnavailableError(
      `The server at ${url} is not Liverank (status ${response.status}): pass the address of a running service.`,
    )
  const [error] = read.data.errors ?? []
  if (!error) return read.data.data as T
  const code = error.extensions?.code
  if (RETRY_CODES.has(code)) throw new UnavailableError(`The service cannot do this now: ${error.message}`)
  const hint = code === 'UNAUTHENTICATED' ? ' Set LIVERANK_TOKEN to the key of an admin.' : ''
  throw new LiverankError('BAD_USER_INPUT', `${error.message}${hint}`)
}
