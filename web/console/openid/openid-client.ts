import { BASE } from '../address.ts'

/** At which OpenID provider readers of this console sign in, and as which client of it. */
export interface OpenIdClient {
  readonly issuer: string
  readonly clientId: string
  /** Scopes to ask for, separated by spaces. */
  readonly scope: string
}

/** Returns the provider that the server has written into the HTML file; undefined if there is none. */
export function openIdClient(): OpenIdClient | undefined {
  const { openid } = document.documentElement.dataset
  return openid ? JSON.parse(openid) : undefined
}

/** Returns the address to which the provider sends readers back. The provider must know it. */
export function returnAddress(): string {
  return `${location.origin}${BASE}/signed-in`
}
