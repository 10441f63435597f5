import {
  type CryptoKey,
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose'
import { z } from 'zod'
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
  /** Those that were fetched last. */
  #kept: ReturnType<typeof createLocalJWKSet> | undefined
  #failedAt = Number.NEGATIVE_INFINITY

  /** @param monotonic time in ms that never steps */
  constructor(url: string, monotonic: () => number) {
    this.#monotonic = monotonic
    this.#remote = createRemoteJWKSet(new URL(url), {
      timeoutDuration: PATIENCE_MS,
      cacheMaxAge: FRESH_MS,
      cooldownDuration: COOLDOWN_MS,
      [customFetch]: async (address, init) => {
        const keys = await fetchKeySet(address, init)
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

/** The issuer does not answer, or answers with something else than a key set. */
class IssuerError extends Error {}

const keySet = z.object({ keys: z.array(z.looseObject({})) })

/**
 * Fetches a key set, and refuses one that is too large.
 * @throws IssuerError
 */
async function fetchKeySet(url: string, init: RequestInit): Promise<JSONWebKeySet> {
  try {
    const response = await fetch(url, init)
    if (response.status !== 200) throw new Error(`The issuer answers with status ${response.status}.`)
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > MAX_BYTES) throw new Error(`The key set has more than ${MAX_BYTES} bytes.`)
      chunks.push(chunk)
    }
    return keySet.parse(JSON.parse(Buffer.concat(chunks).toString()))
  } catch (error) {
    throw new IssuerError('The key set could not be fetched.', { cause: error })
  }
}
