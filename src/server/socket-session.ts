import type { Authenticator, End } from '../auth/authenticator.ts'
import type { Principal } from '../auth/principal.ts'
import { ForbiddenError } from '../errors.ts'

/**
 * The session of a WebSocket: its principal, and the time until the token or key ends. The session then ends too, unless the
 * client sends a new token.
 */
export class SocketSession {
  readonly #authenticator: Authenticator
  readonly #onEnd: (end: End) => void
  #principal: Principal
  #stop: () => void = () => {}
  #isOver = false

  /** @param onEnd called once when the token has expired or the key is revoked */
  constructor(authenticator: Authenticator, principal: Principal, onEnd: (end: End) => void) {
    this.#authenticator = authenticator
    this.#principal = principal
    this.#onEnd = onEnd
    this.#watch()
  }

  get principal(): Principal {
    return this.#principal
  }

  /**
   * Replaces the token or key. Operations that run go on, so the new one must have the same role and user.
   * @throws UnauthenticatedError if the new one is not valid; the session stays as it was
   * @throws InvalidInputError if the new token is valid for too long
   * @throws ForbiddenError if it has another role or user
   */
  async renew(credential: string): Promise<Principal> {
    const renewed = await this.#authenticator.proveRenewal(credential)
    const { role, userId } = this.#principal
    if (renewed.role !== role || renewed.userId !== userId)
      throw new ForbiddenError('The new token has another role or user than this connection: open another connection with it.')
    this.#stop()
    this.#principal = renewed
    if (!this.#isOver) this.#watch()
    return renewed
  }

  /** Stops waiting for the end. */
  close(): void {
    this.#isOver = true
    this.#stop()
  }

  #watch(): void {
    this.#stop = this.#authenticator.watch(this.#principal, (end) => {
      if (this.#isOver) return
      this.#isOver = true
      this.#onEnd(end)
    })
  }
}
