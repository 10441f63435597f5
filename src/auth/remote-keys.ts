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
import { fetchKeySet, IssuerError, PATIENCE_MS } from './key-set.ts'

/** How long the keys are used before they are fetched again. */
const FRESH_MS = 600 * SECOND
/** Shortest time between two fetches because a token names an unknown key: tokens that are made up cause no load elsewhere. */
const COOLDOWN_MS = 30 * SECOND
/** How long after a failure nothing is fetched. */
const PAUSE_MS = 5 * SECOND
/**
 * The public keys of an issuer of tokens, fetched from `JWKS_URL` and kept. While the issuer does not answer, the last keys are used.
 * Requests that need the keys at the same time share one fetch.
 */
export class RemoteKeys {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>
  readonly #monotonic: () => number
  /** Those that were fetched last. */
  #kept: ReturnType<typeof createLocalJWKSet> | undefined
  #failedAt = Number.NEGATIVE_INFINITY

  /** @param monotonic time in ms that never steps @param onFailed called for each fetch that failed */
  constructor(url: string, monotonic: () => number, onFailed: (error: IssuerError) => void) {
    this.#monotonic = monotonic
    this.#remote = createRemoteJWKSet(new URL(url), {
      timeoutDuration: PATIENCE_MS,
      cacheMaxAge: FRESH_MS,
      cooldownDuration: COOLDOWN_MS,
      [customFetch]: async (address, init) => {
        const keys = await fetchKeySet(address, init).catch((error: IssuerError) => {
          onFailed(error)
          throw error
        })
        this.#kept = createLocalJWKSet(keys)
        return Response.json(keys)
      },
    })
  }

  /**
   * Finds the key of a token.
   * @throws UnavailableError if the issuer does not answer and the key is not among those that were fetched last
   * @throws Error if the issuer has no such key, or one that cannot be used
   */
  async find(header?: JWSHeaderParameters, token?: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#monotonic() - this.#failedAt < PAUSE_MS) return this.#fromKept(header, token)
    try {
      return await this.#remote(header, token)
    } catch (error) {
      // The keys are there, but not this one, or it cannot be used. Anyone may name it: that must not keep others from theirs.
      if (!(error instanceof IssuerError)) throw error
      this.#failedAt = this.#monotonic()
      return this.#fromKept(header, token, error)
    }
  }

  async #fromKept(header?: JWSHeaderParameters, token?: FlattenedJWSInput, cause?: unknown): Promise<CryptoKey> {
    try {
      if (this.#kept) return await this.#kept(header, token)
    } catch (error) {
      // The issuer may have added the key since.
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
    }
    throw new UnavailableError('The issuer of tokens (JWKS_URL) does not answer, so the token cannot be checked. Try again.', {
      cause,
    })
  }
}
