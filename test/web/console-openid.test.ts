import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { browserAvailable, startBrowser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { itWhenLong } from '../support/long.ts'
import { AUDIENCE, OpenIdProvider } from '../support/openid-provider.ts'
import { seriousProblems } from './accessibility.ts'
import { openWindow, ShownShop } from './shown-shop.ts'

describe.skipIf(!browserAvailable)('readers who sign in at an OpenID provider', () => {
  let browser: Browser
  let provider: OpenIdProvider
  let shop: ShownShop
  beforeAll(async () => {
    provider = await OpenIdProvider.start()
    const { issuer } = provider
    const tokens = { JWKS_URL: `${issuer}/jwks`, JWT_ISSUER: issuer, JWT_AUDIENCE: AUDIENCE }
    shop = await ShownShop.open({ ...tokens, OPENID_ISSUER: issuer, OPENID_CLIENT_ID: 'console', MODEL: '' }, false)
    provider.admit(shop.origin)
    provider.roles = { zoe: 'admin', phone: 'device' }
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
    await provider?.close()
  })
  beforeEach(() => {
    Object.assign(provider, { lifeSeconds: 3600, audience: AUDIENCE, renews: true })
  })

  const button = (page: Page) => page.getByRole('button', { name: `Sign in with ${new URL(provider.issuer).host}` })

  /** Goes to the provider, and says there who one is. */
  async function signInAs(name: string, path = '/console', page?: Page) {
    const reader = page ?? (await openWindow(browser))
    await reader.goto(shop.origin + path)
    await button(reader).click()
    await reader.locator('[name=login]').fill(name)
    await reader.locator('[name=password]').fill('any')
    await reader.locator('[type=submit]').click()
    return reader
  }

  itWhenLong('come back to the address from which they left, and no address or storage holds a token', async () => {
    const page = await openWindow(browser)
    const addresses: string[] = []
    page.on('request', (request) => addresses.push(request.url()))
    await signInAs('zoe', '/console/features?name=item_ctr_7d', page)
    await page.getByText('Signed in as admin').waitFor()
    expect(page.url()).toBe(`${shop.origin}/console/features?name=item_ctr_7d`)
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
    expect(addresses.filter((address) => address.startsWith(`${provider.issuer}/token`))).toHaveLength(1)
    expect([...addresses, kept].filter((text) => text.includes('eyJ'))).toEqual([])
    expect(kept).not.toContain('verifier')
    await page.goBack()
    expect(page.url()).not.toContain('code=')
  })

  itWhenLong('stay signed in while the provider renews their token, and are asked again when it does not', async () => {
    provider.lifeSeconds = 2
    const page = await openWindow(browser)
    const shown = new Set<string>()
    page.on('request', (request) => {
      const { authorization } = request.headers()
      if (authorization) shown.add(authorization)
    })
    await signInAs('zoe', '/console', page)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    const [first] = shown
    const before = provider.renewals
    await eventually(() => expect(provider.renewals).toBeGreaterThan(before))
    shown.clear()
    await page.getByRole('link', { name: 'Keys and audit' }).click()
    await page.getByText('There are no keys.').waitFor()
    expect(shown.size).toBeGreaterThan(0)
    expect(shown).not.toContain(first)
    provider.renews = false
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('dialog').getByText('Your token has expired or was revoked').waitFor()
    Object.assign(provider, { renews: true, lifeSeconds: 3600 })
    // The provider still knows the reader.
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Sign in with/ })
      .click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByText('Signed in as admin').waitFor()
  })

  it('see live what happens after their first token has expired', async () => {
    provider.lifeSeconds = 2
    const page = await openWindow(browser)
    const shown: string[] = []
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        const token = /"Authorization":"(.*?)"/.exec(String(payload))
        if (token) shown.push(token[1]!)
      }),
    )
    await signInAs('zoe', '/console/users?id=u1', page)
    await expect.poll(() => shown.length).toBe(1)
    // The service closes a connection when its token expires.
    await expect.poll(() => shown.length).toBe(2)
    expect(shown[1]).not.toBe(shown[0])
    const query =
      'mutation { recordEvent(input: { userId: "u1", itemId: "lamp-1", eventType: "view" }) { ... on RecordEventPayload { counted } } }'
    const answer = await page.request.post(`${shop.origin}/graphql`, {
      headers: { authorization: shown[1]! },
      data: { query },
    })
    expect(await answer.json()).toHaveProperty('data.recordEvent.counted', true)
    await page.getByRole('link', { name: 'lamp-1' }).first().waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  itWhenLong('see the answer to what they asked with a token that expired on the way', async () => {
    provider.lifeSeconds = 2
    const page = await signInAs('zoe')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    const held: Route[] = []
    await page.route('**/graphql', (route) => {
      const isOfTest = route.request().postDataJSON().operationName === 'KeyList' && held.length === 0
      return isOfTest ? void held.push(route) : route.continue()
    })
    const before = provider.renewals
    await page.getByRole('link', { name: 'Keys and audit' }).click()
    await expect.poll(() => held.length).toBe(1)
    // The service accepts a token for 5 seconds after its end, since clocks differ.
    await expect.poll(() => provider.renewals).toBeGreaterThan(before + 5)
    const refused = page.waitForResponse((response) => response.request() === held[0]!.request())
    await held[0]!.continue()
    expect(await (await refused).text()).toContain('UNAUTHENTICATED')
    await page.getByText('There are no keys.').waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  itWhenLong('are not asked again by an answer to what was asked before they had signed in', async () => {
    const page = await openWindow(browser)
    const held: Route[] = []
    await signInAs('zoe', '/console', page)
    await page.getByText('Signed in as admin').waitFor()
    await page.route('**/graphql', (route) =>
      'authorization' in route.request().headers() ? route.continue() : void held.push(route),
    )
    // It asks without a token at first, and goes to the provider, which still knows the reader.
    await page.reload()
    await expect.poll(() => held.length).toBe(1)
    await held[0]!.continue()
    await button(page).click()
    await page.getByText('Signed in as admin').waitFor()
    await expect.poll(() => held.length).toBe(2)
    const late = page.waitForResponse((response) => response.request() === held[1]!.request())
    await held[1]!.continue()
    await (await late).finished()
    await page.getByRole('link', { name: 'Keys and audit' }).click()
    await page.getByText('There are no keys.').waitFor()
  })

  it('learn that the service does not accept a token for another audience', async () => {
    provider.audience = 'another service'
    const page = await signInAs('zoe')
    await page.getByText('The claim aud of the token has a value that this service does not accept.').waitFor()
  })

  itWhenLong('learn that they lack the right to read', async () => {
    await (await signInAs('phone')).getByText('This key or token may not read the console.').waitFor()
    await (await signInAs('nobody')).getByText('The token has no claim role.').waitFor()
  })

  it('are not signed in by an answer that does not fit what their tab has begun', async () => {
    const page = await openWindow(browser)
    const forged = `${shop.origin}/console/signed-in?code=forged&state=forged&iss=${encodeURIComponent(provider.issuer)}`
    await page.goto(forged)
    await page.getByText('It was not begun in this tab').waitFor()
    await button(page).click()
    await page.locator('[name=login]').waitFor()
    await page.goto(forged)
    await page.getByText(/does not fit the sign-in that this tab has begun.*state/).waitFor()
    await page.route(`${provider.issuer}/auth?*`, async (route) => {
      const address = new URL(route.request().url())
      address.searchParams.set('nonce', 'another')
      await route.continue({ url: address.href })
    })
    await signInAs('zoe', '/console', page)
    await page.getByText(/does not fit the sign-in that this tab has begun.*nonce/).waitFor()
    expect(await page.getByRole('navigation').count()).toBe(0)
  })

  it('learn that the provider does not answer, and may enter a key', async () => {
    const page = await openWindow(browser)
    await page.route(`${provider.issuer}/**`, (route) => route.abort())
    await page.goto(`${shop.origin}/console`)
    await button(page).click()
    await page.getByText('The provider does not answer').waitFor()
    expect(await seriousProblems(page)).toEqual([])
    expect(await page.getByLabel('Key or token').isEnabled()).toBe(true)
  })
})
