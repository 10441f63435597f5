import { describe, expect, it } from 'vitest'
import { HttpTransport } from '../../../lab/simulation/http-transport.ts'
import { MirroredTransport } from '../../../lab/simulation/mirrored-transport.ts'
import { ServiceTransport } from '../../../lab/simulation/service-transport.ts'
import type { SimulatedItem } from '../../../lab/simulation/shop.ts'
import type { Transport } from '../../../lab/simulation/transport.ts'
import { asker, serve } from '../../support/server.ts'
import { type OpenedService, openOn } from '../../support/service.ts'

const TRANSPORTS: Record<string, (service: OpenedService) => Promise<Transport>> = {
  'over HTTP': async (service) => new HttpTransport({ url: (await serve(service)).url }),
  'in this process': async (service) => new ServiceTransport(service),
}

/** Items with an id only, as far as a test is concerned. */
const items = (...itemIds: string[]) => itemIds.map((itemId) => ({ itemId, attributes: {} }) as unknown as SimulatedItem)

describe.each(Object.entries(TRANSPORTS))('a transport of simulated shoppers, %s', (_, connect) => {
  it('rejects an upload of which the service refuses a row', async () => {
    const transport = await connect(await openOn(undefined))
    await expect(transport.upsertItems(items('a', ''))).rejects.toMatchObject({ code: 'UNUSABLE_DATA' })
    const user = { userId: 'ann', attributes: [] as unknown as Record<string, never> }
    await expect(transport.upsertUsers([user])).rejects.toMatchObject({ code: 'UNUSABLE_DATA' })
  })

  it('asks for a slate of the results of a search alone', async () => {
    const transport = await connect(await openOn(undefined))
    await transport.upsertItems(items('a', 'b', 'c'))
    const channel = transport.openSession({ pushed: () => {}, late: () => {} })
    const candidates = ['c', 'a'].map((itemId) => ({ itemId, score: 1 }))
    const request = { userId: 'ann', sessionId: 's1', surface: 'search', first: 3, candidates, device: 'desktop' } as const
    expect((await channel.ask(request)).itemIds.toSorted()).toEqual(['a', 'c'])
  })
})

it('a service that is told of the slates of another one counts their impressions and clicks', async () => {
  const [used, told] = [await openOn(undefined), await openOn(undefined)]
  const transport = new MirroredTransport(new ServiceTransport(used), new ServiceTransport(told))
  await transport.upsertItems(items('a', 'b', 'c'))
  const channel = transport.openSession({ pushed: () => {}, late: () => {} })
  const { recommendationId, itemIds } = await channel.ask({
    ...{ userId: 'ann', sessionId: 's1', surface: 'home', first: 3, device: 'desktop' },
  })
  const common = { userId: 'ann', sessionId: 's1', recommendationId, timestamp: used.clock.now() }
  const shown = { ...common, eventId: 'e1', eventType: 'impression', eventAttributes: { surface: 'home' } } as const
  const clicked = { ...common, eventId: 'e2', eventType: 'click', itemId: itemIds[1]!, eventAttributes: { position: 2 } } as const
  expect(await channel.record([{ ...shown, positions: [1, 2] }, clicked])).toMatchObject({ recorded: 2 })
  await told.store.settle()
  const query = `query ($itemIds: [ID!]!) { itemFeatures(itemIds: $itemIds, names: ["item_impressions", "item_clicks"]) { features { value } } }`
  const { data } = await asker(told)(query, { itemIds: [...itemIds] })
  const { itemFeatures } = data as { itemFeatures: { features: { value: number }[] }[] }
  expect(itemFeatures.map(({ features }) => features.map(({ value }) => value))).toEqual([
    [1, 0],
    [1, 1],
    [0, 0],
  ])
})
