import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Browser, Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { browserAvailable, openPageOf, startBrowser } from '../support/browser.ts'
import { itWhenLong } from '../support/long.ts'
import { keptLog, openTestService, serve } from '../support/server.ts'

const MUTATION = 'mutation Hostile { recordEvent(input: { userId: "u", eventType: "view" }) { __typename } }'
/** A site of another name, another name of this machine, and another port of the same address. */
const HOSTILE_HOSTS = ['hostile.example', 'localhost', '127.0.0.1']

/** A service without keys, as a developer runs it, with GraphiQL. */
async function serveOpenly() {
  const service = await openTestService()
  const record = vi.spyOn(service.ingest, 'record')
  const { logger, lines } = keptLog()
  const { url } = await serve(service, { graphiql: true, logger, network: { ALLOWED_HOSTS: ['service.example'] } })
  return { service, url, record, failures: () => lines.filter(({ level }) => (level as number) >= 40) }
}

/** What a page can send to another origin without asking first, and all ways to read an answer. Runs in the browser. */
async function attack({ url, query }: { url: string; query: string }): Promise<Record<string, string>> {
  const body = JSON.stringify({ query })
  const address = `${url}?query=${encodeURIComponent(query)}`
  const slashed = address.replace('?', '/?')
  const tried = (how: string, to: string, init?: RequestInit) =>
    fetch(to, init).then(
      (response) => [how, response.type === 'opaque' ? 'unreadable' : `read ${response.status}`],
      () => [how, 'failed'],
    )
  const element = (how: string, name: string, attributes: Record<string, string>) =>
    new Promise<string[]>((resolve) => {
      const made = Object.assign(document.createElement(name), attributes)
      made.onload = () => resolve([how, 'loaded'])
      made.onerror = () => resolve([how, 'failed'])
      document.body.append(made)
    })
  const opened = (how: string, target: WebSocket | EventSource) =>
    new Promise<string[]>((resolve) => {
      target.onopen = () => resolve([how, 'opened'])
      target.onerror = () => resolve([how, 'failed'])
    })
  const form = (enctype: string) => {
    const made = Object.assign(document.createElement('form'), { action: url, method: 'post', enctype, target: 'sink' })
    made.append(Object.assign(document.createElement('input'), { name: body.slice(0, -1).concat(',"x":"'), value: '"}' }))
    document.body.append(made)
    made.submit()
    return new Promise<string[]>((resolve) => {
      document.querySelector('iframe')!.onload = () => resolve([`form ${enctype}`, 'shown'])
    })
  }
  document.body.append(Object.assign(document.createElement('iframe'), { name: 'sink' }))
  const json = { 'content-type': 'application/json' }
  const outcomes = [
    await tried('JSON', url, { method: 'POST', headers: json, body }),
    await tried('JSON with credentials', url, { method: 'POST', credentials: 'include', headers: json, body }),
    await tried('PUT', url, { method: 'PUT', headers: json, body }),
    await tried('forged header', url, { method: 'POST', headers: { ...json, 'x-forwarded-proto': 'http' }, body }),
    ...(await Promise.all(
      ['text/plain', 'text/plain; application/json', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'].map(
        (type) => tried(type, url, { method: 'POST', mode: 'no-cors', headers: { 'content-type': type }, body }),
      ),
    )),
    await tried('GET', address),
    await tried('GET of GraphiQL', url, { headers: { accept: 'text/html' } }),
    await tried('blind GET of GraphiQL', address, { mode: 'no-cors', headers: { accept: 'text/html' } }),
    await tried('blind GET of another path', slashed, { mode: 'no-cors' }),
    await tried('/ready', new URL('/ready', url).href),
    await element('img', 'img', { src: slashed }),
    await element('script', 'script', { src: address }),
    await element('script of /ready', 'script', { src: new URL('/ready', url).href }),
    await element('style', 'link', { rel: 'stylesheet', href: url }),
    await opened('WebSocket', new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')),
    await opened('EventSource', new EventSource(address)),
    await opened('EventSource of another path', new EventSource(slashed)),
    await form('text/plain'),
    await form('multipart/form-data'),
    await form('application/x-www-form-urlencoded'),
  ]
  navigator.sendBeacon(url, new Blob([body], { type: 'text/plain' }))
  navigator.sendBeacon(url, new Blob([body], { type: 'application/json' }))
  return Object.fromEntries(outcomes)
}

/** Enters the address of an operation, as its user does, and confirms that it is to be opened. */
async function openInConsole(page: Page, url: string, operation: string): Promise<void> {
  await page.goto(`${url}?query=${encodeURIComponent(operation)}`)
  await page.getByRole('link', { name: 'Open it in GraphiQL' }).click()
}

/** The text in the editor of a console. */
async function editorOf(page: Page): Promise<string> {
  await page.locator('.graphiql-query-editor .view-lines').waitFor()
  return ((await page.locator('.graphiql-query-editor .view-lines').textContent()) ?? '').replaceAll('\u00a0', ' ')
}

/** A port on which nothing listens meanwhile either: servers of other tests get ports from 32,768 on, as Linux gives them by default. */
async function unusedPort(): Promise<number> {
  for (let port = 20_011; ; port++) {
    const probe = createServer()
    try {
      await once(probe.listen(port, '127.0.0.1'), 'listening')
      return port
    } catch {
      // Somebody else has it.
    } finally {
      probe.close()
    }
  }
}

describe.skipIf(!browserAvailable)('a hostile page', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser.close())

  it.each(HOSTILE_HOSTS)('of %s changes nothing, reads nothing, and fills no log', async (host) => {
    const { url, record, failures } = await serveOpenly()
    const page = await openPageOf(browser, host)
    const outcomes = await page.evaluate(attack, { url, query: MUTATION })
    const succeeded = Object.entries(outcomes).filter(([, outcome]) =>
      /read|loaded|opened/.test(outcome.replace('unreadable', '')),
    )
    expect(succeeded).toEqual([])
    const queried = await page.evaluate(attack, { url, query: '{ status { version } }' })
    expect(queried).toEqual(outcomes)
    expect(record).not.toHaveBeenCalled()
    expect(failures()).toEqual([])
  })

  it('cannot find out by an event whether a service runs, or whether it is ready', async () => {
    const service = await openTestService()
    const { url, drain } = await serve(service, { graphiql: true })
    const unused = `http://127.0.0.1:${await unusedPort()}/graphql`
    const page = await openPageOf(browser, 'hostile.example')
    const eventsOf = (address: string) =>
      page.evaluate(async (target) => {
        const eventOf = (name: string, attributes: Record<string, string>) =>
          new Promise<string>((resolve) => {
            const made = Object.assign(document.createElement(name), attributes)
            for (const type of ['load', 'error']) made.addEventListener(type, () => resolve(type))
            document.body.append(made)
          })
        return [
          await eventOf('link', { rel: 'prefetch', href: target }),
          await eventOf('link', { rel: 'preload', as: 'fetch', href: target }),
          await eventOf('object', { data: target }),
          await eventOf('img', { src: target }),
          await eventOf('script', { src: target }),
          await fetch(target, { mode: 'no-cors' }).then(
            () => 'load',
            () => 'error',
          ),
        ]
      }, address)
    const none = await eventsOf(unused)
    for (const path of ['/graphql', '/health', '/ready', '/nothing'])
      expect(await eventsOf(new URL(path, url).href)).toEqual(none)
    drain()
    expect(await eventsOf(new URL('/ready', url).href)).toEqual(none)
  })

  it('in a sandbox, whose origin is null, has no more success', async () => {
    const { url, record } = await serveOpenly()
    const page = await openPageOf(browser, 'hostile.example')
    await page.setContent('<iframe sandbox="allow-scripts allow-forms" srcdoc="<body></body>"></iframe>')
    const frame = page.frames()[1]
    const outcomes = await frame.evaluate(attack, { url, query: MUTATION })
    expect(Object.values(outcomes).filter((outcome) => outcome.startsWith('read') || outcome === 'opened')).toEqual([])
    expect(record).not.toHaveBeenCalled()
  })

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['hostile.example', 'localhost'],
    ['hostile.example', 'service.example'],
  ])('of %s cannot show the GraphiQL of %s in a frame, where it could lure a click onto a button', async (host, name) => {
    const { url, record } = await serveOpenly()
    const page = await openPageOf(browser, host)
    const shown = `${url.replace('127.0.0.1', name)}?query=${encodeURIComponent(MUTATION)}`
    const isOfConsole = (request: Request) => request.url().startsWith(shown.split('?')[0])
    // Failed: the answer itself forbids the frame.
    const loaded = Promise.any([
      page.waitForEvent('requestfinished', isOfConsole),
      page.waitForEvent('requestfailed', isOfConsole),
    ])
    await page.evaluate((src) => {
      document.body.append(Object.assign(document.createElement('iframe'), { src, width: '900', height: '600' }))
      return new Promise((resolve) => Object.assign(document.querySelector('iframe')!, { onload: resolve }))
    }, shown)
    await loaded
    expect(await page.frames()[1].locator('#root').count()).toBe(0)
    expect(record).not.toHaveBeenCalled()
  })

  itWhenLong('can open GraphiQL only with the default query, and cannot control it afterwards', async () => {
    const { url, record } = await serveOpenly()
    const page = await openPageOf(browser, 'hostile.example')
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate(
        (address) => {
          Object.assign(window, { opened: window.open(address) })
        },
        `${url}?query=${encodeURIComponent(MUTATION)}&variables={}`,
      ),
    ])
    expect(await editorOf(popup)).toContain('query Slate')
    expect(popup.url()).toBe(url)
    expect(await page.evaluate(() => (window as unknown as { opened: Window }).opened.closed)).toBe(true)
    expect(record).not.toHaveBeenCalled()
  })

  it('whose name resolves to the service (DNS rebinding) reads nothing', async () => {
    const { url, record } = await serveOpenly()
    const page = await openPageOf(browser, 'hostile.example')
    const answer = await page.goto(url.replace('127.0.0.1', 'hostile.example'))
    expect(answer?.status()).toBe(421)
    const statuses = await page.evaluate(async (query) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) }
      const { status } = await fetch('/graphql', init)
      const { status: ofProbe } = await fetch('/health?/graphql', init)
      const socket = new WebSocket(`ws://${location.host}/graphql`, 'graphql-transport-ws')
      const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve(true)
        socket.onerror = () => resolve(false)
      })
      return [status, ofProbe, opened]
    }, MUTATION)
    expect(statuses).toEqual([421, 405, false])
    expect(record).not.toHaveBeenCalled()
  })

  it('cannot run code in GraphiQL by texts in the catalogue, and learns nothing about its users', async () => {
    const { service, url } = await serveOpenly()
    const elsewhere = 'http://hostile.example:9'
    const title = `</script><img src=x onerror="fetch('${elsewhere}/title.png')">${elsewhere}/look.png`
    await service.uploads.upsertItems([{ itemId: 'bait', attributes: { title } }])
    const page = await openPageOf(browser, 'localhost')
    const asked: string[] = []
    page.on('response', (response) => void asked.push(response.url()))
    page.on('requestfailed', (request) => {
      if (request.failure()?.errorText !== 'csp') asked.push(request.url())
    })
    await openInConsole(page, url, '{ item(itemId: "bait") { attribute(name: "title") } }')
    await editorOf(page)
    await page.getByRole('button', { name: /execute/i }).click()
    await page.locator('.graphiql-response', { hasText: 'onerror' }).waitFor()
    // Even if GraphiQL made a page of the text, its policy would stop the code and the image.
    const ran = await page.evaluate((source) => {
      const refused = new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective))
      })
      document.body.insertAdjacentHTML('beforeend', `<img src="${source}">`)
      return refused
    }, `${elsewhere}/look.png`)
    expect(ran).toBe('img-src')
    expect(asked.filter((address) => address.startsWith(elsewhere))).toEqual([])
  })

  it('does not hinder users of GraphiQL: it takes a query from an address that the user enters, runs it and streams', async () => {
    const { url } = await serveOpenly()
    const page = await openPageOf(browser, 'localhost')
    const refusals: string[] = []
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) refusals.push(message.text())
    })
    await openInConsole(page, url, 'subscription { recommendations(input: { userId: "u" }) { trigger } }')
    expect(await editorOf(page)).toContain('subscription')
    await page.getByRole('button', { name: /execute/i }).click()
    await page.locator('.graphiql-response', { hasText: 'INITIAL' }).waitFor()
    expect(refusals).toEqual([])
  })
})
