import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { inSeconds } from '../server/authenticated-callers.ts'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { IS_LONG, itWhenLong } from '../support/long.ts'
import { deviceToken, JWT_SECRET, token } from '../support/tokens.ts'
import { openWindow, ShownShop } from './shown-shop.ts'

/** What a section of an empty shop says. */
const EMPTY = [
  ['', 'No slate in the last minute.'],
  ['/users', 'No user has events yet.'],
  ['/items', 'The catalogue has no items.'],
  ['/rules', 'Nobody has events yet.'],
  ['/models', 'No model is registered'],
  ['/features?name=item_ctr_7d', 'There are no values yet.'],
  ['/experiments', 'There is only one policy.'],
  ['/keys', 'There are no keys.'],
] as const

describe.skipIf(!browserAvailable)('who may use the console', () => {
  let browser: Browser
  let shop: ShownShop
  beforeAll(async () => {
    shop = await ShownShop.open({ JWT_SECRET, MODEL: '' }, false)
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  async function signInWith(credential: string) {
    const page = await openWindow(browser)
    await page.goto(`${shop.origin}/console`)
    await page.getByLabel('Key or token').fill(credential)
    await page.getByRole('button', { name: 'Sign in' }).click()
    return page
  }

  it('a device may not, and learns which key is needed', async () => {
    const page = await signInWith(await deviceToken('ana'))
    await page.getByText('This key or token may not read the console.').waitFor()
    expect(await page.getByRole('navigation').count()).toBe(0)
  })

  it('nor may a token that the service does not accept, or a text that is none', async () => {
    const page = await signInWith('nonsense')
    await page.getByText('This key is not valid.').waitFor()
    await page.getByText('Ask whoever runs the service for a key.').waitFor()
    await page.getByLabel('Key or token').fill('тоkен')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This text has characters that no key and no token has.').waitFor()
  })

  it('an analyst may read, but neither publish nor see keys', async () => {
    const page = await signInWith(await token({ role: 'analyst' }))
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    expect(page.url()).toBe(`${shop.origin}/console`)
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain('eyJ')
    await page.getByRole('link', { name: 'Keys and audit' }).click()
    await page.getByText('Only the role admin may read keys').waitFor()
    await page.getByRole('link', { name: 'Rules' }).click()
    await page.getByLabel('Hide what the user has bought').selectOption('true')
    await page.getByText('Only the role admin may do this.').waitFor()
    expect(await page.getByRole('button', { name: 'Publish …' }).isDisabled()).toBe(true)
    // The next reader in this tab finds no changes of the one who leaves.
    const keptKeys = () => page.evaluate(() => Object.keys(sessionStorage))
    expect(await keptKeys()).not.toEqual([])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Key or token').waitFor()
    expect(await keptKeys()).toEqual([])
  })

  it('a token that expires under the open page is asked for again, and the page stays as it is', async () => {
    // Not before the page is ready, however busy the machine is.
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const page = await signInWith(await token({ role: 'admin', exp: inSeconds(60) }))
    await page.getByRole('link', { name: 'Rules' }).click()
    await page.getByLabel('User id').fill('ana')
    await page.getByRole('button', { name: 'Add user' }).click()
    const field = page.getByLabel('Hide what the user has bought')
    await field.waitFor()
    vi.setSystemTime(Date.now() + 70_000)
    // Each change of the rules asks for another preview.
    await eventually(async () => {
      await field.selectOption((await field.inputValue()) === 'true' ? 'false' : 'true')
      expect(await page.getByRole('dialog').isVisible()).toBe(true)
    }, 500)
    const entered = await field.inputValue()
    await page
      .getByRole('dialog')
      .getByLabel('Key or token')
      .fill(await token({ role: 'admin' }))
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await field.inputValue()).toBe(entered)
    expect(await page.getByRole('button', { name: 'Publish …' }).isEnabled()).toBe(true)
  })

  it('an admin may create a key, sees it once, and may revoke it', async () => {
    const page = await signInWith(await token({ role: 'admin', sub: 'zoe' }))
    await page.getByRole('link', { name: 'Keys and audit' }).click()
    await page.getByLabel('Name of the key').fill('reports')
    await page.getByRole('button', { name: 'Create …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Create', exact: true }).click()
    const shown = page.getByRole('dialog').locator('code')
    const secret = await shown.textContent()
    expect(secret).toMatch(/^lrk_/)
    // Nothing but its button closes this window: the key is shown once. A browser lets a page keep it open once, and then insists.
    for (let i = 0; i < 3; i++) await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    await shown.waitFor()
    await page.getByRole('button', { name: 'I have copied it' }).click()
    const log = page.getByRole('region', { name: 'Audit log', exact: true })
    await log.getByText('create key').waitFor()
    await page.getByRole('region', { name: 'Keys', exact: true }).getByText('reports').first().waitFor()
    const analyst = await signInWith(secret ?? '')
    await analyst.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.getByRole('button', { name: 'Revoke …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click()
    await analyst.getByText('Your key was revoked').waitFor()
    await log.getByText('revoke key').waitFor()
    await page.reload()
    await page.getByLabel('Key or token').waitFor()
  })
})

describe.skipIf(!browserAvailable || !IS_LONG)('the console of an empty shop', () => {
  itWhenLong('says in each section what is missing and what to do, and goes on after the service has restarted', async () => {
    const shop = await ShownShop.open({ MODEL: '' }, false)
    const browser = await startBrowser()
    onTestFinished(async () => {
      await browser.close()
      await shop.close()
    })
    const page = await openWindow(browser)
    for (const [path, text] of EMPTY) {
      await page.goto(`${shop.origin}/console${path}`)
      await page.getByText(text).first().waitFor()
    }
    await page.goto(`${shop.origin}/console/users?id=ana`)
    await page.getByText('Nothing is known about the user ana').waitFor()
    await shop.restart()
    await shop.ask('mutation { recordEvent(input: { userId: "ana", itemId: "mug", eventType: "view" }) { __typename } }')
    await page.getByRole('region', { name: 'Timeline', exact: true }).last().getByText('mug').waitFor()
    expect(await page.getByText('Nothing is known').count()).toBe(0)
  })
})
