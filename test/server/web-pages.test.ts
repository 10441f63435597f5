import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { openWebPages, type PageName } from '../../src/server/web-pages.ts'
import { openTestService, serve } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function served(pages: readonly PageName[] = ['start', 'shop', 'console'], network = {}): Promise<string> {
  return new URL((await serve(await openTestService(), { pages, network, graphiql: true })).url).origin
}

const errorOf = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: [{ message: string; extensions: { code: string } }] }
  return [response.status, errors[0].extensions.code, errors[0].message] as const
}

/** Sends a path as it is: `fetch` would resolve the dots in it. @returns the whole answer */
function rawGet(origin: string, path: string): Promise<string> {
  const { port, host } = new URL(origin)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
    )
    socket.on('data', (bytes) => {
      answer += String(bytes)
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

it('shows the pages under a policy that runs the scripts and styles of the service alone', async () => {
  const origin = await served()
  const page = await fetch(`${origin}/`, { headers: { 'accept-encoding': 'br' } })
  const { 'content-security-policy': policy, ...headers } = Object.fromEntries(page.headers)
  expect(page.status).toBe(200)
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-encoding': 'br',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
  })
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; .*frame-ancestors 'none'$/)
  expect(policy).not.toContain('unsafe')
  const html = await page.text()
  expect(html).toContain('data-pages="start shop')
  expect(html).not.toMatch(/<style|<script(?![^>]* src=)| on\w+=| style=/)
})

it('lets the console alone ask the OpenID provider, and tells it which one that is', async () => {
  const openId = { issuer: 'https://login.example/realms/a"b', clientId: 'con<sole', scope: 'openid' }
  const { url } = await serve(await openTestService(), { pages: ['start', 'console'], openId })
  const [start, console] = await Promise.all(['/', '/console/signed-in'].map((path) => fetch(new URL(path, url))))
  expect(start.headers.get('content-security-policy')).toContain("connect-src 'self';")
  expect(console.headers.get('content-security-policy')).toContain("connect-src 'self' https://login.example;")
  const [, attribute] = /data-openid="([^"]*)"/.exec(await console.text()) ?? []
  expect(attribute).toContain('con&lt;sole')
  expect(JSON.parse(attribute.replaceAll('&quot;', '"').replaceAll('&lt;', '<'))).toEqual(openId)
})

it('sends a page only if it has changed, and its head alone if that is what a client wants', async () => {
  const origin = await served()
  const etag = (await fetch(`${origin}/`)).headers.get('etag') ?? ''
  const again = await fetch(`${origin}/`, { headers: { 'if-none-match': etag } })
  expect([again.status, await again.text()]).toEqual([304, ''])
  const head = await fetch(`${origin}/`, { method: 'HEAD' })
  expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, ''])
  const [status, code] = await errorOf(await fetch(`${origin}/`, { method: 'POST', body: '{}' }))
  expect([status, code]).toEqual([405, 'BAD_USER_INPUT'])
})

it('lets browsers keep each file that a page loads for good, in the encoding that they accept', async () => {
  const origin = await served()
  const html = await (await fetch(`${origin}/`)).text()
  const paths = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path)
  expect(paths.map((path) => path.split('.').at(-1))).toEqual(expect.arrayContaining(['js', 'css', 'woff2']))
  for (const path of paths) {
    const answers = await Promise.all(['br', 'gzip', 'identity'].map((encoding) => rawBody(`${origin}${path}`, encoding)))
    const [brotli, gzip, plain] = answers.map(({ body }) => body)
    // The build compresses no smaller file, and no font, which is compressed by its format.
    const isCompressed = plain.length >= 1024 && !path!.endsWith('.woff2')
    const encodings = answers.map(({ headers }) => headers.get('content-encoding'))
    expect(encodings).toEqual(isCompressed ? ['br', 'gzip', null] : [null, null, null])
    for (const { headers } of answers)
      expect(Object.fromEntries(headers)).toMatchObject({ 'cache-control': expect.stringContaining('immutable') })
    const contents = isCompressed ? [brotliDecompressSync(brotli), gunzipSync(gzip), plain] : [brotli, gzip, plain]
    expect(new Set(contents.map((content) => createHash('sha256').update(content).digest('hex'))).size).toBe(1)
  }
})

it('compresses nothing if COMPRESSION=0', async () => {
  const origin = await served(['start'], { COMPRESSION: false })
  const { headers } = await fetch(`${origin}/`, { headers: { 'accept-encoding': 'br' } })
  expect(headers.get('content-encoding')).toBeNull()
})

