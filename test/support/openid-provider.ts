import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** The service, as the provider names it in its tokens. */
export const AUDIENCE = 'liverank'

/** Of what the provider keeps, in seconds. */
const LIFE = 3600

/** A real OpenID provider on this machine. It knows everyone who gives a name, with any password. */
export class OpenIdProvider {
  readonly issuer: string
  /** Life of the tokens of the service, in seconds. */
  lifeSeconds = 3600
  audience = AUDIENCE
  /** Whether it renews tokens. */
  renews = true
  /** Tokens that it has renewed. */
  renewals = 0
  /** The role of each person. Others have none. */
  roles: Readonly<Record<string, string>> = {}
  readonly #server: ReturnType<typeof createServer>

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(): Promise<OpenIdProvider> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new OpenIdProvider(server)
  }

  /** Knows the console at this origin as the client `console`, from here on. */
  admit(origin: string): void {
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: 'console',
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: [`${origin}/console/signed-in`],
        },
      ],
      clientBasedCORS: (_, asking) => asking === origin,
      cookies: { keys: ['a key of a test'] },
      ttl: { Interaction: LIFE, Grant: LIFE, Session: LIFE, RefreshToken: LIFE, IdToken: LIFE },
      findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      issueRefreshToken: () => Promise.resolve(true),
      extraTokenClaims: (_, token) => {
        const role = 'accountId' in token ? this.roles[token.accountId] : undefined
        return role === undefined ? {} : { role }
      },
      loadExistingGrant: async ({ oidc }) => {
        const grant = new provider.Grant({ clientId: 'console', accountId: oidc.session?.accountId ?? '' })
        grant.addOIDCScope('openid')
        await grant.save()
        return grant
      },
      features: {
        resourceIndicators: {
          enabled: true,
          defaultResource: () => 'urn:service',
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: '',
            audience: this.audience,
            accessTokenTTL: this.lifeSeconds,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
    })
    provider.use(async (context, next) => {
      const isRenewal = context.path === '/token' && context.method === 'POST'
      await next()
      if (isRenewal && context.oidc?.params?.grant_type === 'refresh_token') this.renewals++
    })
    const answer = provider.callback()
    this.#server.on('request', (request, response) => {
      if (!this.renews && request.url === '/token') {
        response.writeHead(400, { 'content-type': 'application/json', 'access-control-allow-origin': origin })
        response.end(JSON.stringify({ error: 'invalid_grant' }))
      } else void answer(request, response)
    })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
