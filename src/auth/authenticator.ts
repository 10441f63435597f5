import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { InvalidInputError, UnauthenticatedError } from '../errors.ts'
import { onceAMinute } from '../logging/once-a-minute.ts'
import { HOUR, MINUTE, SECOND } from '../time-units.ts'
import { looksLikeKey } from './key-text.ts'
import type { KnownKeys } from './known-keys.ts'
import { LOCAL_PRINCIPAL, type Principal } from './principal.ts'
import { CLOCK_TOLERANCE_SECONDS, type TokenClocks, type TokenSettings, TokenVerifier } from './token-verifier.ts'

/** Counts failed fetches of the public keys of the issuer (`JWKS_URL`), and warns of them at most once a minute. */
class IssuerHealth {
  readonly #logger: Logger
  readonly #isDue: (what: 'failure') => boolean
  #failures = 0
  /** Failures that no warning has counted yet. */
  #unreported = 0

  /** @param monotonic time in ms that never steps */
  constructor(logger: Logger, monotonic: () => number) {
    this.#logger = logger
    this.#isDue = onceAMinute(monotonic)
  }

  /** Number of failed fetches since the process started. */
  get failures(): number {
    return this.#failures
  }

  failed({ message }: Error): void {
    this.#failures++
    this.#unreported++
    if (!this.#isDue('failure')) return
    const failures = this.#unreported
    this.#unreported = 0
    this.#logger.warn(
      { failures, reason: message },
      'the public keys of the issuer (JWKS_URL) could not be fetched; the service keeps using the keys that it fetched last',
    )
  }
}

/** Longest token. Ordinary ones have some 300 characters. */
const MAX_TOKEN_LENGTH = 8 * 1024
/** Most verified tokens and keys that are kept, and most characters of them. */
const CACHED_TOKENS = 20_000
const CACHED_CHARACTERS = 16 * 2 ** 20
/** How long a verified token or key is not verified again: as long may a withdrawn public key still count. */
const CACHED_MS = MINUTE
/** Longest delay of a timer of Node. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Reason why a principal is no longer valid. `required`: the service let the caller in without a credential, and now requires
 * one.
 */
export type End = 'expired' | 'revoked' | 'required'

/** Settings that say which tokens are valid, and how long one may last that replaces another. */
export interface AuthenticatorSettings extends TokenSettings {
  /** Absent: a renewed token may last for ever. */
  readonly RENEWED_TOKEN_HOURS?: number | undefined
}

/** Decides who calls, from the token or key that a caller shows. The same on every transport. */
export class Authenticator {
  /** Failed fetches of the public keys of the issuer of tokens. */
  readonly issuerHealth: IssuerHealth
  readonly #keys: KnownKeys
  readonly #tokens: TokenVerifier | undefined
  readonly #clocks: TokenClocks
  readonly #longestRenewalMs: number
  readonly #verified: LRUCache<string, Principal>

