import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { overflowOf, seriousProblems } from './accessibility.ts'
import { openWindow, ShownShop } from './shown-shop.ts'

describe.skipIf(!browserAvailable)('the page at /', () => {
  let browser: Browser
  let shop: ShownShop
  beforeAll(async () => {
    shop = await ShownShop.open({ MODEL: '' }, false)
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  it('says what runs here, shows that it is alive, and leads to the other pages', async () => {
    const page = await openWindow(browser)
    await page.goto(shop.origin)
    await page.getByText('Liverank runs on this machine').waitFor()
    await page.getByText('Running since').waitFor()
    await page.getByRole('img', { name: /events recorded a second/ }).waitFor()
    const links = await page.getByRole('navigation').getByRole('link').all()
    for (const link of links) {
      const path = await link.getAttribute('href')
      expect((await fetch(new URL(path!, shop.origin), { headers: { accept: 'text/html' } })).status, path!).toBe(200)
    }
    await page.getByRole('link', { name: /Demo shop/ }).click()
    await page.waitForURL('**/demo')
  })

  it('says that the service does not answer, and goes on once it does', async () => {
    const page = await openWindow(browser)
    await page.goto(shop.origin)
    await page.getByText('Running since').waitFor()
    await page.route('**/graphql', (route) => route.abort())
    await page.getByText('The service does not answer').waitFor()
    await page.locator('dl[data-old]').getByText('screens kept up to date now').waitFor()
    await page.unroute('**/graphql')
    await page.getByText('Running since').waitFor()
  })

  it.each([
    { width: 1280, colorScheme: 'light' },
    { width: 390, colorScheme: 'dark' },
  ] as const)('is accessible, and as wide as its window ($width, $colorScheme)', async ({ width, colorScheme }) => {
    const page = await openWindow(browser, { viewport: { width, height: 844 }, colorScheme })
    await page.goto(shop.origin)
    await page.getByText('Running since').waitFor()
    expect(await seriousProblems(page)).toEqual([])
    expect(await overflowOf(page)).toBe(0)
  })

  it('keeps the theme that its reader chooses', async () => {
    const page = await openWindow(browser, { colorScheme: 'dark' })
    await page.goto(shop.origin)
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme)
    expect(await theme()).toBe('dark')
    await page.getByRole('button', { name: 'Theme: as on this device' }).click()
    await page.reload()
    await page.getByRole('button', { name: 'Theme: light' }).waitFor()
    expect(await theme()).toBe('light')
  })
})
