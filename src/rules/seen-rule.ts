import { itemsByType, type TypesKnown } from '../accumulators/actions-by-type.ts'
import { type ActedItem, KEPT_ITEMS } from '../accumulators/event-meaning.ts'
import type { Session } from '../accumulators/feature-input.ts'
import { InvalidInputError } from '../errors.ts'
import type { UserValue } from '../state/user-value.ts'
import { HOUR } from '../time-units.ts'
import { checkName } from './item-filter.ts'

/** A user at the moment of a slate. */
export interface SeenBy extends TypesKnown {
  readonly user: UserValue
  /** Time of the request on the clock of features, in ms. */
  readonly now: number
  /** Live session of the request; undefined if there is none. */
  readonly session: Session | undefined
}

/** Returns the items that one seen rule leaves out. */
export function seenItems({ types, within = { hours: Number.POSITIVE_INFINITY } }: SeenRule, seenBy: SeenBy): string[] {
  const { user, now, session } = seenBy
  const items = itemsByType(user, now, types, seenBy)
  if ('latestItems' in within) return idsOf(items.slice(0, within.latestItems))
  if ('hours' in within) return idsOf(items.filter(({ at }) => at >= now - within.hours * HOUR))
  return session ? idsOf(items.filter(({ at }) => at >= session.start)) : []
}

function idsOf(items: readonly ActedItem[]): string[] {
  return items.map(({ itemId }) => itemId)
}

/** The part of the user's history that a seen rule looks at. Exactly one key is set. */
export type SeenWithin =
  | { readonly session: true }
  | { readonly hours: number }
  /** The latest items on which the user acted, as a number of items. */
  | { readonly latestItems: number }

/** Leaves out items on which the user acted. Stored as JSON, in the shape of its input. */
export interface SeenRule {
  /** Types of the events that count; absent: all types but impressions. */
  readonly types?: readonly string[]
  /** Absent: as long as the service knows the events. */
  readonly within?: SeenWithin
}

/** A seen rule as sent by a client; null counts as absent. */
export interface SeenRuleInput {
  readonly types?: readonly string[] | null | undefined
  readonly within?:
    | { readonly [key in 'session' | 'hours' | 'latestItems']?: boolean | number | null | undefined }
    | null
    | undefined
}

const MAX_RULES = 10
const MAX_TYPES = 50
/** Ten years: longer than any domain keeps a user. */
const MAX_HOURS = 87_600

/** Checks seen rules and returns them without nulls. @throws InvalidInputError with the path of the invalid value */
export function checkSeen(seen: readonly SeenRuleInput[], path: string): SeenRule[] {
  if (seen.length > MAX_RULES) refuse(path, `has ${seen.length} entries; at most ${MAX_RULES} are allowed.`)
  return seen.map(({ types, within }, i) => {
    const at = `${path}.${i}`
    if (types) checkTypes(types, `${at}.types`)
    return { ...(types && { types }), ...(within && { within: checkWithin(within, `${at}.within`) }) }
  })
}

function checkTypes(types: readonly string[], path: string): void {
  if (types.length === 0) refuse(path, 'is empty: name event types, or leave types out, which means all of them.')
  if (types.length > MAX_TYPES) refuse(path, `has ${types.length} entries; at most ${MAX_TYPES} are allowed.`)
  for (const [i, type] of types.entries()) checkName(type, `${path}.${i}`)
}

function checkWithin(within: NonNullable<SeenRuleInput['within']>, path: string): SeenWithin {
  const { session, hours, latestItems } = within
  const given = Object.values(within).filter((value) => value != null).length
  if (given !== 1) refuse(path, `has ${given} of the keys session, hours and latestItems: set exactly one.`)
  if (session != null) {
    if (session !== true) refuse(`${path}.session`, 'is false: use true, or leave within out.')
    return { session }
  }
  if (hours != null) {
    if (!(typeof hours === 'number' && hours > 0 && hours <= MAX_HOURS))
      refuse(`${path}.hours`, `is ${hours}: use a number above 0 and at most ${MAX_HOURS}.`)
    return { hours }
  }
  if (!(typeof latestItems === 'number' && Number.isInteger(latestItems) && latestItems >= 1 && latestItems <= KEPT_ITEMS))
    refuse(`${path}.latestItems`, `is ${latestItems}: use a whole number from 1 to ${KEPT_ITEMS}.`)
  return { latestItems }
}

function refuse(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}`, path)
}
