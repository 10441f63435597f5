import { DAY, HOUR, MINUTE } from '../time-units.ts'
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

/**
 * Times after the last event for which state counts, in ms of event time. Every store applies expiry in the same way: on reading.
 */
export interface Expiry {
  readonly user: number
  /** Time for which uploaded attributes and a given consent of a user count after the user's last event or upload. */
  readonly attributes: number
  /** Expiry of items and of attribute values. */
  readonly item: number
  readonly pair: number
  /** Time for which slates leave out an item that the user has dismissed. */
  readonly dismissal: number
  /** Time without an event after which a session ends. */
  readonly session: number
}

/** Times after serving for which a kept slate stays known, in ms. A later event that names the slate counts without it. */
export interface SlateLives {
  readonly unnamed: number
  /** Time for a slate that an event named in time; at least `unnamed`. */
  readonly named: number
}

/** Times that apply if no setting changes them: an hour, or a day for a slate that an event named within this hour. */
export const DEFAULT_SLATE_LIVES: SlateLives = { unnamed: HOUR, named: DAY }

/** Times that apply if the domain does not set them with its key `expiry`. */
export const DEFAULT_EXPIRY: Omit<Expiry, 'dismissal'> = {
  user: 90 * DAY,
  attributes: 365 * DAY,
  item: 90 * DAY,
  pair: 30 * DAY,
  session: 30 * MINUTE,
}

/**
 * Returns the time without an event or upload after which the store may delete a user's value, in ms. 0 means never: opt-outs,
 * withdrawn consents, merged ids and unfinished merges or erasures do not expire.
 */
export function keptFor(user: UserValue, expiry: Pick<Expiry, 'user' | 'attributes'>): number {
  if (user.optedOut || user.consent?.given === false || !user.links.isEmpty) return 0
  return isUploaded(user) ? Math.max(expiry.attributes, expiry.user) : expiry.user
}

/** Deletes uploaded attributes and a given consent of a user if neither an event nor an upload came within `expiry.attributes` ms. */
export function forgetAttributes(user: UserValue, now: number, expiry: Expiry): void {
  if (isConsentOver(user, now, expiry)) user.consent = undefined
  if (areUploadsOver(user, now, expiry)) user.attributes = {}
  if (!isUploaded(user)) user.attributesAt = 0
}

function areUploadsOver(user: UserValue, now: number, { attributes }: Expiry): boolean {
  const since = knownSince(user)
  return since > 0 && now - since > attributes
}

/** Returns whether a given consent has expired: neither an event nor an upload came within `expiry.attributes` ms. */
export function isConsentOver(user: UserValue, now: number, expiry: Expiry): boolean {
  return user.consent?.given === true && areUploadsOver(user, now, expiry)
}

/** Deletes the state of a user, and uploaded attributes and consent, after their expiry without an event. The version stays. */
export function forgetExpired(user: UserValue, now: number, expiry: Expiry): void {
  forgetAttributes(user, now, expiry)
  if (user.lastEventAt === 0 || now - user.lastEventAt <= expiry.user) return
  // Attributes and consent outlive the events, and their time runs from the last one.
  if (isUploaded(user)) user.attributesAt = knownSince(user)
  user.lastEventAt = 0
  user.latestEventId = ''
  user.parts.clear()
  user.foreign.length = 0
}

/** Returns the time of the user's last event or attribute upload, in ms; 0 if neither is known. */
export function knownSince({ lastEventAt, attributesAt }: UserValue): number {
  return Math.max(lastEventAt, attributesAt)
}

/** Returns whether anything is kept that was uploaded about the user. */
function isUploaded({ attributes, consent }: UserValue): boolean {
  return consent !== undefined || Object.keys(attributes).length > 0
}

/** Tests of whether state has expired for good, so that it may be deleted. */
export interface ExpiryTests {
  user(value: Uint8Array): boolean
  /** Returns whether all kept events of a user have expired. @param kept packed events of one user */
  events(kept: Buffer): boolean
  row(entity: string, row: Float64Array): boolean
}
