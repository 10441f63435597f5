import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Authenticator } from '../auth/authenticator.ts'
import type { Principal } from '../auth/principal.ts'
import { LiverankError } from '../errors.ts'
import { bearerOf } from './bearer.ts'
import type { EarlyRefusal } from './early-refusal.ts'
import type { GraphiqlPage } from './graphiql-page.ts'
import { GRAPHQL_PATH, type YogaServer } from './graphql-endpoint.ts'
import type { NetworkGate } from './network-gate.ts'
import { answerMissingPage } from './plain-page.ts'
import { answerProbe, pathOf, probeOf } from './probes.ts'
import { holdArriving, takeArrival } from './rate-limits-plugin.ts'
import type { Readiness } from './readiness.ts'
import {
  asksForGraphiql,
  asksForPage,
  bodyTooLarge,
  cameTooEarly,
  chunksTooSmall,
  type Refusal,
  refusalOf,
  refusalOfAddress,
  refusalOfMethod,
  refuse,
} from './refusals.ts'
import { isChunked, leaveForYoga, readChunks } from './request-body.ts'
import type { WebPages } from './web-pages.ts'

export interface AnswererOptions {
  readonly authenticator: Authenticator
  readonly gate: NetworkGate
  readonly earlyRefusal: EarlyRefusal
  /** Absent: the service does not show GraphiQL. */
  readonly graphiql: GraphiqlPage | undefined
  /** Absent: the service shows no web pages. */
  readonly pages: WebPages | undefined
  /** Returns the answer of `/ready` at this moment. */
  readonly readiness: () => Promise<Readiness>
  readonly logger: Logger
}

/**
 * Makes the function that answers HTTP requests: it refuses some before their body is read, answers probes and GraphiQL, and hands
 * operations to Yoga.
 */
export function requestAnswerer(yoga: YogaServer, options: AnswererOptions) {
  const { authenticator, graphiql, pages, readiness, logger } = options
  const { origins, observer } = options.gate
  const answerIfProbe = probeAnswerer(readiness, logger)
  const answer = operationAnswerer(yoga, options)
  return (request: IncomingMessage, response: ServerResponse): void => {
    const refuseWith = (refusal: Refusal) => {
      observer?.turnedAway(refusal.status)
      if (pages && refusal.status === 404 && asksForPage(request)) answerMissingPage(response, refusal)
      else refuse(response, refusal, origins.answerHeaders(request.headers.origin))
    }
    // No answer is a script, a style or a page because a browser guesses so.
    response.setHeader('x-content-type-options', 'nosniff')
    // A page that may not read an answer does not learn its status either, or whether there is one.
    response.setHeader('cross-origin-resource-policy', 'same-origin')
    response.setHeader('x-frame-options', 'DENY')
    // Answers are about persons. Pages, which are not, say for themselves how long they are kept.
    response.setHeader('cache-control', 'no-store')
    const foreign = refusalOfAddress(request, origins, pages)
    if (!foreign && answerIfProbe(request, response)) return
    if (!foreign && graphiql && asksForGraphiql(request)) {
      graphiql.answer(request, response)
      return
    }
    if (!foreign && pages?.has(pathOf(request))) {
      pages.answer(request, response)
      return
    }
    const refusal = foreign ?? refusalOf(request)
    if (refusal) {
      const isPreflight = request.method === 'OPTIONS' && refusal.status === 405
      const preflight = isPreflight ? origins.preflightHeaders(request.headers) : undefined
      if (preflight) response.writeHead(204, preflight).end()
      else refuseWith(refusal)
      return
    }
    // Yoga knows no other spelling of the type than this one. And it takes addresses for its own by their end, query included.
    request.headers['content-type'] = 'application/json'
    request.url = GRAPHQL_PATH
    const wait = takeArrival(options.gate, authenticator, request, () => bearerOf(request.headers.authorization))
    const serve = (ms: number) => {
      if (ms <= 0) return answer(request, response, refuseWith)
      observer?.refused('RATE_LIMITED')
      refuseWith(cameTooEarly(ms))
    }
    if (typeof wait === 'number') serve(wait)
    else void wait.then(serve)
  }
}

/** Makes a function that hands an operation to Yoga. Where the body is to be looked at before, the function reads it. */
function operationAnswerer(yoga: YogaServer, { authenticator, gate, earlyRefusal, logger }: AnswererOptions) {
  return (request: IncomingMessage, response: ServerResponse, refuseWith: (refusal: Refusal) => void): void => {
    const mayBeRefused = earlyRefusal.mayApplyTo(request)
    if (!isChunked(request) && !mayBeRefused) return void yoga(request, response)
    senderOf(request, authenticator)
      // Of an unknown sender nothing is kept: Yoga refuses the request, and reads no body either.
      .then((sender) => sender && readChunks(request, (bytes) => holdArriving(gate, sender, request, bytes)))
      .then((body) => {
        if (body === 'too large') return refuseWith(bodyTooLarge())
        if (body === 'chunks too small') return refuseWith(chunksTooSmall())
        if (body && mayBeRefused && earlyRefusal.answers(body, request, response)) return
        if (body) leaveForYoga(request, body)
        return yoga(request, response)
      })
      .catch((error: unknown) => {
        logger.debug({ error }, 'a connection broke before its request was read')
        response.destroy()
      })
  }
}

/** Makes a function that answers a request if it is one of a probe, and says whether it is. */
function probeAnswerer(readiness: () => Promise<Readiness>, logger: Logger) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const probe = probeOf(request)
    if (!probe) return false
    const refusal = refusalOfMethod(request)
    if (refusal) refuse(response, refusal)
    else if (probe === '/health') answerProbe(response, { status: 200, body: undefined })
    else
      readiness().then(
        (read) => answerProbe(response, read),
        (error: unknown) => {
          logger.error({ error }, 'the readiness could not be read')
          answerProbe(response, { status: 503, body: undefined })
        },
      )
    return true
  }
}

/** Returns the sender of a request; undefined if it shows no valid token or key, and one is required. */
async function senderOf({ headers }: IncomingMessage, authenticator: Authenticator): Promise<Principal | undefined> {
  try {
    return await authenticator.authenticate(bearerOf(headers.authorization))
  } catch (error) {
    if (error instanceof LiverankError) return undefined
    throw error
  }
}
