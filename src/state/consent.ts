import { type Expiry, isConsentOver } from './expiry.ts'
import type { Consent, UserValue } from './user-value.ts'

/**
 * Rules about users without a recorded consent. `assumed`: their events count until they withdraw consent. `required`: their
 * events count only after they give consent.
 */
export const CONSENT_RULES = ['assumed', 'required'] as const
export type ConsentRule = (typeof CONSENT_RULES)[number]

/** Reason why the service records nothing about a user and uses nothing that is stored of the user. */
export type SilentReason = 'OPTED_OUT' | 'NO_CONSENT'

/** The rule of a domain about consent, and the time for which a given consent holds. */
export interface ConsentTerms {
  readonly consent: ConsentRule
  readonly expiry: Expiry
}

/**
 * Returns why the service is silent about a user; undefined if it records and uses what the user does.
 * @param now time of the clock of features, in ms
 */
export function whySilent(user: UserValue, { consent: rule, expiry }: ConsentTerms, now: number): SilentReason | undefined {
  if (user.optedOut) return 'OPTED_OUT'
  const consent = isConsentOver(user, now, expiry) ? undefined : user.consent
  return lacksConsent(consent, rule) ? 'NO_CONSENT' : undefined
}

/** Returns whether consent was withdrawn, or is required and was never given. */
export function lacksConsent(consent: Consent | undefined, rule: ConsentRule): boolean {
  return consent === undefined ? rule === 'required' : !consent.given
}

/** Returns the decision after a user gives or withdraws consent. The time of a repeated decision stays. */
export function decideConsent(before: Consent | undefined, given: boolean, at: number): Consent {
  return before?.given === given ? before : { given, at }
}

/**
 * Returns the decision of a person with two ids. The later of two different decisions holds, a withdrawal if they are from the same
 * time; a decision under both ids holds since the first of them.
 */
export function joinConsents(one: Consent | undefined, other: Consent | undefined): Consent | undefined {
  if (!one || !other) return one ?? other
  if (one.given === other.given) return one.at <= other.at ? one : other
  if (one.at === other.at) return one.given ? other : one
  return one.at > other.at ? one : other
}
