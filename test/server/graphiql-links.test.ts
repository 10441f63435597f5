import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { HANGS_MS } from '../support/eventually.ts'
import { itWhenLong } from '../support/long.ts'
import { openTestService, serve } from '../support/server.ts'

const MUTATION = 'mutation Hostile { recordEvent(input: { userId: "u", eventType: "view" }) { __typename } }'
const QUERY = '{ trending { items { item { itemId } } } }'

const linkTo = (url: string, operation: string) => `${url}?query=${encodeURIComponent(operation)}`

async function openPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext()
  context.setDefaultTimeout(HANGS_MS)
  onTestFinished(() => context.close())
  return context.newPage()
}

/** A site whose first page is there once, and then leads to `target`. Its page `/back` goes back by itself. */
async function hostileSite(target: string): Promise<string> {
  let isShown = false
  const site = createServer(({ url }, response) => {
    const isFirst = url === '/'
    if (isFirst && isShown) response.writeHead(302, { location: target, 'cache-control': 'no-store' }).end()
    else {
      response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' })
      response.end(`<!doctype html><script>${isFirst ? '' : 'onload = () => setTimeout(() => history.back())'}</script>`)
      isShown ||= isFirst
    }
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    site.closeAllConnections()
    await new Promise((resolve) => site.close(resolve))
  })
  return `http://hostile.example:${(site.address() as AddressInfo).port}/`
}

const editorOf = (page: Page) => page.locator('.graphiql-query-editor .view-lines')
const question = (page: Page) => page.getByRole('heading', { name: 'Open this operation in GraphiQL?' })

describe.skipIf(!browserAvailable)('an operation in the address of GraphiQL', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  it('is not in the editor if a page that the user entered goes back to itself and leads here', async () => {
    const { url } = await serve(await openTestService(), { graphiql: true })
    const site = await hostileSite(linkTo(url, MUTATION))
    const page = await openPage(browser)
    await page.goto(site)
    await page.evaluate(() => {
      location.href = '/back'
    })
    await page.waitForURL((address) => address.href.startsWith(url))
    await question(page).waitFor()
    expect(await editorOf(page).count()).toBe(0)
  })

  it('is not in the editor if a page of another site prefetches GraphiQL', async () => {
    const { url } = await serve(await openTestService(), { graphiql: true })
    const page = await openPage(browser)
    await page.goto(await hostileSite(url))
    const link = linkTo(url, MUTATION)
    const ahead = page.waitForEvent('requestfinished', (request) => request.url() === link)
    await page.evaluate((address) => {
      const textContent = JSON.stringify({ prefetch: [{ urls: [address], eagerness: 'immediate' }] })
      document.head.append(Object.assign(document.createElement('script'), { type: 'speculationrules', textContent }))
    }, link)
    await ahead
    const opening = page.waitForEvent('popup')
    await page.evaluate((address) => void window.open(address), link)
    const popup = await opening
    await question(popup)
      .or(editorOf(popup).filter({ hasText: 'query Slate' }))
      .waitFor()
    expect(await editorOf(popup).filter({ hasText: 'Hostile' }).count()).toBe(0)
  })

  it('is shown as text to the user who entered it, and opens after a click', async () => {
    const { url } = await serve(await openTestService(), { graphiql: true })
    const page = await openPage(browser)
    const operation = `${QUERY} # </pre><img src=x onerror="document.title='ran'"><script>document.title='ran'</script>`
    await page.goto(linkTo(url, operation))
    expect(await page.locator('pre').textContent()).toBe(operation)
    expect(await page.title()).toBe('Open this operation? – Liverank')
    await page.getByRole('link', { name: 'Open it in GraphiQL' }).click()
    await editorOf(page).filter({ hasText: 'trending' }).waitFor()
  })

  itWhenLong('is in the editor at once if the user reloads GraphiQL after an edit', async () => {
    const { url } = await serve(await openTestService(), { graphiql: true })
    const page = await openPage(browser)
    await page.goto(url)
    await editorOf(page).click()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type('{ trending { __typename')
    await page.waitForURL((address) => address.search.includes('trending'))
    await page.waitForFunction(() => localStorage.getItem('graphiql:tabState')?.includes('trending'))
    await page.reload()
    await editorOf(page).filter({ hasText: 'trending' }).waitFor()
  })

  itWhenLong('comes without a key that the user entered before: the browser stores none', async () => {
    const { url } = await serve(await openTestService(), { graphiql: true })
    const page = await openPage(browser)
    await page.goto(url)
    await page.getByRole('button', { name: 'Headers' }).click()
    await page.locator('[data-uri*=headers]').first().click()
    await page.keyboard.insertText('{ "authorization": "Bearer entered-key" }')
    await editorOf(page).click()
    await page.keyboard.insertText('# edited')
    await page.waitForFunction(() => localStorage.getItem('graphiql:tabState')?.includes('# edited'))
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('entered-key')
  })
})
