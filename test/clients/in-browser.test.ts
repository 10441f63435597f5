import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SwapWhen } from '../../clients/typescript/src/index.ts'
import { DOMAINS } from '../../src/domain/built-in-domains.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { Service } from '../../src/service/service.ts'
import { browserAvailable, openPageOf, startBrowser } from '../support/browser.ts'
import { asker, openTestService, serve } from '../support/server.ts'
import { recordedIds } from './device.ts'

const UPSERT = 'mutation ($items: [ItemInput!]!) { upsertItems(input: { items: $items }) { ... on UpsertPayload { accepted } } }'
const IDS = ['mug', 'cup', 'pot', 'jug', 'pan', '<i>&amp;</i>', '🫖', 'x'.repeat(128)]
const PURCHASE = `mutation ($itemId: ID!) {
  recordEvent(input: { userId: "ana", eventType: "purchase", itemId: $itemId }) { __typename }
}`

describe.skipIf(!browserAvailable)('in a browser, the client', () => {
  let browser: Browser
  let script: string
  beforeAll(async () => {
    browser = await startBrowser()
    const { outputFiles } = await build({
      entryPoints: [`${import.meta.dirname}/shop-page.ts`],
      bundle: true,
      write: false,
      format: 'iife',
      define: { 'process.env.NODE_ENV': '"production"' },
    })
    script = outputFiles[0].text
  })
  afterAll(() => browser?.close())

  async function opened(domain?: Domain): Promise<{ service: Service; page: Page; url: string }> {
    const service = await openTestService(domain && { domain })
    await asker(service)(UPSERT, { items: IDS.map((itemId) => ({ itemId, attributes: { title: `The ${itemId}` } })) })
    const page = await openPageOf(browser, 'shop.example')
    await page.setViewportSize({ width: 400, height: 700 })
    await page.addScriptTag({ content: script })
    const { url } = await serve(service, { network: { ALLOWED_ORIGINS: [new URL(page.url()).origin] } })
    return { service, page, url }
  }

  const shown = (page: Page) => page.$$eval('li', (rows) => rows.map((row) => row.dataset.item ?? ''))

  async function withRow(swapWhen: SwapWhen = 'untouched', domain?: Domain) {
    const { service, page, url } = await opened(domain)
    await page.evaluate((options) => window.showRow(options), { url, userId: 'ana', dwellMs: 100, swapWhen })
    await page.waitForSelector('li:nth-child(5)')
    const buyElsewhere = (itemId: string) => asker(service)(PURCHASE, { itemId })
    return { service, page, buyElsewhere, first: await shown(page) }
  }

  it('keeps events in IndexedDB while the page is loaded anew, and sends them once the network is back', async () => {
    const { service, page, url } = await opened()
    await page.route('**/graphql', (route) => route.abort())
    await page.evaluate((options) => window.openClient(options), { url, userId: 'ana' })
    await page.evaluate(async (ids) => {
      for (const eventId of ids) await window.shop.client.recordEvent({ eventType: 'view', itemId: eventId, eventId })
    }, IDS)
    expect(await page.evaluate(() => window.shop.client.waitingEvents)).toBe(IDS.length)
    expect(await recordedIds(service)).toEqual([])
    await page.reload()
    await page.unroute('**/graphql')
    await page.addScriptTag({ content: script })
    await page.evaluate((options) => window.openClient(options), { url, userId: 'ana' })
    await page.waitForFunction((count) => window.shop.outcomes.length === count, IDS.length)
    expect(await recordedIds(service)).toEqual(IDS)
    expect(await page.evaluate(() => window.shop.client.waitingEvents)).toBe(0)
    await page.reload()
    await page.addScriptTag({ content: script })
    await page.evaluate((options) => window.openClient(options), { url, userId: 'ana' })
    await page.evaluate(() => window.shop.client.flush())
    expect(await page.evaluate(() => window.shop.outcomes.length)).toBe(0)
  })

  it('sends what waits as soon as the browser is online again', async () => {
    const { service, page, url } = await opened()
    await page.context().setOffline(true)
    await page.evaluate((options) => window.openClient(options), { url, userId: 'ana' })
    await page.evaluate(async () => {
      await window.shop.client.recordEvent({ eventType: 'view', itemId: 'mug', eventId: 'a' })
      await window.shop.client.flush()
    })
    expect(await recordedIds(service)).toEqual([])
    await page.context().setOffline(false)
    await page.waitForFunction(() => window.shop.outcomes.length === 1)
    expect(await recordedIds(service)).toEqual(['a'])
  })

  it('reports the items that were visible long enough, each once', async () => {
    const { service, page } = await withRow()
    await page.waitForFunction(() => window.shop.outcomes.length === 1)
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
    await page.waitForFunction(() => window.shop.outcomes.length === 2)
    await page.evaluate(() => window.scrollTo(0, 0))
    const events = await page.evaluate(() => window.shop.outcomes.map(({ event, counted }) => ({ ...event, counted })))
    expect(events).toMatchObject(
      [1, 2].map(() => ({ eventType: 'impression', counted: true, eventAttributes: { surface: 'home' } })),
    )
    // The third item was passed too quickly.
    expect(events.map(({ positions }) => positions)).toEqual([
      [1, 2],
      [4, 5],
    ])
    expect(await recordedIds(service)).toEqual(events.map(({ eventId }) => eventId))
  })

  it('moves no item while the pointer is on the list, and shows the new slate after that', async () => {
    const { page, buyElsewhere, first } = await withRow()
    await page.hover('li:nth-child(2)')
    await buyElsewhere(first[0])
    await page.waitForSelector('#accept:not([hidden])')
    expect(await shown(page)).toEqual(first)
    await page.hover('#aside')
    await page.waitForFunction((bought) => document.querySelector('li')?.dataset.item !== bought, first[0])
    expect(await shown(page)).not.toContain(first[0])
    expect(await page.isHidden('#accept')).toBe(true)
    await buyElsewhere(first[1])
    await page.waitForFunction(
      (bought) => Array.from(document.querySelectorAll('li')).every((row) => row.dataset.item !== bought),
      first[1],
    )
  })

  it('moves no item until the user accepts the new slate, if the app wants that', async () => {
    const { page, buyElsewhere, first } = await withRow('accepted')
    await buyElsewhere(first[0])
    await page.waitForSelector('#accept:not([hidden])')
    expect(await shown(page)).toEqual(first)
    await page.click('#accept')
    await page.waitForFunction((bought) => document.querySelector('li')?.dataset.item !== bought, first[0])
    expect(await shown(page)).toHaveLength(5)
  })

  it.each(Object.entries(DOMAINS))('takes a dismissed item out, and lets it return: %s', async (_, domain) => {
    const { service, page, first } = await withRow('untouched', domain)
    const isRecommended = async () => {
      const request = { userId: 'ana', first: 8, surface: 'home', sessionId: undefined, device: undefined, rules: { seen: [] } }
      const { items } = await service.recommender.recommend(request, 'INITIAL')
      return items.some(({ itemId }) => itemId === first[0])
    }
    await page.click('li:first-child .dismiss')
    expect(await shown(page)).not.toContain(first[0])
    await expect.poll(isRecommended).toBe(false)
    await page.click('#undo')
    await expect.poll(isRecommended).toBe(true)
    await expect.poll(() => shown(page)).toEqual(first)
  })

  it('takes an item out at once, and puts it back only if the service refuses the event', async () => {
    const { page, first } = await withRow('accepted')
    await page.route('**/graphql', (route) => route.abort())
    await page.click('li:nth-child(2) .buy')
    await page.click('li:nth-child(3) .broken')
    expect(await shown(page)).toEqual([first[0], first[2], first[4]])
    await page.unroute('**/graphql')
    await page.evaluate(() => window.shop.client.wake())
    await page.waitForFunction(() => window.shop.outcomes.some(({ status }) => status === 'REJECTED'))
    await page.waitForSelector('li:nth-child(4)')
    expect(await shown(page)).toEqual([first[0], ...first.slice(2)])
  })
})
