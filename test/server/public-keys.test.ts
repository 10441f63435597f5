import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openTestService } from '../support/server.ts'
import { Issuer } from '../support/tokens.ts'
import { ofDate, served, TRANSPORTS } from './authenticated-callers.ts'

describe('public keys', () => {
  it('are fetched once for many tokens, and not for each token that names an unknown key', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'known')
    const url = await served({ tokens: { JWKS_URL: issuer.url } })
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => issuer.token({ role: 'backend', sub: `server-${i}` })))
    const answers = await Promise.all(tokens.map((one) => TRANSPORTS.HTTP.ask(url, `Bearer ${one}`)))
    expect(new Set(answers)).toEqual(new Set(['ok']))
    expect(issuer.fetches).toBe(1)
    const stranger = await Issuer.start()
    await stranger.rotate('ES256', 'unknown')
    for (let i = 0; i < 20; i++)
      expect(await TRANSPORTS.HTTP.ask(url, `Bearer ${await stranger.token({ role: 'admin', n: i })}`)).toBe(
        '401 UNAUTHENTICATED',
      )
    expect(issuer.fetches).toBe(1)
  })

  it('are fetched again if the issuer has changed them, and every ten minutes', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'former')
    const url = await served({ tokens: { JWKS_URL: issuer.url }, clock: ofDate() })
    const former = await issuer.token({ role: 'backend' })
    expect(await TRANSPORTS.HTTP.ask(url, `Bearer ${former}`)).toBe('ok')
    await issuer.rotate('ES256', 'new')
    vi.setSystemTime(Date.now() + 31_000)
    expect(await TRANSPORTS.HTTP.ask(url, `Bearer ${await issuer.token({ role: 'backend' })}`)).toBe('ok')
    expect(issuer.fetches).toBe(2)
    vi.setSystemTime(Date.now() + 61_000)
    expect(await TRANSPORTS.HTTP.ask(url, `Bearer ${former}`)).toBe('401 UNAUTHENTICATED')
  })

  it('stay in use while the issuer is unreachable', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'known')
    const url = await served({ tokens: { JWKS_URL: issuer.url }, clock: ofDate() })
    const ask = async (n: number) => TRANSPORTS.HTTP.ask(url, `Bearer ${await issuer.token({ role: 'backend', n })}`)
    expect(await ask(0)).toBe('ok')
    for (const [n, body] of ['broken', '{"keys":7}', 'x'.repeat(2 ** 20 + 1)].entries()) {
      issuer.answer = { status: 200, body }
      vi.setSystemTime(Date.now() + 660_000)
      expect(await ask(2 * n + 1)).toBe('ok')
      expect(await ask(2 * n + 2)).toBe('ok')
      // Once: after a failure it is left alone for a while.
      expect(issuer.fetches).toBe(2 + n)
    }
  })
})

describe('public keys of an unreachable issuer', () => {
  it.each(Object.values(TRANSPORTS))(
    'may have changed: an unknown key was refused permanently with $refused',
    async (transport) => {
      const issuer = await Issuer.start()
      await issuer.rotate('ES256', 'former')
      const url = await served({ tokens: { JWKS_URL: issuer.url }, clock: ofDate() })
      const former = await issuer.token({ role: 'backend' })
      expect(await transport.ask(url, `Bearer ${former}`)).toBe('ok')
      await issuer.rotate('ES256', 'new', true)
      issuer.answer = { status: 500, body: 'broken' }
      vi.setSystemTime(Date.now() + 31_000)
      // The first asks the issuer, the second leaves it alone.
      for (let n = 0; n < 2; n++)
        expect(await transport.ask(url, `Bearer ${await issuer.token({ role: 'backend', n })}`)).toBe(transport.unavailable)
      expect(issuer.fetches).toBe(2)
      issuer.answer = undefined
      vi.setSystemTime(Date.now() + 6000)
      expect(await transport.ask(url, `Bearer ${await issuer.token({ role: 'backend', n: 2 })}`)).toBe('ok')
    },
  )

  it('are those that were fetched last: a simultaneous check kept the former ones', async () => {
    const issuer = await Issuer.start()
    await issuer.rotate('ES256', 'former')
    const { authenticator } = await openTestService({ tokens: { JWKS_URL: issuer.url }, clock: ofDate() })
    const formers = await Promise.all(Array.from({ length: 200 }, (_, n) => issuer.token({ role: 'backend', n })))
    await authenticator.prove(await issuer.token({ role: 'backend' }))
    await issuer.rotate('ES256', 'new', true)
    const checks: unknown[] = []
    const checkAtEachStep = async () => {
      for (const former of formers) checks.push(await Promise.race([authenticator.prove(former), undefined]))
    }
    const { fetch } = globalThis
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
      const response = await fetch(...request)
      const body = response.body!.pipeThrough(new TransformStream({ flush: () => void checkAtEachStep() }))
      return new Response(body, response)
    })
    onTestFinished(() => void vi.restoreAllMocks())
    vi.setSystemTime(Date.now() + 31_000)
    await authenticator.prove(await issuer.token({ role: 'backend', n: -1 }))
    await expect.poll(() => checks.length).toBe(formers.length)
    issuer.answer = { status: 500, body: 'broken' }
    vi.setSystemTime(Date.now() + 660_000)
    expect(await authenticator.prove(await issuer.token({ role: 'backend', n: -2 }))).toMatchObject({ role: 'backend' })
  })
})
