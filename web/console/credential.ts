/** What the reader shows to the service with each request. */
export interface Credential {
  /** Returns the key or token to show now; undefined for none. */
  readonly token: () => string | undefined
  /** Gets another token if this one is old. Returns whether there is a new one. Absent if only the reader has another one. */
  readonly renew?: () => Promise<boolean>
}

/** A key or token that the reader has entered; undefined for none. */
export function enteredCredential(token: string | undefined): Credential {
  return { token: () => token }
}
