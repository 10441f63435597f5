import { InvalidInputError } from '../errors.ts'
import { type ConsentTerms, decideConsent, type SilentReason, whySilent } from '../state/expiry.ts'
import type { JsonObject, UserValue } from '../state/user-value.ts'
import { checkAttributes } from './validate-event.ts'

/** Upload about a user, with checked attributes. */
export interface UserUpload {
  readonly userId: string
  readonly optOut?: boolean | null | undefined
  readonly consent?: boolean | null | undefined
  readonly attributes: JsonObject
}

/**
 * Changes a user value by an upload.
 * @param at time of the clock of features, in ms
 * @returns false if nothing is to be stored, because the user has not consented and the upload decides nothing
 * @throws InvalidInputError if the upload has attributes and the service is silent about the user
 */
export function applyUpload(value: UserValue, upload: UserUpload, terms: ConsentTerms, at: number): boolean {
  const { userId, optOut, consent, attributes } = upload
  value.optedOut = optOut ?? value.optedOut
  if (consent != null) value.consent = decideConsent(value.consent, consent, at)
  const silent = whySilent(value, terms, at)
  if (silent !== undefined && Object.keys(attributes).length > 0)
    throw new InvalidInputError(silentMessage(userId, silent), 'attributes')
  if (silent === 'NO_CONSENT' && optOut == null && consent == null) return false
  value.attributes = withoutNulls({ ...value.attributes, ...attributes })
  value.attributesAt = at
  checkAttributes(value.attributes, 'attributes')
  return true
}

/** Says why nothing about a user can be uploaded, and what would change that. */
export function silentMessage(userId: string, reason: SilentReason): string {
  return reason === 'OPTED_OUT'
    ? `${userId} has opted out: nothing is recorded about this user. If the user opts in again, first send optOut: false.`
    : `${userId} has not consented: nothing is recorded about this user. Once the user has consented, send consent: true.`
}

/** Returns the attributes that are not null. */
export function withoutNulls(attributes: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null))
}
