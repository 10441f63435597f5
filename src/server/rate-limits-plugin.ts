import type { IncomingMessage } from 'node:http'
import type { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Authenticator } from '../auth/authenticator.ts'
import type { Principal } from '../auth/principal.ts'
import { LiverankError } from '../errors.ts'
import type { Context } from '../schema/context.ts'
import type { StorageLimit } from '../schema/stored-bytes.ts'
import type { NetworkGate } from './network-gate.ts'
import { endWith } from './open-connections.ts'
import { pacedStream } from './paced-stream.ts'
import { type Caller, documentPoints, isServer, type RateLimits, tooEarly } from './rate-limits.ts'
import { COUNTED_FROM_BYTES } from './request-body.ts'

const RETRY_SOON = 'Retry-After: 1\r\n'

/** What Yoga adds to the context: the message that came, or opened the socket, and the request of HTTP. */
interface Arrival {
  readonly req?: IncomingMessage
  readonly request?: Request
}

function callerOf({ origins }: NetworkGate, principal: Principal | undefined, req: IncomingMessage | undefined): Caller {
  return { principal, address: () => req && origins.addressOf(req) }
}

/** Takes points from what the caller may use. @returns 0 if they were there, or after how many ms they are */
export function takePoints(gate: NetworkGate, { principal, req }: Context & Arrival, points: number): number | Promise<number> {
  return gate.rates.takeOperation(callerOf(gate, principal, req), points)
}

/** Takes points from the caller for what its operation has done already. */
export function chargePoints(gate: NetworkGate, { principal, req }: Context & Arrival, points: number): void {
  gate.rates.charge(callerOf(gate, principal, req), points)
}

/**
 * Takes points for a request, or for the first message of a socket, from its address before its token is verified. Callers that are known
 * to be servers are not limited by their address.
 * @param credentialOf returns the token or key that the caller shows; may throw
 * @returns 0 if they were there, or after how many ms they are
 */
export function takeArrival(
  { rates, origins }: NetworkGate,
  authenticator: Authenticator,
  req: IncomingMessage,
  credentialOf: () => string | undefined,
): number | Promise<number> {
  let known: Principal | undefined
  try {
    known = authenticator.known(credentialOf())
  } catch (error) {
    if (!(error instanceof LiverankError)) throw error
  }
  return known && isServer(known) ? 0 : rates.takeArrival(() => origins.addressOf(req))
}

/**
 * Counts a body that has not arrived whole for the address of its sender. Servers are not limited by their address.
 * @returns a function to call when it is whole
 */
export function holdArriving({ held }: NetworkGate, principal: Principal, req: IncomingMessage, bytes: number): () => void {
  return isServer(principal) ? () => {} : held.hold(req, bytes, () => endWith(req.socket, '429 Too Many Requests', RETRY_SOON))
}

/**
 * Takes the points for a document before it is parsed, unless it is parsed already.
 * @param req the message that brought it, or opened its socket
 * @param query the document, or the error with which the operation will be refused
 * @param more further points to take at once
 * @returns 0 if they were there, or after how many ms they are
 */
export function takeDocumentPoints(
  gate: NetworkGate,
  principal: Principal | undefined,
  req: IncomingMessage | undefined,
  query: string | GraphQLError,
  more: number,
): number | Promise<number> {
  const isKnown = typeof query !== 'string' || gate.documents.has(query)
  const points = more + (isKnown ? 0 : documentPoints(query))
  return points === 0 ? 0 : gate.rates.takeOperation(callerOf(gate, principal, req), points)
}

/** Takes the points of an operation from what its caller may use. @returns the error of one that comes too early */
export function admitOperation(
  gate: NetworkGate,
  context: Context & Arrival,
  points: number,
): GraphQLError | undefined | Promise<GraphQLError | undefined> {
  const wait = takePoints(gate, context, points)
  const refusalAfter = (ms: number) => (ms > 0 ? tooEarly(ms, context.request !== undefined) : undefined)
  return typeof wait === 'number' ? refusalAfter(wait) : wait.then(refusalAfter)
}

/**
 * Takes points for a request before its body is parsed, and before it is read unless it came in chunks. So a request is paid for even
 * if the service refuses its content. A plugin.
 * @param principalOf who sent a request
 */
export function requestRates(gate: NetworkGate, principalOf: (request: Request) => Principal | undefined): Plugin<Arrival> {
  return {
    onRequest: ({ request, fetchAPI, endResponse, serverContext }) => {
      const principal = principalOf(request)
      if (!principal) return undefined
      const { req } = serverContext as Arrival
      const bytes = Number(request.headers.get('content-length') ?? 0)
      const decided = (ms: number) => {
        if (ms <= 0) {
          // One that came in chunks is whole.
          if (!req || req.complete || bytes <= COUNTED_FROM_BYTES) return
          const release = holdArriving(gate, principal, req, bytes)
          req.once('end', release).once('close', release)
          return
        }
        gate.observer?.refused('RATE_LIMITED')
        const { message, extensions } = tooEarly(ms, true)
        const { http, ...others } = extensions as { http: { status: number; headers: Record<string, string> } }
        endResponse(fetchAPI.Response.json({ errors: [{ message, extensions: others }] }, http))
      }
      const wait = gate.rates.takeRequest(callerOf(gate, principal, req), bytes)
      return typeof wait === 'number' ? decided(wait) : wait.then(decided)
    },
  }
}

/**
 * Takes points for a document before it is parsed, over HTTP and server-sent events. A plugin; the WebSocket takes these points
 * itself.
 * @param principalOf who sent a request
 */
export function parsingRates(gate: NetworkGate, principalOf: (request: Request) => Principal | undefined): Plugin<Arrival> {
  const refuse = (wait: number) => {
    if (wait > 0) throw tooEarly(wait, true)
  }
  return {
    onParams: ({ params, request, context }) => {
      const query = gate.persisted.documentOf(params) ?? ''
      const wait = takeDocumentPoints(gate, principalOf(request), (context as Arrival).req, query, 0)
      return typeof wait === 'number' ? refuse(wait) : wait.then(refuse)
    },
  }
}

const UNLIMITED: StorageLimit = { take: () => {}, paced: (stream) => stream }

/** Limits what a caller may make the service store. @param isHttp whether the operation is answered by HTTP */
export function storageLimit(rates: RateLimits, principal: Principal, isHttp: boolean): StorageLimit {
  if (!rates.limitsStorageOf(principal)) return UNLIMITED
  const refuse = (wait: number) => {
    if (wait > 0) throw tooEarly(wait, isHttp)
  }
  return {
    take: (bytes) => {
      const wait = rates.takeStored(principal, bytes())
      return typeof wait === 'number' ? refuse(wait) : wait.then(refuse)
    },
    paced: (stream, bytes) => {
      const perMessage = bytes()
      return pacedStream(stream, () => rates.takeStored(principal, perMessage))
    },
  }
}
