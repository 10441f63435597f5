import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readiness } from './readiness.ts'

/** Paths that balancers and supervisors ask by the address of a process or by any name. They tell nothing about users. */
const PROBES = ['/health', '/ready'] as const

export type Probe = (typeof PROBES)[number]

/** Returns the probe that a request asks for, if it asks for one. The query is ignored. */
export function probeOf(request: IncomingMessage): Probe | undefined {
  const path = pathOf(request)
  return PROBES.find((probe) => probe === path)
}

/** Sends a status and a body as the response to `/health` or `/ready`. */
export function answerProbe(response: ServerResponse, { status, body }: Readiness): void {
  if (body === undefined) response.writeHead(status).end()
  else response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

/** Returns the path as it was sent. A URL parser would also find a path in a Host header such as `localhost/health?`. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const [path] = url.split('?')
  return path
}
