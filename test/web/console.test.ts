import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { countFailure, failedInvariants } from '../../src/invariant.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { IS_LONG } from '../support/long.ts'
import { cutTables, overflowOf, seriousProblems, smallTargets } from './accessibility.ts'
import { openWindow, ShownShop } from './shown-shop.ts'

const PHONE = { viewport: { width: 390, height: 844 } }
const SECTIONS = ['', '/users', '/items', '/rules', '/models', '/features', '/experiments', '/keys', '/query']
const STRANGE_IDS = ['<img src=x onerror=alert(1)>', '🫖 & tea', 'شاي', '../..', 'a%26b?c#d', 'x'.repeat(128)]
const EVENT = `mutation ($userId: ID!, $itemId: ID!) {
  recordEvent(input: { userId: $userId, itemId: $itemId, eventType: "add_to_cart" }) { __typename }
}`
const UPSERT_TITLED =
  'mutation ($input: [ItemInput!]!) { upsertItems(input: { items: $input }) { ... on UpsertPayload { accepted } } }'
const UPSERT =
  'mutation ($id: ID!) { upsertItems(input: { items: [{ itemId: $id, attributes: { brand: "Strange" } }] }) { ... on UpsertPayload { accepted } } }'

describe.skipIf(!browserAvailable)('the console', () => {
  let browser: Browser
  let shop: ShownShop
  beforeAll(async () => {
    shop = await ShownShop.open()
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  const addressOf = (path: string) => `${shop.origin}/console${path}`
  async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openWindow(browser, options)
    await page.goto(addressOf(path))
    return page
  }
  const table = (page: Page, name: string) => page.getByRole('region', { name: `Table: ${name}`, exact: true })
  /** A user on the first page of the list, but none of those in the preview of rules, whose slates must stay as they are. */
  const listedUser = async () => {
    const { data } = await shop.ask('{ users(first: 20, orderBy: { feature: "user_events_1d" }) { edges { node { userId } } } }')
    return (data as { users: { edges: { node: { userId: string } }[] } }).users.edges.at(-1)!.node.userId
  }
  /** Which items have neighbours depends on the hour at which the history of the shop begins. */
  const itemWithNeighbours = async () => {
    const { data } = await shop.ask('{ items(first: 100) { edges { node { itemId similar(first: 1) { score } } } } }')
    const { edges } = (data as { items: { edges: { node: { itemId: string; similar: unknown[] } }[] } }).items
    return edges.find(({ node }) => node.similar.length > 0)!.node.itemId
  }

  it('shows what the service does, with at most 250 KB of scripts', async () => {
    const page = await openWindow(browser)
    const scripts: string[] = []
    page.on('response', (response) => {
      const { pathname } = new URL(response.url())
      if (pathname.endsWith('.js')) scripts.push(pathname)
    })
    await page.goto(addressOf(''))
    const events = page.getByRole('region', { name: 'Events per second', exact: true })
    await events.locator('svg path').first().waitFor()
    const gzipped = await Promise.all(
      scripts.map((path) => readFile(join(PACKAGE_ROOT, 'dist/web', `${path}.gz`)).catch(() => Buffer.alloc(0))),
    )
    expect(gzipped.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(250_000)
    // The service counts the failed assertions of its process, in which other tests make some fail.
    const failed = [...failedInvariants().values()].reduce((sum, count) => sum + count, 0)
    const said = failed === 0 ? 'No warnings' : `Checks of the service on itself that failed: ${failed}.`
    await page.getByText(said).waitFor()
    countFailure('SHOWN_IN_CONSOLE')
    await page.getByText(`Checks of the service on itself that failed: ${failed + 1}.`).waitFor()
    await page.getByRole('heading', { name: 'Policies' }).waitFor()
  })

  it('takes an item out of the slates of a user, and lets it return', async () => {
    const page = await visit('/users?id=not-for-me')
    const slate = table(page, 'Slate now')
    const dismiss = slate.getByRole('button', { name: /^Not for this user/ })
    const label = (await dismiss.first().getAttribute('aria-label'))!.replace('Not for this user: ', '')
    await dismiss.first().click()
    const undo = table(page, 'Timeline').getByRole('button', { name: `Show again: ${label}` })
    await undo.waitFor()
    await slate.getByRole('button', { name: `Not for this user: ${label}`, exact: true }).waitFor({ state: 'detached' })
    await undo.click()
    await table(page, 'Timeline').getByText('undismiss').waitFor()
    await slate.getByRole('button', { name: `Not for this user: ${label}`, exact: true }).waitFor()
  })

  it('moves the charts of the overview when something happens', async () => {
    const page = await visit('')
    const drawn = page.getByRole('region', { name: 'Events per second', exact: true }).locator('svg')
    const before = await drawn.innerHTML()
    await page.waitForFunction(
      ([html]) => document.querySelector('[aria-label="Events per second"] svg')?.innerHTML !== html,
      [before],
    )
  })

  it('follows a user live, and says why one item is above another', async () => {
    const userId = await listedUser()
    const page = await visit('/users')
    await page.getByRole('link', { name: userId }).click()
    const slate = table(page, 'Slate now')
    await slate.locator('tbody tr').nth(9).waitFor()
    await slate.getByRole('checkbox').nth(0).check()
    await slate.getByRole('checkbox').nth(2).check()
    const why = page.getByRole('region', { name: /^Why is/ }).first()
    await why.locator('tbody tr').first().waitFor()
    const timeline = table(page, 'Timeline')
    await timeline.locator('tbody tr').first().waitFor()
    const { data } = await shop.ask(EVENT, { userId, itemId: 'item-0003' })
    expect(data).toEqual({ recordEvent: { __typename: 'RecordEventPayload' } })
    await timeline.locator('tbody tr').first().getByText('add_to_cart').waitFor()
    await timeline.locator('tbody tr').first().getByText('item-0003').waitFor()
  })

  it('finds an item by its title, or by a part of it that no other item has', async () => {
    const title = 'Moss green reading lamp'
    await shop.ask(UPSERT_TITLED, { input: [{ itemId: 'lamp-1', attributes: { title } }] })
    const page = await visit('/items')
    const field = page.getByLabel('Item (id or title)')
    await field.fill(title)
    await page.getByRole('button', { name: 'Show item' }).click()
    await page.getByRole('heading', { name: title }).waitFor()
    await field.fill('no such lamp')
    await page.getByRole('button', { name: 'Show item' }).click()
    await page.getByText('The catalogue has no item with the id or title “no such lamp”').waitFor()
    await page.getByText('among the 200 items with most interest').waitFor()
    await field.fill('lamp')
    await page.getByRole('button', { name: 'Show item' }).click()
    const offered = page.getByRole('alert').getByRole('link')
    await offered.nth(1).waitFor()
    await page.getByText('These are of the 200 items with most interest').waitFor()
    const chosen = (await offered.nth(1).locator('bdi').first().textContent())!
    await offered.nth(1).click()
    await page.getByRole('heading', { level: 1, name: chosen }).waitFor()
    await shop.ask('mutation { deleteItems(input: { itemIds: ["lamp-1"] }) { __typename } }')
  })

  it('copies a table as a GraphQL operation that runs, and saves it as CSV', async () => {
    const page = await visit('/query', { permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true })
    await page.getByRole('button', { name: 'Run here' }).first().click()
    await page
      .getByRole('region', { name: /^Result: / })
      .getByText('brand_ctr_7d')
      .waitFor()
    await page.getByRole('link', { name: 'Items' }).click()
    await page.getByRole('button', { name: 'Copy as GraphQL' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const text = await page.evaluate(() => navigator.clipboard.readText())
    const answer = await shop.ask(text)
    expect(answer.errors).toBeUndefined()
    expect((answer.data as { items: { edges: unknown[] } }).items.edges.length).toBe(25)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as CSV' }).click()
    const csv = await readFile(await (await download).path(), 'utf8')
    expect(csv.split('\r\n')[0]).toBe('\uFEFFItem,Available,Interest,"Click rate, last weeks"')
    expect(csv.split('\r\n').length).toBe(27)
  })

  it('lets a merchandiser pin an item, come back to it, publish it, undo this, and read how to measure it', async () => {
    onTestFinished(() => void shop.ask('mutation { removeRules(input: { surface: "home" }) { __typename } }'))
    const page = await visit('/rules?surface=home')
    const preview = page.getByRole('region', { name: /^Preview: / }).first()
    const third = preview.locator('li').nth(2)
    const name = await third.locator('bdi').textContent()
    await third.getByRole('button', { name: /^Pin / }).click()
    await preview.locator('li').first().getByText('up 2').waitFor()
    expect(await preview.locator('li').first().locator('bdi').textContent()).toBe(name)
    // What is not published outlasts a look at another section or page, a hasty click, and a reload.
    await page.getByRole('link', { name: 'Items' }).click()
    await page.getByRole('heading', { name: 'Items', exact: true }).waitFor()
    await page.goBack()
    await page.getByText('Your changes from before, not published yet.').waitFor()
    await page.getByRole('button', { name: 'Discard changes' }).click()
    await page.getByRole('button', { name: 'Bring them back' }).click()
    await page.getByLabel('Page', { exact: true }).selectOption('cart')
    await page.waitForFunction(() => !document.body.textContent.includes('not published'))
    await page.reload()
    await page.getByLabel('Page', { exact: true }).selectOption('home')
    await page.getByText('Your changes from before, not published yet.').waitFor()
    const publish = page.getByRole('button', { name: 'Publish …' })
    await publish.click()
    const dialog = page.getByRole('dialog')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await publish.evaluate((button) => button === document.activeElement)).toBe(true)
    await publish.click()
    await dialog.getByText(`Show ${name} at position 1.`).waitFor()
    await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByText('Published on home').waitFor()
    const { data } = await shop.ask('{ standingRules { edges { node { surface { name } rules } } } }')
    // The focus is on what was done, since the button cannot be pressed now.
    await page.locator('div:focus', { hasText: 'Published on home' }).waitFor()
    expect(data).toEqual({
      standingRules: {
        edges: [{ node: { surface: { name: 'home' }, rules: { pin: [{ itemId: expect.any(String), position: 1 }] } } }],
      },
    })
    await page.reload()
    expect(await page.getByText('Your changes from before').count()).toBe(0)
    await preview.locator('li').first().filter({ hasText: name! }).waitFor()
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await page.getByText('No rules are published here.').waitFor()
    await page.getByText('Undone: no rules are published on home').waitFor()
    expect((await shop.ask('{ standingRules { edges { cursor } } }')).data).toEqual({
      standingRules: { edges: [] },
    })
    await preview.locator('li').first().filter({ hasNotText: name! }).waitFor()
    await page.getByRole('button', { name: 'Redo', exact: true }).click()
    await page.getByText('Published on home').waitFor()
    await page.getByRole('link', { name: 'How to measure what a rule brings' }).click()
    await page.getByRole('heading', { name: 'Experiments' }).waitFor()
    await page.getByText('Rules apply to everyone').waitFor()
  })

  it('warns if somebody else has published rules since a draft was begun', async () => {
    const rules = '{ boost: [{ factor: 2, filter: { attribute: { name: "brand", eq: "Rowanstead" } } }] }'
    onTestFinished(() => void shop.ask('mutation { removeRules(input: { surface: "cart" }) { __typename } }'))
    const page = await visit('/rules?surface=cart')
    await page.getByLabel('Hide what the user has bought').selectOption('true')
    const publish = page.getByRole('button', { name: 'Publish …' })
    const dialog = page.getByRole('dialog')
    await publish.click()
    await dialog.getByText('every slate there follows these rules').waitFor()
    expect(await dialog.getByText('somebody has published others').count()).toBe(0)
    await page.keyboard.press('Escape')
    expect((await shop.ask(`mutation { setRules(input: { surface: "cart", rules: ${rules} }) { __typename } }`)).data).toEqual({
      setRules: { __typename: 'SetRulesPayload' },
    })
    await publish.click()
    await dialog.getByText('somebody has published others').waitFor()
    await dialog.getByText(/brand is Rowanstead/).waitFor()
    await dialog.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByText('Published on cart').waitFor()
    // The next draft is made from what this reader has published.
    await page.getByLabel('Hide what the user has seen').selectOption('true')
    await publish.click()
    await dialog.getByText('They replace the rules').waitFor()
    expect(await dialog.getByText('somebody has published others').count()).toBe(0)
  })

  it('says that a rule matches nothing, and which rules do not fit together', async () => {
    const page = await visit('/rules?surface=home')
    const only = page.getByRole('group', { name: 'Show only' })
    await only.getByLabel('Attribute').fill('brand')
    await only.getByLabel('Value').fill('No such brand')
    await only.getByRole('button', { name: 'Add' }).click()
    await only.getByText('No item meets these conditions now').waitFor()
    await page.getByText('The slate would be empty.').first().waitFor()
    const pins = page.getByRole('group', { name: 'Pin items' })
    await pins.getByLabel('Item (id or title)').fill('no such item')
    await pins.getByRole('button', { name: 'Pin', exact: true }).click()
    await pins.getByText('The catalogue has no item with the id or title “no such item”').waitFor()
    expect(await pins.getByLabel('Position').count()).toBe(0)
    await pins.getByLabel('Item (id or title)').fill('item-0001')
    await pins.getByRole('button', { name: 'Pin', exact: true }).click()
    await page.getByText('What does not fit together').waitFor()
    await page.getByText(/\(item-0001\) is pinned, but not shown: .* “Show only” \(brand is No such brand\)/).waitFor()
    const hidden = page.getByRole('group', { name: 'Hide items' })
    await hidden.getByLabel('Item (id or title)').fill('item-0001')
    await hidden.getByRole('button', { name: 'Hide', exact: true }).click()
    await page.getByText(/\(item-0001\) is pinned, but not shown: the rules under “Hide items” hide it/).waitFor()
    const boosts = page.getByRole('group', { name: 'Show more or fewer' })
    await boosts.getByRole('button', { name: 'Raise new items' }).click()
    await boosts.getByText('× 1.5: the first event is at most 7 days ago, or none has come yet').waitFor()
    await boosts.getByText(/^\d+ items, such as/).waitFor()
  })

  it('puts a model into use for a share of the users after it has said what will happen', async () => {
    const page = await visit('/models')
    await page.getByRole('button', { name: 'Retire …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('No other model ranks').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    // The model ranks for everyone: to activate it would change nothing.
    expect(await page.getByRole('button', { name: 'Activate …' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Change share …' }).click()
    await dialog.getByText(/from the next slate on/).waitFor()
    expect(await dialog.getByRole('button', { name: 'Change', exact: true }).isDisabled()).toBe(true)
    await dialog.getByLabel('Share of the users, 0 to 1').fill('0.5')
    await dialog.getByRole('button', { name: 'Change', exact: true }).click()
    await table(page, 'Registered models').getByText('50%').waitFor()
    await shop.ask('mutation { activateModel(input: { name: "default" }) { __typename } }')
  })

  it('shows the calibration of a model, what it relies on, and that its drift is not known', async () => {
    const page = await visit('/models')
    await page.getByRole('img', { name: /^Predicted and observed shares of clicks: 0/ }).waitFor()
    await page.getByRole('img', { name: /^Importance: pair_seconds_since_action / }).waitFor()
    // On the narrowest phone, names leave room for bars.
    await page.setViewportSize({ width: 320, height: 700 })
    expect(await overflowOf(page)).toBe(0)
    const bar = page.getByRole('img', { name: /^Importance: / }).locator('rect')
    expect((await bar.first().boundingBox())?.width).toBeGreaterThan(60)
    await page.goto(`${shop.origin}/console/features?name=pair_seconds_since_action`)
    const drift = page.getByRole('region', { name: 'Drift of pair_seconds_since_action against the training of default' })
    await drift.getByText('Not known').waitFor()
  })

  it('shows features with their distribution, items with their neighbours, policies and the audit log', async () => {
    const page = await visit('/features?name=item_ctr_7d')
    await page.getByRole('img', { name: /^Histogram of item_ctr_7d/ }).waitFor()
    const same = page.getByRole('region', { name: 'The same figure of something else' })
    expect(await same.getByRole('link').allTextContents()).toEqual(
      ['position', 'category', 'brand', 'surface'].map((one) => `${one}_ctr_7d`),
    )
    await page.goto(`${shop.origin}/console/features?name=item_ctr`)
    await page.getByText('The service has no feature “item_ctr”').waitFor()
    await page.getByRole('alert').getByRole('link', { name: 'item_ctr_7d', exact: true }).waitFor()
    await page.goto(`${shop.origin}/console/features?name=brand_ctr_7d`)
    await table(page, 'brand_ctr_7d of each brand').locator('tbody tr').first().waitFor()
    await page.goto(`${shop.origin}/console/items?id=${await itemWithNeighbours()}`)
    await table(page, 'Similar items').locator('tbody tr').first().waitFor()
    const rates = await page.getByRole('img', { name: /^Event weights an hour, over/ }).getAttribute('aria-label')
    const line = page.getByRole('img', { name: /since the page was opened$/ })
    await line.locator('text').first().waitFor()
    const labels = await line.locator('text').allTextContents()
    const times = labels.filter((label) => label.includes(':'))
    expect(new Set(times).size).toBe(times.length)
    const highest = Math.max(...labels.filter((label) => !label.includes(':')).map(Number))
    expect(highest).toBeGreaterThan(Number(/Last hours ([\d.]+)/.exec(rates!)![1]) - 0.001)
    const figures = page.getByRole('region', { name: 'Figures' })
    await figures.getByText('%', { exact: false }).first().waitFor()
    expect(await figures.getByRole('link').allTextContents()).toEqual(
      expect.arrayContaining(['Click rate of the item', 'Number of views of the item', 'Number of clicks on the item']),
    )
    const why = await page.getByRole('link', { name: 'Why there are no daily values' }).getAttribute('href')
    expect((await fetch(`${shop.origin}${why}`)).status).toBe(200)
    await page.goto(`${shop.origin}/console/experiments`)
    await page.getByRole('heading', { name: 'Policies' }).waitFor()
    await page.goto(`${shop.origin}/console/keys`)
    await table(page, 'Audit log').getByText('activate model').first().waitFor()
  })

  it.each(IS_LONG ? STRANGE_IDS : STRANGE_IDS.slice(0, 2))('shows the user and the item %s as text', async (id) => {
    await shop.ask(UPSERT, { id })
    await shop.ask(EVENT, { userId: id, itemId: id })
    const page = await visit(`/users?id=${encodeURIComponent(id)}`, PHONE)
    const link = table(page, 'Timeline').getByRole('link').first()
    await link.waitFor()
    expect(await page.locator('h1').textContent()).toBe(id)
    expect([await cutTables(page), await smallTargets(page)]).toEqual([[], []])
    await link.click()
    await page.getByText('Last upload').waitFor()
    expect(await page.locator('h1').textContent()).toBe(id)
    expect(await overflowOf(page)).toBe(0)
    expect([await cutTables(page), await smallTargets(page)]).toEqual([[], []])
  })

  it('says that a user or an item is unknown, and what to do', async () => {
    const page = await visit('/users?id=nobody')
    await page.getByText('Nothing is known about the user nobody yet').waitFor()
    expect(await page.getByText('Version 0').count()).toBe(0)
    await page.goto(`${shop.origin}/console/items?id=nothing`)
    await page.getByText('The catalogue has no item nothing').waitFor()
    expect(await page.getByRole('region', { name: 'Similar items' }).count()).toBe(0)
    await page.getByText('Check the id for typing errors, or enter a title').waitFor()
    await page.goto(`${shop.origin}/console/rules?surface=nope`)
    await page.getByText('There is no page “nope”.').waitFor()
    await page.getByRole('link', { name: 'home', exact: true }).click()
    await page.getByText('Rules of this page').waitFor()
    await page.goto(`${shop.origin}/console/elsewhere`)
    await page.getByText('There is no such page.').waitFor()
  })

  it.each(IS_LONG ? (['light', 'dark'] as const) : (['light'] as const))(
    'is accessible in %s colours, and fits a phone',
    async (colorScheme) => {
      const page = await visit('', { ...PHONE, colorScheme })
      for (const section of SECTIONS) {
        if (section !== '') await page.locator(`a[href="/console${section}"]`).click()
        await page.locator('h1').waitFor()
        await page.waitForFunction(() => document.querySelector('[role=status]') === null)
        const found = { section, problems: await seriousProblems(page), overflow: await overflowOf(page) }
        expect(found).toEqual({ section, problems: [], overflow: 0 })
        expect({ section, cut: await cutTables(page), small: await smallTargets(page) }).toEqual({ section, cut: [], small: [] })
      }
    },
  )
})
