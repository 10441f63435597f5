import type { Domain } from '../../src/domain/domain.ts'
import { type Exploration, NO_EXPERIMENT } from '../../src/domain/experiment.ts'
import { DomainError } from '../../src/errors.ts'
import type { SimulatedEventType } from './simulated-event.ts'

const EVENT_TYPES: readonly SimulatedEventType[] = [
  'session_start',
  'search',
  'impression',
  'click',
  'view',
  'add_to_cart',
  'remove_from_cart',
  'purchase',
]

/**
 * Checks that a domain has all event types that simulated shoppers send.
 * @param nameOrPath of the domain, for messages
 * @throws DomainError naming the missing event types
 */
export function expectSimulated(domain: Domain, nameOrPath: string): void {
  const missing = EVENT_TYPES.filter((eventType) => !Object.hasOwn(domain.eventTypes, eventType))
  if (missing.length === 0) return
  throw new DomainError(nameOrPath, [
    `Simulated shoppers send events of types that the domain does not have: ${missing.join(', ')}. Set DOMAIN to e-commerce, or to a domain that extends it.`,
  ])
}

/** A domain whose key `exploration` is set, so that its slates can have exploration slots. */
export type ExploringDomain = Domain & { readonly exploration: Exploration }

/**
 * Returns a domain as simulated shoppers meet it: they consent, and take part in no experiment.
 * @param nameOrPath of the domain, for messages
 * @throws DomainError if simulated shoppers cannot use the domain
 */
export function simulatedDomain(domain: Domain, nameOrPath: string): Domain {
  expectSimulated(domain, nameOrPath)
  return { ...domain, consent: 'assumed', experiment: NO_EXPERIMENT }
}

/**
 * Returns a domain that explores, as simulated shoppers meet it.
 * @param nameOrPath of the domain, for messages
 * @throws DomainError if simulated shoppers cannot use the domain, or if the domain turns exploration off
 */
export function exploringDomain(domain: Domain, nameOrPath: string): ExploringDomain {
  const simulated = simulatedDomain(domain, nameOrPath)
  const { exploration } = domain
  if (exploration) return { ...simulated, exploration }
  throw new DomainError(nameOrPath, ['exploration: The domain turns exploration off, so there is nothing to measure.'])
}