it('shows a page at all paths below its own', async () => {
  const origin = await served()
  const page = await (await fetch(`${origin}/demo`)).text()
  for (const path of ['/demo/', '/demo/item/%3Cb%3E%2F..%2F%F0%9F%AB%96', '/demo/../graphql', `/demo/${'x'.repeat(4000)}`])
    expect((await rawGet(origin, path)).endsWith(page), path).toBe(true)
})

it('shows the documents, whose links lead to documents', async () => {
  const origin = await served(['start'])
  const seen = new Set<string>()
  const open = ['/docs/README.html']
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const answer = await fetch(origin + path)
    expect([answer.status, path]).toEqual([200, path])
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    const html = await answer.text()
    for (const [, target] of html.matchAll(/(?:href|src)="(\/docs\/[^"#]*)(?:#[^"]*)?"/g))
      if (target.endsWith('.html')) open.push(target)
      else expect((await fetch(origin + target)).status, target).toBe(200)
  }
  expect(seen.size).toBeGreaterThan(100)
  const list = await (await fetch(`${origin}/docs/README.html`)).text()
  for (const path of ['/docs', '/docs/']) {
    const answer = await fetch(origin + path)
    expect(answer.headers.get('content-security-policy'), path).toContain("default-src 'none'")
    expect(await answer.text(), path).toBe(list)
  }
})

it('leads to no file outside of the pages', async () => {
  const origin = await served()
  const paths = [
    '/assets/../../../package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..\\..\\package.json',
    '//etc/passwd',
    '/assets/',
    '/assets',
    '/start/index.html',
    '/shop/index.html',
    '/index.html',
    '/demox',
    '/Demo',
    '/%00',
    '/constructor',
    '/__proto__',
  ]
  for (const path of paths) expect(await rawGet(origin, path), path).toMatch(/^HTTP\/1.1 404 .*BAD_USER_INPUT/s)
})

it('shows no page under the name of another site, and to no page of another site', async () => {
  const origin = await served()
  const { port } = new URL(origin)
  expect(await rawGet(`http://shop.example:${port}`, '/')).toMatch(/^HTTP\/1.1 421 /)
  expect((await fetch(`${origin}/`, { headers: { origin: 'http://shop.example' } })).status).toBe(403)
})

it('says what to do if a page is missing', async () => {
  const production = await served(['start', 'console'])
  expect((await fetch(`${production}/`)).status).toBe(200)
  expect(await errorOf(await fetch(`${production}/demo`))).toEqual([404, 'BAD_USER_INPUT', expect.stringContaining('npm start')])
  const none = await serve(await openTestService())
  expect((await fetch(new URL('/', none.url))).status).toBe(404)
  const folder = join(await temporaryDirectory(), 'none')
  const unbuilt = await openWebPages({ shown: ['start'], graphiql: false, compresses: true }, folder)
  expect([unbuilt.has('/'), unbuilt.missing('/'), unbuilt.missing('/other')]).toEqual([
    false,
    expect.stringContaining('npm run build'),
    undefined,
  ])
})

/** Reads a body without decompressing it, which `fetch` does. */
async function rawBody(url: string, encoding: string): Promise<{ headers: Headers; body: Buffer }> {
  const { get } = await import('node:http')
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': encoding } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ headers: new Headers(response.headers as Record<string, string>), body: Buffer.concat(chunks) }),
      )
    }).on('error', reject)
  })
}

it('answers a browser with a page that leads on where there is nothing, and everything else as JSON', async () => {
  const origin = await served()
  for (const path of ['/docs/nope', '/zzz', '/%3Cscript%3E']) {
    const page = await fetch(`${origin}${path}`, { headers: { accept: 'text/html,*/*' } })
    expect([page.status, page.headers.get('content-type')], path).toEqual([404, 'text/html; charset=utf-8'])
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    const html = await page.text()
    expect(html).toContain('<h1>There is no such page</h1>')
    expect(html).toContain('href="/"')
    expect(await errorOf(await fetch(`${origin}${path}`))).toEqual([
      404,
      'BAD_USER_INPUT',
      expect.stringContaining('nothing at this path'),
    ])
  }
})

it('shows GraphiQL as wide as a phone, its parts one above the other', async () => {
  const page = await fetch(`${await served()}/graphql`, { headers: { accept: 'text/html' } })
  const start = (await page.text()).slice(0, 500)
  expect(start).toContain('<meta name="viewport" content="width=device-width')
  expect(start).toContain('flex-direction: column')
})
