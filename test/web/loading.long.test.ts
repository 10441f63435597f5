import { setTimeout } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { openWindow, ShownShop } from './shown-shop.ts'

const SHOP = ['', '/item/item-0001', '/category/lighting', '/cart'].map((path) => `/demo${path}`)
const CONSOLE = [
  '',
  '/users',
  '/users?id=shopper-00133',
  '/items',
  '/items?id=item-0001',
  '/features',
  '/models',
  '/rules?surface=home',
  '/experiments',
  '/keys',
  '/query',
].map((path) => `/console${path}`)
const WIDTHS = [390, 1280]
/** What https://web.dev/articles/cls calls good, as a share of the window and of the distance. */
const MOST_SHIFT = 0.1
/** Answers are late by one to four of it, in turn: each comes in another frame, and not in the order of the questions. */
const LATE_MS = 300

declare global {
  interface Window {
    shifts: { readonly value: number; readonly moved: readonly string[] }[]
  }
}

/** Keeps what moved without an action of the reader, in `window.shifts`. Runs in the page, before its own scripts. */
function watchShifts(): void {
  window.shifts = []
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & LayoutShift)[]) {
      const moved = entry.sources.map(({ node, previousRect, currentRect }) => {
        const name = node instanceof Element ? node.outerHTML.slice(0, 80) : node?.textContent
        return `${name}: ${previousRect.y} to ${currentRect.y}`
      })
      if (!entry.hadRecentInput) window.shifts.push({ value: entry.value, moved })
    }
  }).observe({ type: 'layout-shift', buffered: true })
}

/** See https://wicg.github.io/layout-instability/. */
interface LayoutShift {
  readonly value: number
  readonly hadRecentInput: boolean
  readonly sources: readonly { readonly node: Node | null; readonly previousRect: DOMRect; readonly currentRect: DOMRect }[]
}

describe.skipIf(!browserAvailable)('pages whose answers are late', () => {
  let browser: Browser
  let shop: ShownShop
  beforeAll(async () => {
    ;[browser, shop] = await Promise.all([startBrowser(), ShownShop.open()])
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  it.each(WIDTHS.flatMap((width) => ['/', ...SHOP, ...CONSOLE].map((path) => ({ path, width }))))(
    'do not jump while they load ($path, $width)',
    async ({ path, width }) => {
      const page = await openWindow(browser, { viewport: { width, height: 844 } })
      await page.addInitScript(watchShifts)
      let asked = 0
      let answered = 0
      await page.route('**/graphql', async (route) => {
        await setTimeout(LATE_MS * (4 - (asked++ % 4)))
        await route.fallback()
        answered++
      })
      await page.goto(shop.origin + path)
      await page.locator('main').waitFor()
      await page.waitForLoadState('networkidle')
      const placeholders = page.locator('[class*=placeholder]')
      await expect.poll(async () => (await placeholders.count()) === 0 && asked === answered).toBe(true)
      // Two frames later, the browser has told of what the last answer moved.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
      const shifts = await page.evaluate(() => window.shifts)
      const sum = shifts.reduce((sum, { value }) => sum + value, 0)
      expect(sum, JSON.stringify(shifts)).toBeLessThan(MOST_SHIFT)
      console.log(`${path} at ${width}: ${sum.toFixed(3)}`)
    },
  )
})
