import type { Browser, Locator, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { IS_LONG, itWhenLong } from '../support/long.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { lowTargets, overflowOf, seriousProblems } from './accessibility.ts'
import { openTab, openWindow, ShownShop } from './shown-shop.ts'

/** Nothing is drawn at random, so that two slates of a user are equal. */
const STEADY = { EXPLORATION: '0' }

const forYou = (page: Page) => page.getByRole('region', { name: 'For you' })
const panel = (page: Page) => page.getByRole('complementary', { name: 'What Liverank does' })
const home = (page: Page) => page.getByRole('link', { name: /^Liverank.*Home page$/ })
const tiles = (page: Page) => forYou(page).locator('li[data-item]')
const eventRows = (page: Page, text: RegExp | string) => panel(page).locator('li').filter({ hasText: text })
const addFirst = (page: Page) =>
  tiles(page)
    .first()
    .getByRole('button', { name: /Put into cart/ })

/** Waits until the list is there, and returns the ids of its items. */
async function shownItems(page: Page): Promise<string[]> {
  await tiles(page).nth(7).waitFor()
  return tiles(page).evaluateAll((elements) => elements.map((element) => (element as HTMLElement).dataset.item ?? ''))
}

/** Returns the numbers at the end of the rows that explain a score: what it begins with, what was added, and the score. */
function rowsOf(why: Locator): Promise<number[]> {
  const last = why.getByText('Same for all items').locator('xpath=ancestor::ul[1]')
  return last.evaluate((list) =>
    [...list.children].map((row) => Number(/[-+]?[\d.]+$/.exec((row.querySelector('summary') ?? row).textContent)![0])),
  )
}

/** Waits until the list differs from what it was. */
async function changedItems(page: Page, before: readonly string[]): Promise<string[]> {
  await expect.poll(() => shownItems(page)).not.toEqual(before)
  return shownItems(page)
}

async function openShop(browser: Browser, { origin }: ShownShop, path = '/demo'): Promise<Page> {
  const page = await openWindow(browser)
  await page.goto(`${origin}${path}`)
  return page
}

/** Opens an item that is not in the list, from the catalogue below it. */
async function openOther(page: Page): Promise<void> {
  const shown = await shownItems(page)
  const links = page.getByRole('main').locator('section').last().locator('a[href*="/item/"]')
  await links.last().waitFor()
  for (const link of await links.all()) {
    const id = decodeURIComponent((await link.getAttribute('href'))!.split('/').at(-1)!)
    if (shown.includes(id)) continue
    await link.click()
    await page.getByRole('main').locator('h1').waitFor()
    return
  }
}

describe.skipIf(!browserAvailable)('the demo shop', () => {
  let browser: Browser
  let shop: ShownShop
  beforeAll(async () => {
    ;[browser, shop] = await Promise.all([startBrowser(), ShownShop.open(STEADY)])
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  /** From the first page to a purchase, as a newcomer would go. */
  async function newcomersPath({ origin }: ShownShop): Promise<void> {
    const page = await openWindow(browser)
    await page.goto(origin)
    await page.getByRole('link', { name: /Demo shop/ }).click()
    const first = await shownItems(page)
    await panel(page).getByText('Nothing yet').waitFor()
    await openOther(page)
    await eventRows(page, /view.*recorded/).waitFor()
    await panel(page).getByTestId('last-tap').filter({ hasText: / ms$/ }).waitFor()
    await panel(page).getByText('Categories that you like').waitFor()
    await page.getByRole('region', { name: 'Goes well with it' }).locator('li').first().waitFor()
    await page.getByRole('button', { name: 'Put into cart', exact: true }).click()
    await home(page).click()
    await changedItems(page, first)

    await tiles(page)
      .first()
      .getByRole('button', { name: /^Why is/ })
      .click()
    const why = page.getByRole('dialog', { name: 'Why this item?' })
    await why.getByText('Proposed by').waitFor()
    await why.getByText('What raised and lowered its score').waitFor()
    // Every feature has a label, so no name is left.
    await why
      .getByText(/: (first|last|in the top|yes|no|\d)/)
      .first()
      .waitFor()
    expect(await why.locator('code').count()).toBe(0)
    await why.getByText(/\d+ things that are not known yet (raised|lowered) the score/).waitFor()
    const [begin, ...rows] = await rowsOf(why)
    const score = rows.pop()
    expect(rows.reduce((sum, row) => sum + row, begin)).toBeCloseTo(score!, 2.5)
    await why.getByRole('button', { name: 'Close' }).click()

    await page.getByRole('link', { name: 'Cart' }).click()
    const bought = await page.getByRole('main').locator('a[href*="/item/"]').first().getAttribute('href')
    await page.getByRole('button', { name: 'Buy' }).click()
    await page.getByText('Thank you').waitFor()
    await eventRows(page, /purchase.*recorded/).waitFor()
    await home(page).click()
    await expect.poll(() => shownItems(page)).not.toContain(decodeURIComponent(bought!.split('/').at(-1)!))
  }

  itWhenLong('changes while a newcomer looks around, and says why (embedded store)', () => newcomersPath(shop))

  itWhenLong('changes while a newcomer looks around, and says why (Redis)', { skip: !redisAvailable }, async () => {
    const redis = await RedisServer.start()
    const onRedis = await ShownShop.open({ ...STEADY, REDIS_URL: redis.url })
    try {
      await newcomersPath(onRedis)
    } finally {
      await onRedis.close()
      await redis.stop()
    }
  })

  it('takes away what is not for the shopper, and brings it back', async () => {
    const page = await openShop(browser, shop)
    const [first] = await shownItems(page)
    const notForMe = () =>
      tiles(page)
        .first()
        .getByRole('button', { name: /^Not for me/ })
        .click()
    const shown = () => tiles(page).evaluateAll((elements) => elements.map((element) => (element as HTMLElement).dataset.item))
    await notForMe()
    expect(await shown()).not.toContain(first)
    const notice = page.getByRole('status').filter({ hasText: 'is no longer recommended to you' })
    await notice.waitFor()
    await eventRows(page, /dismiss.*recorded/).waitFor()
    await notice.getByRole('button', { name: 'Undo' }).click()
    await eventRows(page, /undismiss.*recorded/).waitFor()
    await expect.poll(shown).toContain(first)
    const [second] = await shownItems(page)
    await notForMe()
    await eventRows(page, /^(?!.*undismiss).*dismiss.*recorded/)
      .first()
      .waitFor()
    await page.reload()
    expect(await shownItems(page)).not.toContain(second)
  })

  it('names no feature by its identifier while the meanings of the features are on their way', async () => {
    const page = await openShop(browser, shop)
    const held: Route[] = []
    await page.route('**/graphql', (route) => {
      const { operationName } = route.request().postDataJSON() as { operationName: string }
      return operationName === 'ShopFeatureMeanings' ? void held.push(route) : route.continue()
    })
    const reasons = page.waitForResponse((response) => /"ShopWhy"/.test(response.request().postData() ?? ''))
    await tiles(page)
      .first()
      .getByRole('button', { name: /^Why is/ })
      .click()
    await (await reasons).finished()
    const why = page.getByRole('dialog', { name: 'Why this item?' })
    await expect.poll(() => held.length).toBe(1)
    await why.getByRole('status').waitFor()
    expect(await why.locator('code').count()).toBe(0)
    await held[0]!.continue()
    await why.getByText('What raised and lowered its score').waitFor()
    expect(await why.locator('code').count()).toBe(0)
  })

  itWhenLong('keeps two windows of a user in step, and leaves other users alone', async () => {
    const one = await openShop(browser, shop)
    const two = openTab(await one.context().newPage())
    await two.goto(`${shop.origin}/demo`)
    const other = openTab(await one.context().newPage())
    await other.goto(`${shop.origin}/demo?user=somebody-else`)
    const before = await shownItems(two)
    const others = await shownItems(other)
    await addFirst(one).click()
    await one.mouse.move(5, 5)
    const after = await changedItems(two, before)
    await expect.poll(() => shownItems(one)).toEqual(after)
    await expect.poll(() => two.getByRole('link', { name: 'Cart' }).textContent()).toBe('Cart1')
    expect(await shownItems(other)).toEqual(others)
  })

  it('moves nothing under the pointer, and shows the new order after that', async () => {
    const page = await openShop(browser, shop)
    const before = await shownItems(page)
    await addFirst(page).click()
    await forYou(page).getByRole('button', { name: 'Show new order' }).waitFor()
    expect(await shownItems(page)).toEqual(before)
    await page.mouse.move(5, 5)
    await changedItems(page, before)
  })

  it('counts what a visitor did for the account to which the visitor signs in', async () => {
    const page = await openShop(browser, shop)
    await addFirst(page).click()
    await eventRows(page, /add_to_cart.*recorded/).waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    const dialog = page.getByRole('dialog', { name: 'Who is shopping?' })
    await dialog.getByLabel('Another name').fill('مريم <b>')
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'مريم <b>' }).press('Enter')
    // Isolated, so that the name does not turn the sentence round.
    await dialog.getByText('signed in as \u2068مريم <b>\u2069.').waitFor()
    await page.keyboard.press('Escape')
    await panel(page).getByText('Categories that you like').waitFor()
    await expect.poll(() => page.getByRole('link', { name: 'Cart' }).textContent()).toBe('Cart1')
    const { data } = await shop.ask('{ user(userId: "مريم <b>") { events(first: 5) { edges { node { eventType } } } } }')
    expect(JSON.stringify(data)).toContain('add_to_cart')
  })

  it('keeps events while the connection is cut, and sends them after that', async () => {
    const page = await openShop(browser, shop)
    await shownItems(page)
    await panel(page).getByRole('switch', { name: 'Cut the connection' }).check()
    await addFirst(page).click()
    await eventRows(page, /add_to_cart.*waits/).waitFor()
    await panel(page)
      .getByText(/events? waits?$/)
      .waitFor()
    await page.reload()
    await panel(page).getByText('Categories that you like').waitFor()
    await panel(page).getByRole('switch', { name: 'Cut the connection' }).check()
    await addFirst(page).click()
    await eventRows(page, /add_to_cart.*waits/).waitFor()
    await panel(page).getByRole('switch', { name: 'Cut the connection' }).uncheck()
    await eventRows(page, /add_to_cart.*recorded/)
      .first()
      .waitFor()
    await expect.poll(() => eventRows(page, 'waits').count()).toBe(0)
  })

  it('says that the connection is lost, shows what it knows, and goes on by itself', async () => {
    const page = await openShop(browser, shop)
    await shownItems(page)
    const notice = page.getByText('No connection: what you do is kept')
    await page.context().setOffline(true)
    await notice.waitFor()
    await panel(page).getByText('last one known').waitFor()
    await tiles(page).first().getByRole('link').click()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Put into cart', exact: true }).waitFor()
    await page.context().setOffline(false)
    await notice.waitFor({ state: 'hidden' })
    await eventRows(page, /click.*recorded/).waitFor()
    await panel(page).getByText('Categories that you like').waitFor()
    // How long a tap waited for a connection says nothing about the service.
    expect(await panel(page).getByTestId('last-tap').textContent()).toBe('Tap an item')

    await page.context().setOffline(true)
    await notice.waitFor()
    await panel(page).locator('ol button').first().click()
    await page.getByRole('dialog').getByText('The service does not answer').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'ana' }).click()
    await page.getByText('You will be signed in as soon as it does').waitFor()
    await page.context().setOffline(false)
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'ana' }).waitFor()
  })

  it('keeps the focus where a user of the keyboard works', async () => {
    const page = await openShop(browser, shop)
    const focused = () => page.evaluate(() => document.activeElement?.textContent || document.activeElement?.ariaLabel)
    await shownItems(page)
    for (const opener of [
      forYou(page)
        .getByRole('button', { name: /^Why is/ })
        .nth(1),
      page.getByRole('button', { name: 'Sign in' }),
    ]) {
      await opener.press('Enter')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await expect.poll(() => opener.evaluate((element) => element === document.activeElement)).toBe(true)
    }
    await page.keyboard.press('Enter')
    await page.getByLabel('Another name').fill('  ')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'Enter a name' }).waitFor()
    await page.keyboard.press('Escape')
    const title = await tiles(page).first().locator('bdi').first().textContent()
    await tiles(page).first().getByRole('link').press('Enter')
    await expect.poll(focused).toBe(title)
    expect(await page.title()).toContain(title)
    await page.getByRole('button', { name: 'Put into cart', exact: true }).press('Enter')
    await expect.poll(focused).toBe('In the cart')
    await page.getByRole('link', { name: 'Cart' }).press('Enter')
    await page.getByRole('button', { name: /^Remove/ }).press('Enter')
    await expect.poll(focused).toBe('Cart')
  })

  it('goes on without a reload after the service was restarted', async () => {
    const page = await openShop(browser, shop)
    const before = await shownItems(page)
    await shop.restart()
    await addFirst(page).click()
    await eventRows(page, /add_to_cart.*recorded/).waitFor()
    await page.mouse.move(5, 5)
    await changedItems(page, before)
    await panel(page).getByText('Categories that you like').waitFor()
  })

  it('says that the service fails, and shows the items once it works', async () => {
    const page = await openWindow(browser)
    // A defect: after a failure that passes by itself, the page asks again, and the button may go before it is pressed.
    const body = '{"errors":[{"message":"A defect.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}'
    await page.route('**/graphql', (route) => route.fulfill({ contentType: 'application/json', body }))
    await page.goto(`${shop.origin}/demo`)
    await page.getByText('The items cannot be loaded').waitFor()
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('button', { name: 'Show more' }).waitFor()
  })

  it('shows items and users with ids of any kind, and no id runs as code', async () => {
    const ids = ['<img src=x onerror=alert(1)>', '🫖🍵', 'إبريق الشاي', 'ش'.repeat(128), '100%25', 'a/b?c=d#e&f', '__proto__']
    const items = ids.map((itemId) => ({ itemId, attributes: { title: `Pot ${itemId}`, category: itemId, brand: itemId } }))
    await shop.ask(
      'mutation ($items: [ItemInput!]!) { upsertItems(input: { items: $items }) { ... on UpsertPayload { accepted } } }',
      { items },
    )
    const page = await openWindow(browser, { viewport: { width: 390, height: 844 } })
    for (const id of ids) {
      await page.goto(`${shop.origin}/demo/item/${encodeURIComponent(id)}?${new URLSearchParams({ user: id })}`)
      await page.getByRole('heading', { level: 1, name: `Pot ${id}` }).waitFor()
      await page.getByRole('button', { name: /^Show what Liverank does/ }).click()
      await eventRows(page, /view.*recorded/)
        .filter({ hasText: id })
        .waitFor()
      expect(await overflowOf(page), id).toBe(0)
    }
    const { data } = await shop.ask('query ($id: ID!) { user(userId: $id) { recentItems { itemId } } }', { id: ids[4] })
    expect(data).toEqual({ user: { recentItems: [{ itemId: ids[4] }] } })
    await page.goto(`${shop.origin}/demo/item/nothing`)
    await page.getByRole('heading', { name: /^There is no item “.?nothing.?”$/ }).waitFor()
    await page.goto(`${shop.origin}/demo/nowhere`)
    await page.getByText('There is no such page').waitFor()
  })

  it('says what to do if the shop has no items', async () => {
    const empty = await ShownShop.open({ MODEL: '' }, false)
    try {
      const page = await openShop(browser, empty)
      await forYou(page).getByText('There is nothing to recommend').waitFor()
      await page.getByText('The shop has no items', { exact: true }).waitFor()
      expect(await seriousProblems(page)).toEqual([])
    } finally {
      await empty.close()
    }
  })

  const windows = [
    { width: 390, colorScheme: 'dark' },
    { width: 1280, colorScheme: 'light' },
  ] as const
  it.each(IS_LONG ? windows : windows.slice(0, 1))(
    'is accessible, and as wide as its window ($width, $colorScheme)',
    async ({ width, colorScheme }) => {
      const page = await openWindow(browser, { viewport: { width, height: 844 }, colorScheme })
      await page.goto(`${shop.origin}/demo`)
      await shownItems(page)
      if (width < 1000) await page.getByRole('button', { name: /^Show what Liverank does/ }).click()
      await page.getByRole('button', { name: 'Show more' }).waitFor()
      expect(await seriousProblems(page)).toEqual([])
      await panel(page).locator('ol button').first().click()
      await page.getByRole('dialog').getByText('Proposed by').waitFor()
      expect(await seriousProblems(page)).toEqual([])
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
      if (width < 1000) await page.getByRole('button', { name: /^Hide what Liverank does/ }).click()
      await addFirst(page).click()
      await page.getByRole('link', { name: 'Cart' }).click()
      await page.getByRole('button', { name: 'Buy' }).waitFor()
      expect(await seriousProblems(page)).toEqual([])
      expect(await overflowOf(page)).toBe(0)
      if (width > 1000) return
      await page.getByRole('button', { name: /median \d+ ms$/ }).waitFor()
      expect(await lowTargets(page)).toEqual([])
      await page.setViewportSize({ width: 320, height: 700 })
      expect(await overflowOf(page)).toBe(0)
      await home(page).click()
      await shownItems(page)
      expect(await overflowOf(page)).toBe(0)
      // What the browser scrolls to must not lie under the bar at the bottom.
      const chips = page.getByRole('navigation', { name: 'Categories' }).getByRole('link')
      await chips.nth(1).waitFor()
      const chip = chips.last()
      await chip.evaluate((element) => element.scrollIntoView({ block: 'end' }))
      // Tiles that come near the window are laid out then.
      await (await chip.elementHandle())!.waitForElementState('stable')
      const { x, y, height } = (await chip.boundingBox())!
      await page.mouse.click(x + 10, y + height / 2)
      await page.waitForURL('**/category/*')
    },
  )
})
