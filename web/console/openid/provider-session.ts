import * as oauth from 'oauth4webapi'
import type { Credential } from '../../api/credential.ts'
import { texts } from '../texts.ts'
import { type Attempt, keepAttempt, type Return } from './attempt.ts'
import { type OpenIdClient, returnAddress } from './openid-client.ts'

/** Share of the life of a token after which it is renewed. */
const RENEWED_AT = 0.75
/** Life of a token whose provider does not say how long it lives, in seconds. */
const ASSUMED_SECONDS = 300

const text = texts.signIn.openId

/** A provider that does not do what the sign-in needs. The message says what to do. */
export class UnfitProvider extends Error {}

/** A sign-in at an OpenID provider: authorization code flow with PKCE. Its tokens are in memory alone. */
export class ProviderSession implements Credential {
  readonly #provider: Provider
  #token = ''
  #refreshToken: string | undefined
  /** In ms since 1970. */
  #renewAt = 0
  #renewing: Promise<void> | undefined

  private constructor(provider: Provider) {
    this.#provider = provider
  }

  /** Sends the reader to the provider. @param returnTo path of the console to which the reader comes back */
  static async begin(client: OpenIdClient, returnTo: string): Promise<void> {
    const { server } = await Provider.discover(client)
    if (!server.authorization_endpoint) throw new UnfitProvider(text.unfit('authorization_endpoint'))
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
    const attempt: Attempt = { state, nonce, verifier: oauth.generateRandomCodeVerifier(), returnTo }
    keepAttempt(attempt)
    const address = new URL(server.authorization_endpoint)
    const parameters = {
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: returnAddress(),
      scope: client.scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    }
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
    location.assign(address)
  }

  /**
   * Exchanges what the provider has sent back for tokens.
   * @throws Error if the answer does not fit the attempt, or the provider refuses
   */
  static async finish(client: OpenIdClient, { parameters, attempt }: Return): Promise<ProviderSession> {
    if (attempt === undefined) throw new UnfitProvider(text.notBegun)
    const provider = await Provider.discover(client)
    const { server, known, options } = provider
    const checked = oauth.validateAuthResponse(server, known, parameters, attempt.state)
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      known,
      oauth.None(),
      checked,
      returnAddress(),
      attempt.verifier,
      options,
    )
    const expected = { expectedNonce: attempt.nonce, requireIdToken: true }
    const session = new ProviderSession(provider)
    session.#take(await oauth.processAuthorizationCodeResponse(server, known, answer, expected))
    return session
  }

  readonly token = (): string => this.#token

  /** Gets a new token, unless the present one is young, or the provider renews none. */
  readonly renew = (): Promise<void> => {
    if (this.#refreshToken === undefined || Date.now() < this.#renewAt) return Promise.resolve()
    this.#renewing ??= this.#refresh(this.#refreshToken).finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #refresh(refreshToken: string): Promise<void> {
    const { server, known, options } = this.#provider
    try {
      const answer = await oauth.refreshTokenGrantRequest(server, known, oauth.None(), refreshToken, options)
      this.#take(await oauth.processRefreshTokenResponse(server, known, answer))
    } catch (error) {
      // A provider that refuses will refuse again. One that does not answer may do so later.
      if (error instanceof oauth.ResponseBodyError) this.#refreshToken = undefined
    }
  }

  #take({ access_token, refresh_token, expires_in = ASSUMED_SECONDS }: oauth.TokenEndpointResponse): void {
    this.#token = access_token
    // Some providers keep the former one valid, and send no other.
    this.#refreshToken = refresh_token ?? this.#refreshToken
    const after = expires_in * RENEWED_AT * 1000
    this.#renewAt = Date.now() + after
    if (this.#refreshToken !== undefined) setTimeout(() => void this.renew(), after + 1)
  }
}

/** A provider, as it describes itself. */
class Provider {
  readonly server: oauth.AuthorizationServer
  readonly known: oauth.Client
  /** The settings of the service permit http on this machine alone. */
  readonly options: { readonly [oauth.allowInsecureRequests]: boolean }

  private constructor(server: oauth.AuthorizationServer, { clientId, issuer }: OpenIdClient) {
    this.server = server
    this.known = { client_id: clientId }
    this.options = { [oauth.allowInsecureRequests]: issuer.startsWith('http:') }
  }

  static async discover(client: OpenIdClient): Promise<Provider> {
    const issuer = new URL(client.issuer)
    const options = { [oauth.allowInsecureRequests]: issuer.protocol === 'http:' }
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    // The policy of the page permits no other.
    if (!server.token_endpoint || new URL(server.token_endpoint).origin !== issuer.origin)
      throw new UnfitProvider(text.unfit('token_endpoint'))
    return new Provider(server, client)
  }
}

/** Returns why a sign-in failed, for the reader. */
export function troubleOfSignIn(error: unknown): { readonly title: string; readonly advice: string } {
  return { title: text.failed, advice: adviceOn(error) }
}

function adviceOn(error: unknown): string {
  if (error instanceof UnfitProvider) return error.message
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError)
    return text.refused([error.error, error.error_description].filter(Boolean).join(': '))
  if (error instanceof oauth.OperationProcessingError) return text.doesNotFit(error.message)
  return text.unreachable(location.origin)
}
