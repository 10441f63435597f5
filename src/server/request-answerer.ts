import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Authenticator } from '../auth/authenticator.ts'
import { LiverankError } from '../errors.ts'
import { bearerOf } from './bearer.ts'
import type { ConsolePage } from './console-page.ts'
import type { YogaServer } from './graphql-endpoint.ts'
import type { NetworkGate } from './network-gate.ts'
import { asksForConsole, bodyTooLarge, refusalOf, refusalOfAddress, refuse } from './refusals.ts'
import { isChunked, readChunks } from './request-body.ts'

export interface AnswererOptions {
  readonly authenticator: Authenticator
  readonly gate: NetworkGate
  /** Absent: the service shows no console. */
  readonly console: ConsolePage | undefined
  readonly logger: Logger
}

/** Makes the function that answers HTTP requests: it refuses some before their body is read, and hands the others to Yoga, or to the console. */
export function requestAnswerer(yoga: YogaServer, { authenticator, gate: { origins }, console, logger }: AnswererOptions) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const more = () => origins.answerHeaders(request.headers.origin)
    // No answer is a script, a style or a page because a browser guesses so.
    response.setHeader('x-content-type-options', 'nosniff')
    const foreign = refusalOfAddress(request, origins)
    if (!foreign && console && asksForConsole(request)) {
      console.answer(request, response)
      return
    }
    const refusal = foreign ?? refusalOf(request)
    if (refusal) {
      const isPreflight = request.method === 'OPTIONS' && refusal.status === 405
      const preflight = isPreflight ? origins.preflightHeaders(request.headers) : undefined
      if (preflight) response.writeHead(204, preflight).end()
      else refuse(response, refusal, more())
      return
    }
    // Yoga knows no other spelling than this one.
    if (request.method === 'POST') request.headers['content-type'] = 'application/json'
    if (!isChunked(request)) return void yoga(request, response)
    isKnown(request, authenticator)
      // Of an unknown sender nothing is kept: Yoga refuses the request, and reads no body either.
      .then((known) => !known || readChunks(request))
      .then((isWhole) => (isWhole ? yoga(request, response) : refuse(response, bodyTooLarge(), more())))
      .catch((error: unknown) => {
        logger.debug({ error }, 'a connection broke before its request was read')
        response.destroy()
      })
  }
}

/** Whether the sender of a request shows a token or a key that is valid, if one is required. */
async function isKnown({ headers }: IncomingMessage, authenticator: Authenticator): Promise<boolean> {
  try {
    await authenticator.authenticate(bearerOf(headers.authorization))
    return true
  } catch (error) {
    if (error instanceof LiverankError) return false
    throw error
  }
}
