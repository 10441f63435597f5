import {
  type CryptoKey,
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
} from 'jose'
import { UnavailableError } from '../errors.ts'
import { SECOND } from '../time-units.ts'

/** How long the issuer may take to answer. */
const PATIENCE_MS = 5 * SECOND
/** How long the keys are used before they are fetched again. */
const FRESH_MS = 600 * SECOND
/** Shortest time between two fetches because a token names an unknown key: tokens that are made up cause no load elsewhere. */
const COOLDOWN_MS = 30 * SECOND
/** How long after a failure nothing is fetched. */
const PAUSE_MS = 5 * SECOND
/** Most bytes of a key set. */
const MAX_BYTES = 2 ** 20

/**
 * The public keys of an issuer of tokens, fetched from `JWKS_URL` and kept. While the issuer does not answer, the last keys are used.
 * Requests that need the keys at the same time share one fetch.
 */
export class RemoteKeys {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>
  readonly #monotonic: () => number
  #kept: ReturnType<typeof createLocalJWKSet> | undefined
  #failedAt = Number.NEGATIVE_INFINITY

  /** @param monotonic time in ms that never steps */
  constructor(url: string, monotonic: () => number) {
    this.#monotonic = monotonic
    this.#remote = createRemoteJWKSet(new URL(url), {
      timeoutDuration: PATIENCE_MS,
      cacheMaxAge: FRESH_MS,
      cooldownDuration: COOLDOWN_MS,
      [customFetch]: fetchBounded,
    })
  }

  /**
   * Finds the key of a token.
   * @throws UnavailableError if the issuer does not answer and no keys are known
   * @throws errors.JOSEError if the issuer has no such key
   */
  async find(header?: JWSHeaderParameters, token?: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#monotonic() - this.#failedAt < PAUSE_MS) return this.#fromKept(header, token)
    try {
      const key = await this.#remote(header, token)
      const keys = this.#remote.jwks()
      if (keys) this.#kept = createLocalJWKSet(keys)
      return key
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error
      if (error instanceof errors.JOSENotSupported) throw error
      this.#failedAt = this.#monotonic()
      return this.#fromKept(header, token, error)
    }
  }

  async #fromKept(header?: JWSHeaderParameters, token?: FlattenedJWSInput, cause?: unknown): Promise<CryptoKey> {
    if (this.#kept) return this.#kept(header, token)
    throw new UnavailableError('The issuer of tokens (JWKS_URL) does not answer, so no token can be checked. Try again.', {
      cause,
    })
  }
}

/** Fetches a key set, and refuses one that is too large. */
async function fetchBounded(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new Error(`The key set has more than ${MAX_BYTES} bytes.`)
    chunks.push(chunk)
  }
  return new Response(Buffer.concat(chunks), { status: response.status, headers: response.headers })
}
