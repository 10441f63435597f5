import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { z } from 'zod'
import { LiverankError, UnauthenticatedError } from '../errors.ts'
import { checkId } from '../events/validate-event.ts'
import { type Principal, ROLES } from './principal.ts'
import { RemoteKeys } from './remote-keys.ts'

/** Pinned by the kind of key: a token cannot choose to be checked with a public key as if it were a secret. */
const SECRET_ALGORITHMS = ['HS256']
const PUBLIC_ALGORITHMS = ['RS256', 'ES256', 'EdDSA']
/** Tolerated difference between the clocks of the issuer and the service, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 5

/** Settings that say which tokens are valid. Without `JWT_SECRET` and `JWKS_URL`, no token is. */
export interface TokenSettings {
  readonly JWT_SECRET?: string | undefined
  readonly JWKS_URL?: string | undefined
  readonly JWT_ISSUER?: string | undefined
  readonly JWT_AUDIENCE?: string | undefined
}

/** Clocks that decide whether a token is valid: ms since 1970, and ms that never step. */
export interface TokenClocks {
  wall(): number
  monotonic(): number
}

const claims = z.object({ sub: z.string().optional(), role: z.enum(ROLES), exp: z.number() })

/** Checks signed tokens (JWT): signature, issuer, audience, times, and the claims `sub` and `role`. */
export class TokenVerifier {
  readonly #secret: Uint8Array | undefined
  readonly #remote: RemoteKeys | undefined
  readonly #options: JWTVerifyOptions
  readonly #clocks: TokenClocks

  constructor(
    { JWT_SECRET, JWKS_URL, JWT_ISSUER, JWT_AUDIENCE }: TokenSettings,
    clocks: TokenClocks,
    onKeysFailed: (error: Error) => void,
  ) {
    this.#secret = JWT_SECRET === undefined ? undefined : new TextEncoder().encode(JWT_SECRET)
    this.#remote = JWKS_URL === undefined ? undefined : new RemoteKeys(JWKS_URL, () => clocks.monotonic(), onKeysFailed)
    this.#clocks = clocks
    this.#options = {
      requiredClaims: ['exp', 'role'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      ...(JWT_ISSUER !== undefined && { issuer: JWT_ISSUER }),
      ...(JWT_AUDIENCE !== undefined && { audience: JWT_AUDIENCE }),
    }
  }

  /**
   * @throws UnauthenticatedError if the token is not valid; the message says why, and nothing about keys
   * @throws UnavailableError if the public keys cannot be fetched
   */
  async principalOf(token: string): Promise<Principal> {
    return principalOf(await this.#verified(token))
  }

  async #verified(token: string): Promise<JWTPayload> {
    const options = { ...this.#options, currentDate: new Date(this.#clocks.wall()) }
    try {
      const { alg } = decodeProtectedHeader(token)
      if (this.#secret && alg !== undefined && SECRET_ALGORITHMS.includes(alg))
        return (await jwtVerify(token, this.#secret, { ...options, algorithms: SECRET_ALGORITHMS })).payload
      const remote = this.#remote
      if (!remote || alg === undefined || !PUBLIC_ALGORITHMS.includes(alg))
        throw new UnauthenticatedError(`The signature algorithm of the token is not accepted: use one of ${this.#accepted()}.`)
      const find = (...args: Parameters<RemoteKeys['find']>) => remote.find(...args)
      return (await jwtVerify(token, find, { ...options, algorithms: PUBLIC_ALGORITHMS })).payload
    } catch (error) {
      if (error instanceof LiverankError) throw error
      throw new UnauthenticatedError(sentenceOf(error), { cause: error })
    }
  }

  #accepted(): string {
    return [...(this.#secret ? SECRET_ALGORITHMS : []), ...(this.#remote ? PUBLIC_ALGORITHMS : [])].join(', ')
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired: get a new one.'
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error
    if (claim === 'nbf') return 'The token is not valid yet: check the clocks of its issuer and of this service.'
    return reason === 'missing'
      ? `The token has no claim ${claim}.`
      : `The claim ${claim} of the token has a value that this service does not accept.`
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return 'The signature of the token is not valid.'
  return 'The token is not a valid JWT.'
}

/** @throws UnauthenticatedError if a claim has another shape than it must have */
function principalOf(payload: JWTPayload): Principal {
  const read = claims.safeParse(payload)
  if (!read.success) {
    const [{ path }] = read.error.issues
    const expected = path[0] === 'role' ? ` It must be one of ${ROLES.join(', ')}.` : ''
    throw new UnauthenticatedError(`The claim ${path.join('.')} of the token is not valid.${expected}`)
  }
  const { sub, role, exp } = read.data
  const expiresAt = exp * 1000
  if (sub !== undefined) checkSubject(sub)
  if (role !== 'device') return { role, userId: undefined, keyId: undefined, subject: sub, expiresAt }
  if (sub === undefined) throw new UnauthenticatedError('The token has no claim sub: a device needs the id of its user there.')
  return { role, userId: sub, keyId: undefined, expiresAt }
}

function checkSubject(sub: string): void {
  try {
    checkId(sub, 'The claim sub of the token')
  } catch (error) {
    throw new UnauthenticatedError((error as Error).message, { cause: error })
  }
}