  constructor(settings: AuthenticatorSettings, keys: KnownKeys, clocks: TokenClocks, logger: Logger) {
    const { JWT_SECRET, JWKS_URL, RENEWED_TOKEN_HOURS = Number.POSITIVE_INFINITY } = settings
    this.#longestRenewalMs = RENEWED_TOKEN_HOURS * HOUR
    this.#keys = keys
    this.#clocks = clocks
    this.issuerHealth = new IssuerHealth(logger, () => clocks.monotonic())
    this.#tokens =
      JWT_SECRET === undefined && JWKS_URL === undefined
        ? undefined
        : new TokenVerifier(settings, clocks, (error) => this.issuerHealth.failed(error))
    this.#verified = new LRUCache({
      max: CACHED_TOKENS,
      maxSize: CACHED_CHARACTERS,
      sizeCalculation: (_, token) => token.length + 1,
      ttl: CACHED_MS,
      perf: { now: () => clocks.monotonic() },
    })
  }

  /** Whether callers must show a token or a key: once one is configured. */
  get isRequired(): boolean {
    return this.#tokens !== undefined || this.#keys.areConfigured
  }

  /**
   * Decides who calls. Answers at once for keys and for tokens that were verified within the last minute.
   * @param credential a token or a static key; undefined if the caller shows none
   * @throws UnauthenticatedError if a token or a key is required, and this is none that is valid
   * @throws UnavailableError if the public keys of the issuer cannot be fetched
   */
  authenticate(credential: string | undefined): Principal | Promise<Principal> {
    if (!this.isRequired) return LOCAL_PRINCIPAL
    if (credential === undefined) throw new UnauthenticatedError('Send a token or a key: Authorization: Bearer <token>.')
    return this.prove(credential)
  }

  /**
   * Returns who calls if it takes no work to find out: anyone if nothing is required, the owner of a valid key, or who showed the same
   * token within the last minute. Otherwise undefined.
   */
  known(credential: string | undefined): Principal | undefined {
    if (!this.isRequired) return LOCAL_PRINCIPAL
    if (credential === undefined || credential.length > MAX_TOKEN_LENGTH) return undefined
    const verified = this.#verified.get(credential)
    if (verified && this.#isStillValid(verified)) return verified
    return looksLikeKey(credential) ? this.#keys.principalOf(credential) : undefined
  }

  /** Checks a token or a key. Otherwise as `authenticate`. */
  prove(credential: string): Principal | Promise<Principal> {
    if (credential.length > MAX_TOKEN_LENGTH)
      throw new UnauthenticatedError(
        `The token has ${credential.length} characters; at most ${MAX_TOKEN_LENGTH} are allowed: put fewer claims into it.`,
      )
    const known = this.#verified.get(credential)
    if (known && this.#isStillValid(known)) return known
    if (looksLikeKey(credential)) return this.#proveKey(credential)
    if (!this.#tokens)
      throw new UnauthenticatedError('This service accepts keys (lrk_…) only: set JWT_SECRET or JWKS_URL to accept tokens.')
    return this.#verify(this.#tokens, credential)
  }

  /**
   * Checks a token or a key that replaces the one of an open connection. Otherwise as `prove`.
   * @throws InvalidInputError if the token is valid for longer than a renewed one may be
   */
  async proveRenewal(credential: string): Promise<Principal> {
    const principal = await this.prove(credential)
    const left = (principal.expiresAt ?? 0) - this.#clocks.wall()
    if (left > this.#longestRenewalMs + CLOCK_TOLERANCE_SECONDS * SECOND)
      throw new InvalidInputError(
        `The new token is valid for ${Math.ceil(left / HOUR)} hours; at most ${this.#longestRenewalMs / HOUR} are allowed (RENEWED_TOKEN_HOURS): send one that expires sooner.`,
        'token',
      )
    return principal
  }

  #proveKey(key: string): Principal {
    const principal = this.#keys.principalOf(key)
    if (!principal || !this.#isStillValid(principal))
      throw new UnauthenticatedError('The key is not valid: it is mistyped, or it was revoked.')
    this.#verified.set(key, principal)
    return principal
  }

  /** Whether a principal that was let in before would be let in now: a request may take minutes to arrive. */
  isCurrent(principal: Principal): boolean {
    return principal === LOCAL_PRINCIPAL ? !this.isRequired : this.#isStillValid(principal)
  }

  async #verify(tokens: TokenVerifier, token: string): Promise<Principal> {
    const principal = await tokens.principalOf(token)
    this.#verified.set(token, principal)
    return principal
  }

  /**
   * Calls `onEnd` once when the principal's token expires or its key is revoked; for a local caller, when the first key is created.
   * @returns function that ends this
   */
  watch(principal: Principal, onEnd: (end: End) => void): () => void {
    if (principal === LOCAL_PRINCIPAL) {
      if (!this.#keys.areConfigured) return this.#keys.watchFirst(() => onEnd('required'))
      // Created since the caller was let in.
      onEnd('required')
      return () => {}
    }
    const { keyId, expiresAt } = principal
    if (keyId !== undefined) {
      if (this.#keys.has(keyId)) return this.#keys.watch(keyId, () => onEnd('revoked'))
      // Revoked since it was shown.
      onEnd('revoked')
      return () => {}
    }
    if (expiresAt === undefined) return () => {}
    let timer: NodeJS.Timeout
    const wait = () => {
      const left = expiresAt + CLOCK_TOLERANCE_SECONDS * SECOND - this.#clocks.wall()
      if (left <= 0) onEnd('expired')
      else timer = setTimeout(wait, Math.min(left, LONGEST_TIMER_MS)).unref()
    }
    timer = setTimeout(wait, 0).unref()
    return () => clearTimeout(timer)
  }

  /** Of what was verified before: whether its time is not over and its key not revoked. Notes the use of a key. */
  #isStillValid({ keyId, expiresAt }: Principal): boolean {
    if (keyId !== undefined) return this.#keys.noteUse(keyId)
    return expiresAt === undefined || expiresAt + CLOCK_TOLERANCE_SECONDS * SECOND > this.#clocks.wall()
  }
}
