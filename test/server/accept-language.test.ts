import { once } from 'node:events'
import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { createClient } from 'graphql-ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { acceptedLanguage } from '../../src/server/graphql-endpoint.ts'
import { openTestService, serve } from '../support/server.ts'

describe('the language that a header asks for', () => {
  it.each([
    ['de', 'de'],
    ['de-CH', 'de'],
    ['DE-at', 'de'],
    ['ja-JP,ja;q=0.9,en;q=0.5', 'ja'],
    ['en;q=0.5, de;q=0.7', 'de'],
    ['en ; q = 0.5 ,\tde;q=0.7', 'de'],
    // The first of equal ones, and of those that are there.
    ['fr, de, en', 'de'],
    ['fr-FR, de;q=0', undefined],
    ['*', 'en'],
    ['fr, *;q=0.1', 'en'],
    ['en;q=0, *', 'de'],
    ['zh-Hans-CN, ja;q=0.001', 'ja'],
    ['fr', undefined],
    ['', undefined],
    [undefined, undefined],
    [null, undefined],
    // What is none is passed over.
    ['de;q=2, ja', 'ja'],
    ['de;q=0.1234, ja', 'ja'],
    ['d_e, ;, ,, ja', 'ja'],
    ['toString, constructor', undefined],
  ])('%s: %s', (header, language) => {
    expect(acceptedLanguage(header, ['en', 'de', 'ja'])).toBe(language)
  })

  it('is found quickly whatever the header contains', () => {
    const before = process.cpuUsage()
    expect(acceptedLanguage(`${'a-'.repeat(8000)},${' '.repeat(8000)}`, ['en'])).toBeUndefined()
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(1000)
  })
})

const REASONS = '{ recommendations(input: { userId: "me", first: 1 }) { items { reason { text } } } }'
const IN_ENGLISH = REASONS.replace('text', 'text(locale: "en-GB")')

async function openShop(): Promise<string> {
  const service = await openTestService()
  await service.uploads.upsertItems([{ itemId: 'a', attributes: {} }])
  const { url } = await serve(service)
  return url
}

function textOf(answer: unknown): string {
  const { recommendations } = (answer as { data: { recommendations: { items: { reason: { text: string } }[] } } }).data
  return recommendations.items[0].reason.text
}

describe('reasons are in the language that the client accepts', () => {
  it('over HTTP, if the field names no language', async () => {
    const url = await openShop()
    const ask = async (query: string, headers: Record<string, string>) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      })
      return textOf(await response.json())
    }
    expect(await ask(REASONS, { 'accept-language': 'de-CH, en;q=0.5' })).toBe('Neu hier')
    expect(await ask(REASONS, { 'accept-language': 'fr' })).toBe('New here')
    expect(await ask(REASONS, {})).toBe('New here')
    expect(await ask(IN_ENGLISH, { 'accept-language': 'de' })).toBe('New here')
    // fetch sends the header by itself.
    const body = JSON.stringify({ query: REASONS })
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    const [response] = await once(request(url, { method: 'POST', headers }).end(body), 'response')
    expect(textOf(await json(response))).toBe('New here')
  })

  it('over a WebSocket, by the header with which it was opened', async () => {
    const url = await openShop()
    class Japanese extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers: { 'accept-language': 'ja' } })
      }
    }
    const client = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: Japanese, retryAttempts: 0 })
    onTestFinished(() => void client.dispose())
    const answers = client.iterate({ query: REASONS })
    const { value } = await answers.next()
    expect(textOf(value)).toBe('新着です')
  })
})
