import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { ConsolePage } from './console-page.ts'
import type { YogaServer } from './graphql-endpoint.ts'
import type { NetworkGate } from './network-gate.ts'
import { asksForConsole, bodyTooLarge, refusalOf, refusalOfAddress, refuse } from './refusals.ts'
import { isChunked, readChunks } from './request-body.ts'

export interface AnswererOptions {
  readonly gate: NetworkGate
  /** Absent: the service shows no console. */
  readonly console: ConsolePage | undefined
  readonly logger: Logger
}

/** Makes the function that answers HTTP requests: it refuses some before their body is read, and hands the others to Yoga, or to the console. */
export function requestAnswerer(yoga: YogaServer, { gate: { origins }, console, logger }: AnswererOptions) {
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
    readChunks(request)
      .then((isWhole) => (isWhole ? yoga(request, response) : refuse(response, bodyTooLarge(), more())))
      .catch((error: unknown) => {
        logger.debug({ error }, 'a connection broke before its request was read')
        response.destroy()
      })
  }
}
