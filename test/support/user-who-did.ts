import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { findSession } from '../../src/accumulators/session.ts'
import type { CandidateRequest } from '../../src/candidates/source.ts'
import { Catalogue } from '../../src/catalogue/catalogue.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { reduceEvents } from '../../src/events/enrichment.ts'
import { Increments } from '../../src/state/increments.ts'
import type { DeclaredAttributes } from '../../src/state/log-entry.ts'
import { type JsonObject, UserValue } from '../../src/state/user-value.ts'
import { START } from './settable-clock.ts'

export const accumulators = new AccumulatorSet(eCommerce.accumulators)

export interface Action {
  readonly itemId: string
  readonly eventType?: string
  /** ms before START. */
  readonly ago?: number
  readonly attributes?: DeclaredAttributes
}

/** A user after these actions, in the order given. */
export function userWhoDid(actions: readonly Action[], attributes: JsonObject = {}): UserValue {
  const user = new UserValue()
  user.attributes = attributes
  const events = actions.map(({ itemId, eventType = 'view', ago = 0, attributes = {} }, i) => ({
    event: { eventId: `e${i}`, userId: 'me', itemId, eventType, timestamp: START - ago },
    facts: { items: [{ itemId, attributes }] },
  }))
  reduceEvents(accumulators, eCommerce, user, events, new Increments(accumulators.layout), 'record', Number.POSITIVE_INFINITY)
  return user
}

/** What candidates are asked for, at START. */
export function candidateRequest(user: UserValue, request: Partial<CandidateRequest> = {}): CandidateRequest {
  const session = findSession(user, undefined, START, eCommerce.expiry.session)
  const anywhere = { surface: undefined, anchorItemIds: [], admits: () => true }
  const catalogue = new Catalogue(eCommerce.attributes, eCommerce.embedding)
  return { now: START, userId: 'me', user, session, catalogue, ...anywhere, ...request }
}
