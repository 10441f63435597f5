/** Why and for whom the client needs a token. */
export interface TokenRequest {
  readonly userId: string
  /** The token that the service refused, or that has expired. Undefined if the latest token may still be valid. */
  readonly refused: string | undefined
}

/** Returns a token of the user, for example from the app's own server. It may return the same token until it is refused. */
export type TokenProvider = (request: TokenRequest) => string | Promise<string>

/** The tokens that the client shows, and those that the service refused. */
export class TokenSource {
  readonly #provide: TokenProvider | undefined
  readonly #shown = new Map<string, string>()
  readonly #refused = new Map<string, string>()

  constructor(provide: TokenProvider | undefined) {
    this.#provide = provide
  }

  /** Returns a token for this user; undefined if the app has no tokens. */
  async take(userId: string): Promise<string | undefined> {
    if (!this.#provide) return undefined
    const token = await this.#provide({ userId, refused: this.#refused.get(userId) })
    this.#shown.set(userId, token)
    if (token !== this.#refused.get(userId)) this.#refused.delete(userId)
    return token
  }

  /** The service refused the token that was shown last for this user. Returns whether the app can give another one. */
  refuse(userId: string): boolean {
    const token = this.#shown.get(userId)
    if (token === undefined) return false
    this.#refused.set(userId, token)
    return true
  }
}
