/** What a page shows to the service with each request. */
export interface Credential {
  /** Returns the key or token to show now; undefined for none. */
  readonly token: () => string | undefined
  /** Gets another token if this one is old, and resolves when there is one, or none to be had. Absent if only the reader has another one. */
  readonly renew?: () => Promise<void>
}

/** A key or token that the reader has entered; undefined for none. */
export function enteredCredential(token: string | undefined): Credential {
  return { token: () => token }
}
