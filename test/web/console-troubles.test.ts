import { hash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { assignedPolicy, type Experiment } from '../../src/domain/experiment.ts'
import { DAY } from '../../src/time-units.ts'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { itWhenLong } from '../support/long.ts'
import { scratchDirectory } from '../support/temporary-directory.ts'
import { openWindow, ShownShop } from './shown-shop.ts'

const EXPERIMENT: Experiment = {
  holdOut: 0,
  policies: [
    { name: 'control', share: 1, model: null },
    { name: 'diverse', share: 9, model: null, rules: { diversity: 0.5 } },
  ],
}
const LISTED = 'query Name { __typename }'
const ITEMS = 10_000
const UPSERT =
  'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted errors { message } } } }'
const SLATE = 'query ($userId: ID!) { recommendations(input: { userId: $userId }) { recommendationId } }'
const SEEN = `mutation ($userId: ID!, $slate: ID!) {
  recordEvent(input: { userId: $userId, eventType: "impression", recommendationId: $slate, positions: [1] }) { __typename }
}`
const SECTIONS = [
  ['', 'Events per second'],
  ['/users', 'Lately active users'],
  ['/items', 'Items by interest of the last day'],
  ['/rules?surface=home', 'Rules of this page'],
  ['/models', 'Registered models'],
  ['/features?name=item_ctr_7d', 'How item_ctr_7d is distributed'],
  ['/experiments', 'Policies'],
  ['/keys', 'Audit log'],
] as const

/** Items around a circle: each has all others as neighbours by their vectors. */
const item = (n: number) => {
  const angle = (n / ITEMS) * 2 * Math.PI
  return { itemId: `i${n}`, attributes: { title: `Item ${n}`, embedding: [Math.cos(angle), Math.sin(angle)] } }
}

describe.skipIf(!browserAvailable)('the console', () => {
  let browser: Browser
  let shop: ShownShop
  beforeAll(async () => {
    const folder = scratchDirectory()
    const domain = join(folder, 'domain.json')
    const operations = join(folder, 'operations.json')
    await writeFile(domain, JSON.stringify({ extends: 'e-commerce', experiment: EXPERIMENT }))
    await writeFile(operations, JSON.stringify({ [hash('sha256', LISTED)]: LISTED }))
    shop = await ShownShop.open({ MODEL: '', DOMAIN: domain, PERSISTED_OPERATIONS: operations }, false)
    for (let from = 0; from < ITEMS; from += 1000) {
      const input = Array.from({ length: 1000 }, (_, n) => item(from + n))
      expect((await shop.ask(UPSERT, { input })).data).toEqual({ upsertItems: { accepted: 1000, errors: [] } })
    }
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  async function visit(path: string): Promise<Page> {
    const page = await openWindow(browser)
    await page.goto(`${shop.origin}/console${path}`)
    return page
  }
  const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

  itWhenLong('works if the service runs only listed operations, and says what to do if it is of another version', async () => {
    const body = JSON.stringify({ query: '{ __typename }' })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${shop.origin}/graphql`, { method: 'POST', headers, body })
    expect(await answer.text()).toContain('PERSISTED_QUERY_ONLY')
    const page = await visit('')
    for (const [path, title] of SECTIONS) {
      await page.goto(`${shop.origin}/console${path}`)
      await region(page, title).waitFor()
      await page.waitForFunction(() => document.querySelector('[role=status]') === null)
      const alerts = await page.getByRole('alert').allTextContents()
      // The service counts the failed assertions of its process, in which other tests make some fail.
      expect(alerts.filter((alert) => !alert.includes('Checks of the service on itself that failed'))).toEqual([])
    }
    await page.goto(`${shop.origin}/console/users?id=ana`)
    await region(page, 'Slate now').locator('tbody tr').first().waitFor()
    await page.goto(`${shop.origin}/console/query`)
    await page.getByRole('button', { name: 'Run here' }).first().click()
    await page.getByText('The service runs listed operations alone').waitFor()
    await page.route('**/graphql', (route) => {
      const posted = route.request().postDataJSON() as { query: string }
      return route.continue({ postData: JSON.stringify({ ...posted, query: `${posted.query} ` }) })
    })
    await page.getByRole('link', { name: 'Items' }).click()
    await page.getByText('This page is of another version of the service: reload it.').waitFor()
  })

  it('shows as many neighbours of an item as the API returns, and stays usable', async () => {
    const page = await visit('/items?id=i0')
    const rows = region(page, 'Table: Similar items').locator('tbody tr')
    await rows.first().waitFor()
    expect(await rows.count()).toBe(20)
    const more = page.getByRole('button', { name: 'More similar items' })
    for (const shown of [20, 100]) {
      await more.click()
      await rows.nth(shown).waitFor()
    }
    expect(await rows.count()).toBe(500)
    expect(await more.count()).toBe(0)
    await rows.nth(499).getByRole('link').click()
    await page.getByRole('heading', { name: /^Item \d+$/ }).waitFor()
  })

  it('keeps the place of what a slow service has not answered yet, and shows it when it comes', async () => {
    const page = await visit('')
    await region(page, 'Events per second').waitFor()
    const held: Route[] = []
    await page.route('**/graphql', (route) => void held.push(route))
    await page.getByRole('link', { name: 'Items' }).click()
    await page.getByRole('status').first().waitFor()
    await page.getByRole('link', { name: 'Experiments' }).click()
    await page.getByRole('heading', { name: 'Experiments' }).waitFor()
    await page.getByRole('status').first().waitFor()
    await page.unroute('**/graphql')
    for (const route of held) await route.continue().catch(() => undefined)
    await region(page, 'Table: Policies').waitFor()
  })

  it('looks for a part of a title only when it knows the titles, and answers what was entered last', async () => {
    const page = await visit('')
    const held: Route[] = []
    const operationOf = (route: Route) => (route.request().postDataJSON() as { operationName: string }).operationName
    await page.route('**/graphql', (route) =>
      ['PopularItems', 'NamedItems'].includes(operationOf(route)) ? void held.push(route) : route.continue(),
    )
    const release = async (operation: string, which: number) => {
      const routes = () => held.filter((route) => operationOf(route) === operation)
      await expect.poll(() => routes().length).toBeGreaterThan(which)
      await routes()[which]!.continue()
    }
    const look = async (text: string) => {
      await page.getByLabel('Item (id or title)').fill(text)
      await page.getByRole('button', { name: 'Show item' }).click()
    }
    await page.getByRole('link', { name: 'Items' }).click()
    await look('no such item')
    await look('neither this')
    await release('NamedItems', 1)
    await release('NamedItems', 0)
    await release('PopularItems', 0)
    await page.getByText(/the id or title “neither this”.*among the 200 items/).waitFor()
    expect(await page.getByRole('alert').count()).toBe(1)
  })

  it('says that the service is away if it does not answer in time, and goes on by itself when it does', async () => {
    const page = await visit('')
    await region(page, 'Events per second').waitFor()
    await page.clock.install()
    const held: Route[] = []
    await page.route('**/graphql', (route) => void held.push(route))
    await page.getByRole('link', { name: 'Items' }).click()
    await expect.poll(() => held.length).toBeGreaterThan(0)
    await page.clock.fastForward('00:30')
    await page.getByText('The service does not answer').waitFor()
    await page.unroute('**/graphql')
    await page.clock.fastForward('00:05')
    await region(page, 'Table: Items by interest of the last day').waitFor()
  })

  it('connects again if the service no longer answers on its WebSocket', async () => {
    const page = await openWindow(browser)
    const connections: { isDead: boolean; isLive: boolean }[] = []
    await page.routeWebSocket('**/graphql', (socket) => {
      // The second one is dead from the start.
      const connection = { isDead: connections.length === 1, isLive: false }
      connections.push(connection)
      const service = socket.connectToServer()
      socket.onMessage((message) => connection.isDead || service.send(message))
      service.onMessage((message) => {
        if (connection.isDead) return
        connection.isLive ||= String(message).includes('"type":"next"')
        socket.send(message)
      })
    })
    await page.clock.install()
    await page.goto(`${shop.origin}/console/users?id=zoe`)
    await expect.poll(() => connections[0]?.isLive).toBe(true)
    connections[0]!.isDead = true
    // The page pings after 20 s, and waits 10 s for an answer, as it does for the first one of a new connection.
    await page.clock.fastForward('00:20')
    await page.clock.fastForward('00:10')
    await expect.poll(() => connections.length).toBe(2)
    await page.clock.fastForward('00:10')
    await expect.poll(() => connections[2]?.isLive).toBe(true)
    await shop.ask('mutation { recordEvent(input: { userId: "zoe", itemId: "i7", eventType: "view" }) { __typename } }')
    await page.getByRole('region', { name: 'Timeline', exact: true }).getByText('Item 7').waitFor()
  })

  it('says that the service is away or fails, and goes on by itself when it is back', async () => {
    const page = await visit('')
    await region(page, 'Events per second').waitFor()
    await page.route('**/graphql', (route) =>
      route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }),
    )
    await page.getByRole('link', { name: 'Items' }).click()
    await page.getByText('The service does not answer').waitFor()
    expect(await page.getByText('Bad gateway').count()).toBe(0)
    await page.unroute('**/graphql')
    await region(page, 'Table: Items by interest of the last day').waitFor()
    await page.route('**/assets/**', (route) => route.abort())
    await page.getByRole('link', { name: 'Rules' }).click()
    await page.getByText('This section could not be shown').waitFor()
    await page.unroute('**/assets/**')
    await page.getByRole('button', { name: 'Reload the page' }).click()
    await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor()
    await page.getByLabel('Hide what the user has bought').selectOption('true')
    await page.getByRole('button', { name: 'Publish …' }).click()
    await page.route('**/graphql', (route) => route.abort())
    await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByRole('dialog').getByText('The service does not answer. It may be restarting').waitFor()
    expect(await page.getByText('Failed to fetch').count()).toBe(0)
  })

  itWhenLong('warns if the users of the policies do not fit their shares', async () => {
    const page = await visit('/experiments')
    await region(page, 'Table: Policies').waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    const candidates = Array.from({ length: 400 }, (_, n) => `u${n}`)
    const users = candidates.filter((userId) => assignedPolicy(userId, EXPERIMENT).name === 'control').slice(0, 20)
    for (const userId of users) {
      const { data } = await shop.ask(SLATE, { userId })
      const slate = (data as { recommendations: { recommendationId: string } }).recommendations.recommendationId
      expect((await shop.ask(SEEN, { userId, slate })).errors).toBeUndefined()
    }
    await page.reload()
    await page.getByRole('alert').getByText('The shares of users do not fit the experiment').waitFor()
  })

  itWhenLong('says what to do if the clock of the machine is wrong', async () => {
    const page = await visit('')
    await region(page, 'Store').waitFor()
    expect(await page.getByText('The clock of this machine says').count()).toBe(0)
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    vi.setSystemTime(Date.now() + 400 * DAY)
    await region(page, 'Store').getByRole('alert').getByText('This is 400.0 days ahead of the time of the service').waitFor()
  })
})
