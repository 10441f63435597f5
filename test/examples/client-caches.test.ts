import { ApolloClient, gql, HttpLink, InMemoryCache, type InMemoryCacheConfig } from '@apollo/client'
import { Client, fetchExchange } from '@urql/core'
import { type CacheExchangeOpts, cacheExchange } from '@urql/exchange-graphcache'
import { describe, expect, it, vi } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { openTestService, serve } from '../support/server.ts'

interface ClientCaches {
  readonly apolloCacheOptions: InMemoryCacheConfig
  readonly urqlCacheOptions: Partial<CacheExchangeOpts>
}
const example = new URL('../../examples/client-caches.mjs', import.meta.url).href
const { apolloCacheOptions, urqlCacheOptions } = (await import(example)) as ClientCaches

const input = { userId: 'me', first: 2 }
const LIST = /* GraphQL */ `
  query List($input: RecommendationsInput!) {
    recommendations(input: $input) { recommendationId items { position item { id itemId } } }
  }
`
/** Asked for by another component, which needs other fields of the same slate. */
const REASONS = /* GraphQL */ `
  query Reasons($recommendationId: ID!) {
    slate(recommendationId: $recommendationId) {
      recommendationId version trigger
      items { position score reason { code text anchorItem { id itemId } } sources { name score } }
    }
  }
`

async function openShop() {
  const service = await openTestService()
  await service.uploads.upsertItems(['a', 'b'].map((itemId) => ({ itemId, attributes: {} })))
  const { url } = await serve(service)
  let requests = 0
  const counted: typeof fetch = (...request) => {
    requests++
    return fetch(...request)
  }
  return { url, fetch: counted, requests: () => requests }
}

interface Shown {
  readonly recommendationId: string
  readonly items: readonly { readonly score?: number; readonly item?: { readonly itemId: string } }[]
}

describe('two components that ask for different fields of one slate', () => {
  it('share it in the cache of Apollo Client, without a further request', async () => {
    const { url, fetch, requests } = await openShop()
    const client = new ApolloClient({
      cache: new InMemoryCache(apolloCacheOptions),
      link: new HttpLink({ uri: url, fetch, headers: { accept: 'application/json' } }),
    })
    const list = { query: gql(LIST), variables: { input } }
    const watched = vi.fn()
    const watching = client.watchQuery(list).subscribe(watched)
    await eventually(() => expect(watched.mock.calls.at(-1)?.[0].data?.recommendations.items).toHaveLength(2))
    const { recommendationId } = watched.mock.calls.at(-1)![0].data.recommendations
    const { data } = await client.query<{ slate: Shown }>({ query: gql(REASONS), variables: { recommendationId } })
    expect(data?.slate.items.every(({ score }) => score !== undefined)).toBe(true)
    // Either is whole in the cache.
    const { recommendations } = client.readQuery<{ recommendations: Shown }>(list)!
    expect(recommendations.items.map(({ item }) => item?.itemId).sort()).toEqual(['a', 'b'])
    expect(requests()).toBe(2)
    watching.unsubscribe()
    client.stop()
  })

  it('share it in the cache of urql, without a further request', async () => {
    const { url, fetch, requests } = await openShop()
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const client = new Client({ url, fetch, preferGetMethod: false, exchanges: [cacheExchange(urqlCacheOptions), fetchExchange] })
    const { data } = await client.query<{ recommendations: Shown }>(LIST, { input }).toPromise()
    const { recommendationId } = data!.recommendations
    const reasons = await client.query<{ slate: Shown }>(REASONS, { recommendationId }).toPromise()
    expect(reasons.data?.slate.items.every(({ score }) => score !== undefined)).toBe(true)
    const again = await client.query<{ recommendations: Shown }>(LIST, { input }, { requestPolicy: 'cache-only' }).toPromise()
    expect(again.data?.recommendations.items.map(({ item }) => item?.itemId).sort()).toEqual(['a', 'b'])
    expect(requests()).toBe(2)
    // The cache knows the key of each type.
    expect(warned).not.toHaveBeenCalled()
    warned.mockRestore()
  })
})
