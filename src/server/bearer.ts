import { UnauthenticatedError } from '../errors.ts'

/**
 * Reads the token or key of a header `Authorization: Bearer <token>`.
 * @returns undefined if there is no header
 * @throws UnauthenticatedError if the header has another form
 */
export function bearerOf(header: string | null | undefined): string | undefined {
  if (header == null) return undefined
  const [, credential] = /^bearer +([\w.~+/=-]+)$/i.exec(header) ?? []
  if (credential === undefined)
    throw new UnauthenticatedError('The header Authorization has the wrong form: send Bearer <token>.')
  return credential
}

/**
 * Reads the token or key of the payload of `connection_init`: `{ "Authorization": "Bearer <token>" }`, as in a header, in any case.
 * @returns undefined if the payload names none
 * @throws UnauthenticatedError if it has another form
 */
export function bearerOfPayload(payload: Readonly<Record<string, unknown>> | undefined): string | undefined {
  for (const [name, value] of Object.entries(payload ?? {})) {
    if (name.toLowerCase() !== 'authorization' || value == null) continue
    if (typeof value !== 'string')
      throw new UnauthenticatedError(
        'The payload of connection_init has the wrong form: send { "Authorization": "Bearer <token>" }.',
      )
    return bearerOf(value)
  }
  return undefined
}
