import type { Logger } from 'pino'
import { onceAMinute } from '../logging/once-a-minute.ts'

/** Counts failed fetches of the public keys of the issuer (`JWKS_URL`), and warns of them at most once a minute. */
export class IssuerHealth {
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
