import { z } from 'zod'
import { isSafeAddress } from './safe-address.ts'
import { type Meaning, text } from './setting-kinds.ts'

/** A provider compares the name letter by letter, and its documents lie below the name. */
const isIssuer = (issuer: string) => isSafeAddress(issuer) && !/[?#]/.test(issuer)

/** Settings of the OpenID provider at which readers of the console sign in. Part of all settings (`config.ts`). */
export const openIdSettings = {
  OPENID_ISSUER: z
    .string()
    .refine(isIssuer, 'a URL with https, or with http on this machine, without a query')
    .optional()
    .meta({
      description:
        'OpenID provider (login service) at which readers of the console [sign in](../guides/sign-in-with-openid.md), exactly as in the field `issuer` of its configuration. Set `OPENID_CLIENT_ID` and `JWKS_URL` too. Unset: the console asks for a key or a token.',
      range: '`https://…`, or `http://` on this machine',
    } satisfies Meaning),
  OPENID_CLIENT_ID: text('Client id of the console at the OpenID provider. It has no secret.', 'a text'),
  OPENID_SCOPE: z
    .string()
    .regex(/^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$/, '`openid`, and further scopes after it, separated by spaces')
    .default('openid')
    .meta({
      description:
        'Scopes for which the console asks the OpenID provider. Some put the claims `role` or `aud` into a token only for a scope of their own, or renew tokens only with `offline_access`.',
      range: '`openid`, and further scopes after it, separated by spaces',
    } satisfies Meaning),
}

interface OpenIdSettings {
  readonly OPENID_ISSUER?: string | undefined
  readonly OPENID_CLIENT_ID?: string | undefined
  readonly OPENID_SCOPE: string
}

/** What the console must know to let readers sign in at an OpenID provider. None of it is secret. */
export interface OpenIdClient {
  readonly issuer: string
  readonly clientId: string
  /** Scopes to ask for, separated by spaces. */
  readonly scope: string
}

/** Returns the OpenID provider of the console; undefined if none is set. */
export function openIdClientOf({ OPENID_ISSUER, OPENID_CLIENT_ID, OPENID_SCOPE }: OpenIdSettings): OpenIdClient | undefined {
  if (OPENID_ISSUER === undefined || OPENID_CLIENT_ID === undefined) return undefined
  return { issuer: OPENID_ISSUER, clientId: OPENID_CLIENT_ID, scope: OPENID_SCOPE }
}

/** Returns what is wrong with these settings together. */
export function openIdProblems(settings: OpenIdSettings & { readonly JWKS_URL?: string | undefined }): string[] {
  const { OPENID_ISSUER, OPENID_CLIENT_ID, JWKS_URL } = settings
  if (OPENID_ISSUER === undefined)
    return OPENID_CLIENT_ID === undefined ? [] : ['OPENID_CLIENT_ID: has no effect without a provider. Set OPENID_ISSUER.']
  return [
    ...(OPENID_CLIENT_ID === undefined ? ['OPENID_ISSUER: the provider must know the console. Set OPENID_CLIENT_ID.'] : []),
    ...(JWKS_URL === undefined
      ? ['OPENID_ISSUER: the service needs the public keys of the provider, to check its tokens. Set JWKS_URL.']
      : []),
  ]
}
