import type { IncomingMessage } from 'node:http'
import type { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Principal } from '../auth/principal.ts'
import type { Context } from '../schema/context.ts'
import type { NetworkGate } from './network-gate.ts'
import { type Caller, tooEarly } from './rate-limits.ts'

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

/**
 * Takes the points for a document before it is parsed, unless it is parsed already. An operation that has none, such as one with an unknown
 * id, costs as much as the smallest.
 * @param req the message that brought it, or opened its socket
 * @param query the document, or the error with which the operation will be refused
 * @returns 0 if they were there, or after how many ms they are
 */
export function takeDocumentPoints(
  gate: NetworkGate,
  principal: Principal | undefined,
  req: IncomingMessage | undefined,
  query: string | GraphQLError,
): number | Promise<number> {
  if (typeof query === 'string' && gate.documents.has(query)) return 0
  return gate.rates.takeDocument(callerOf(gate, principal, req), typeof query === 'string' ? query : '')
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
 * Takes points for a large body before it is parsed, and before it is read unless it came in chunks. So a body is paid for even
 * if the service refuses its content. A plugin.
 * @param principalOf who sent a request
 */
export function bodyRates(gate: NetworkGate, principalOf: (request: Request) => Principal | undefined): Plugin<Arrival> {
  return {
    onRequest: ({ request, fetchAPI, endResponse }) => {
      const principal = principalOf(request)
      if (!principal) return undefined
      const refuse = (ms: number) => {
        if (ms <= 0) return
        const { message, extensions } = tooEarly(ms, true)
        const { http, ...others } = extensions as { http: { status: number; headers: Record<string, string> } }
        endResponse(fetchAPI.Response.json({ errors: [{ message, extensions: others }] }, http))
      }
      const bytes = Number(request.headers.get('content-length') ?? 0)
      const wait = gate.rates.takeBody(principal, bytes)
      return typeof wait === 'number' ? refuse(wait) : wait.then(refuse)
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
      const wait = takeDocumentPoints(gate, principalOf(request), (context as Arrival).req, query)
      return typeof wait === 'number' ? refuse(wait) : wait.then(refuse)
    },
  }
}
