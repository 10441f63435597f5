import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientCode } from '../errors.ts'
import { GRAPHQL_PATH } from './graphql-endpoint.ts'
import type { Origins } from './origins.ts'
import { pathOf, probeOf } from './probes.ts'
import { tooEarly } from './rate-limits.ts'
import { MAX_BODY_BYTES } from './request-body.ts'

/** A name or an address, and a port. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d*)?$/i
const JSON_TYPE = /^application\/json\s*(;|$)/i

/** The answer to a request that the server refuses before GraphQL. */
export interface Refusal {
  readonly status: number
  readonly code: ClientCode
  readonly message: string
  readonly headers?: Record<string, string>
  /** After how many ms the request may come again, if that helps. */
  readonly retryAfterMs?: number
}

/**
 * Answers a request that is not served, and closes its connection: the rest of its body is not read.
 * @param more headers that let a page read the answer
 */
export function refuse(response: ServerResponse, refusal: Refusal, more: Record<string, string> = {}): void {
  const { status, code, message, headers, retryAfterMs } = refusal
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close', ...more, ...headers })
  response.end(JSON.stringify({ errors: [{ message, extensions: { code, retryAfterMs } }] }))
}

/** Makes the refusal of a body that is too large. @param bytes its length, if it is known */
export function bodyTooLarge(bytes?: number): Refusal {
  const message = `The body has ${bytes ?? `more than ${MAX_BODY_BYTES}`} bytes; at most ${MAX_BODY_BYTES} are allowed: send the data in several requests.`
  return { status: 413, code: 'PAYLOAD_TOO_LARGE', message }
}

/** Makes the refusal of a request whose address has too few points. @param waitMs time until it has enough, in ms */
export function cameTooEarly(waitMs: number): Refusal {
  const { message, extensions } = tooEarly(waitMs, true)
  const { http, ...others } = extensions as { code: ClientCode; retryAfterMs: number; http: Pick<Refusal, 'headers'> }
  return { status: 429, message, ...http, ...others }
}

/** Makes the refusal of a body that comes in many chunks of a few bytes each. */
export function chunksTooSmall(): Refusal {
  return badInput(
    400,
    'The body comes in many chunks of less than 16 bytes on average: send it in larger chunks, or with a Content-Length.',
  )
}

/** What is at the paths of web pages. */
export interface PagePaths {
  has(path: string): boolean
  /** Returns why there is nothing at a path, if it is one of a page. */
  missing(path: string): string | undefined
}

/** Returns why a request is not served because of its path, or of where it comes from. @param pages absent: there are no pages */
export function refusalOfAddress(request: IncomingMessage, origins: Origins, pages?: PagePaths): Refusal | undefined {
  if (probeOf(request)) return refusalOfHost(request)
  const refusal = refusalOfForeign(request, origins)
  const path = pathOf(request)
  if (refusal || path === GRAPHQL_PATH || pages?.has(path)) return refusal
  return badInput(404, pages?.missing(path) ?? `There is nothing at this path: send operations to ${GRAPHQL_PATH}.`)
}

/** Tells whether a browser asks for a page, wherever it is. */
export function asksForPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

/** Tells whether a browser asks for the page of GraphiQL. */
export function asksForGraphiql(request: IncomingMessage): boolean {
  return pathOf(request) === GRAPHQL_PATH && asksForPage(request)
}

/** Returns why a request to a path that is only read, such as a probe or a page, is not served: its method. */
export function refusalOfMethod({ method }: IncomingMessage): Refusal | undefined {
  return method === 'GET' || method === 'HEAD'
    ? undefined
    : badMethod(`Request this path with GET, not with ${method}.`, 'GET, HEAD')
}

/**
 * Returns why a request to the path of operations is not served, from its headers alone. A web page may send a body that is not JSON,
 * or an operation in the address, to another site without being stopped by CORS; so only JSON by POST is served.
 */
export function refusalOf(request: IncomingMessage): Refusal | undefined {
  const { method, headers } = request
  if (method !== 'POST') return badMethod(`${method} is not supported here: send the operation by POST, as JSON.`, 'POST')
  const length = Number(headers['content-length'] ?? 0)
  if (length > MAX_BODY_BYTES) return bodyTooLarge(length)
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) return badInput(415, 'Send JSON, with the Content-Type application/json.')
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') return badInput(415, `The body is compressed (Content-Encoding: ${encoding}): send it as it is.`)
  return undefined
}

/** Returns why a request or an upgrade to a WebSocket is not served because of where it comes from, or by which name it came. */
export function refusalOfForeign(request: IncomingMessage, origins: Origins): Refusal | undefined {
  const { host, origin } = request.headers
  const malformed = origins.isUsualHost(host) && !repeatsHost(request) ? undefined : refusalOfHost(request)
  if (malformed) return malformed
  if (!origins.allowsHost(host)) {
    const message = `This service does not accept requests for the host ${host}: use another host name, or add this one to ALLOWED_HOSTS.`
    return { status: 421, code: 'FORBIDDEN', message }
  }
  if (origins.allows(request)) return undefined
  return {
    status: 403,
    code: 'FORBIDDEN',
    message: `Pages of ${origin} may not use this service: add the origin to ALLOWED_ORIGINS.`,
  }
}

function refusalOfHost(request: IncomingMessage): Refusal | undefined {
  const { host } = request.headers
  if (repeatsHost(request)) return badInput(400, 'The request has more than one Host header: send one.')
  if (host === undefined || (HOST.test(host) && URL.canParse(`http://${host}`))) return undefined
  return badInput(400, 'The Host header is not a host.')
}

/** Tells whether a request has several Host headers. Node keeps the first in `headers`, and a proxy may have decided by another one. */
function repeatsHost({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

function badMethod(message: string, allow: string): Refusal {
  return { ...badInput(405, message), headers: { allow } }
}

function badInput(status: number, message: string): Refusal {
  return { status, code: 'BAD_USER_INPUT', message }
}
