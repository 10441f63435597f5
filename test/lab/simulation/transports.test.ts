import { describe, expect, it } from 'vitest'
import { HttpTransport } from '../../../lab/simulation/http-transport.ts'
import { ServiceTransport } from '../../../lab/simulation/service-transport.ts'
import type { SimulatedItem } from '../../../lab/simulation/shop.ts'
import type { Transport } from '../../../lab/simulation/transport.ts'
import { serve } from '../../support/server.ts'
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
