import { expect, it } from 'vitest'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { news } from '../../../src/domain/news.ts'
import { SECOND } from '../../../src/time-units.ts'
import { onRedis } from '../../support/each-store.ts'

onRedis('a store of several processes', (open) => {
  it('refuses a domain of another name while one runs, names both, and lets it in once the others have stopped', async () => {
    const place = { prefix: 'two' }
    const shop = await open({ ...place, domain: eCommerce })
    const { clock } = shop
    const paper = () => open({ ...place, domain: news, clock })
    const refusal = {
      code: 'LAYOUT_MISMATCH',
      message: expect.stringMatching(/domain e-commerce, .* domain news\. .*REDIS_PREFIX/),
    }
    await expect(paper()).rejects.toMatchObject(refusal)
    // A process that was refused does not hold up those that may start.
    const edited = { ...eCommerce, eventTypes: { ...eCommerce.eventTypes, wish: { ...eCommerce.eventTypes.like, weight: 3 } } }
    const second = await open({ ...place, domain: edited, clock })
    await shop.close()
    await expect(paper()).rejects.toMatchObject(refusal)
    await second.close()
    await paper()
  })

  it('lets a domain in once a process of another has been silent for long', async () => {
    const { clock, store, redisUrl } = await open({ prefix: 'silent', domain: eCommerce })
    expect(redisUrl).toBeDefined()
    await store.settle()
    clock.advance(16 * SECOND)
    await open({ prefix: 'silent', domain: news, clock })
  })

  it('keeps two domains apart by their prefix', async () => {
    const shop = await open({ prefix: 'shop', domain: eCommerce })
    await open({ prefix: 'paper', domain: news, clock: shop.clock })
  })
})
