import { once } from 'node:events'
import { expect, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { openTestService, type ServiceSettings, serve } from '../support/server.ts'
import { JWT_SECRET } from '../support/tokens.ts'

const QUERY = '{ __typename }'
export const HOUR = 3600

/** What a caller gets who shows this credential: `ok`, or the code of the refusal. */
type Ask = (url: string, authorization: string | undefined) => Promise<string>

async function ask(url: string, accept: string, authorization: string | undefined): Promise<string> {
  const headers = { 'content-type': 'application/json', accept, ...(authorization !== undefined && { authorization }) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }) })
  const body = await response.text()
  if (response.status === 200) return body.includes('"__typename":"Query"') ? 'ok' : body
  const { errors } = JSON.parse(body)
  if (authorization !== undefined && authorization.length > 40) expect(body).not.toContain(authorization.slice(-20))
  if (response.status === 401) expect(response.headers.get('www-authenticate')).toBe('Bearer')
  return `${response.status} ${errors[0].extensions.code}`
}

/** Opens a socket and sends this payload, then an operation without waiting for the acknowledgement. */
export async function askSocket(url: string, payload: unknown): Promise<string> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  const messages: string[] = []
  socket.on('message', (data) => {
    const message = String(data)
    messages.push(message)
    if (message.includes('connection_ack')) socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY } }))
    if (message.includes('"complete"')) socket.close(1000)
  })
  socket.send(JSON.stringify({ type: 'connection_init', ...(payload !== undefined && { payload }) }))
  const [code] = await once(socket, 'close')
  if (code !== 1000) return String(code)
  return messages.some((message) => message.includes('"__typename":"Query"')) ? 'ok' : messages.join()
}

export const TRANSPORTS: Record<string, { ask: Ask; refused: string; unavailable: string }> = {
  HTTP: {
    ask: (url, authorization) => ask(url, 'application/json', authorization),
    refused: '401 UNAUTHENTICATED',
    unavailable: '503 UNAVAILABLE',
  },
  SSE: {
    ask: (url, authorization) => ask(url, 'text/event-stream', authorization),
    refused: '401 UNAUTHENTICATED',
    unavailable: '503 UNAVAILABLE',
  },
  WebSocket: {
    ask: (url, Authorization) => askSocket(url, Authorization === undefined ? undefined : { Authorization }),
    refused: '4401',
    unavailable: '1013',
  },
}

export const SERVICE: ServiceSettings = { tokens: { JWT_SECRET, JWT_ISSUER: 'the-shop', JWT_AUDIENCE: 'liverank' } }
export const OURS = { iss: 'the-shop', aud: 'liverank' }

export async function served(settings: ServiceSettings): Promise<string> {
  return (await serve(await openTestService(settings))).url
}

export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds
}

/** A clock that shows the date, which the test sets. */
export function ofDate() {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const now = () => Date.now()
  return { now, wall: now, monotonic: now, at: now, arrive: () => {}, ofClient: (at: number) => at }
}
