import { expect, it } from 'vitest'
import { openTestService, serve } from '../support/server.ts'
import { deviceToken, JWT_SECRET } from '../support/tokens.ts'

it('no cache may keep an answer, a stream or a refusal', async () => {
  const { url } = await serve(await openTestService({ tokens: { JWT_SECRET } }))
  const authorization = `Bearer ${await deviceToken('me')}`
  const ask = (query: string, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization, ...headers },
      body: JSON.stringify({ query }),
    })
  const stream = 'subscription { recommendations(input: { userId: "me" }) { version } }'
  const answers: [number, Response][] = [
    [200, await ask('{ user(userId: "me") { userId } }')],
    [200, await ask('{ user(userId: "other") { userId } }')],
    [200, await ask('{ user(userId: "me") { userId } }', { accept: 'text/event-stream' })],
    [200, await ask(stream, { accept: 'text/event-stream' })],
    [200, await ask('{ nothing }')],
    [401, await ask('{ user(userId: "me") { userId } }', { authorization: 'Bearer x' })],
    [415, await ask('{ __typename }', { 'content-type': 'text/plain' })],
    [403, await ask('{ __typename }', { origin: 'https://elsewhere.example' })],
    [404, await fetch(`${new URL(url).origin}/nothing`)],
    [405, await fetch(url, { method: 'PUT', body: '{}' })],
  ]
  for (const [status, response] of answers) {
    expect([response.url, response.status, response.headers.get('cache-control')]).toEqual([response.url, status, 'no-store'])
    await response.body?.cancel()
  }
})
