import { expect, it, onTestFinished } from 'vitest'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { openWindow, ShownShop } from './shown-shop.ts'

it.skipIf(!browserAvailable || !redisAvailable)('on Redis, the console shows its warnings and follows a user live', async () => {
  const [browser, redis] = await Promise.all([startBrowser(), RedisServer.start()])
  const shop = await ShownShop.open({ REDIS_URL: redis.url, MODEL: '' }, false)
  onTestFinished(async () => {
    await browser.close()
    await shop.close()
    await redis.stop()
  })
  await shop.ask(
    'mutation { upsertItems(input: { items: [{ itemId: "mug", attributes: {} }, { itemId: "cup", attributes: {} }] }) { ... on UpsertPayload { accepted } } }',
  )
  const page = await openWindow(browser)
  await page.goto(`${shop.origin}/console`)
  await page.getByText('Redis', { exact: true }).waitFor()
  // The server of the test keeps no append-only file.
  await page.getByRole('alert').first().waitFor()
  await page.goto(`${shop.origin}/console/users?id=ana`)
  await page.getByText('Nothing is known about the user ana').waitFor()
  await page.getByRole('region', { name: 'Slate now', exact: true }).locator('tbody tr').first().waitFor()
  await shop.ask('mutation { recordEvent(input: { userId: "ana", itemId: "mug", eventType: "view" }) { __typename } }')
  await page.getByRole('region', { name: 'Timeline', exact: true }).getByText('mug').waitFor()
  expect(await page.getByText('Nothing is known').count()).toBe(0)
})
