import { DomainError } from '../errors.ts'
import { DOMAINS } from './built-in-domains.ts'
import { STANDARD } from './defaults.ts'
import { type DomainDefinition, definitionOf, extendingSchema } from './definition.ts'
import type { Domain } from './domain.ts'
import { makeDomain } from './extend-domain.ts'
import { readDefinition } from './read-definition.ts'

// What a domain module needs beside defineDomain: to write accumulators and sources of its own.
export type { Accumulator, Column, Feature, FeatureShare, Reduction } from '../accumulators/accumulator.ts'
export type { EventMeaning, EventRole } from '../accumulators/event-meaning.ts'
export type { FeatureInput } from '../accumulators/feature-input.ts'
export type {
  CandidateAnswers,
  CandidateReads,
  CandidateRequest,
  CandidateSource,
  Candidates,
  SourceNeeds,
} from '../candidates/source.ts'
export { attributeKey, decayedSum, itemKey, maximum, minimum, SHOP, scoredSet, sum } from '../state/slots.ts'
export { recordPart, tablePart } from '../state/user-value.ts'
export type { DomainDefinition } from './definition.ts'
export type { Domain } from './domain.ts'

/**
 * Makes a domain from a definition and the domain that it extends. Definitions are merged key by key: event types, attributes,
 * surfaces, sources and so on. A list replaces the list of the extended domain; null removes an entry.
 *
 * A module that the setting `DOMAIN` names exports the result as its default export. The module may bring its own accumulators and
 * candidate sources, under their names in `accumulators` and `sources`.
 *
 * @example
 * export default defineDomain({
 *   name: 'our-shop',
 *   extends: 'e-commerce',
 *   eventTypes: { wishlist: { role: 'other', weight: 2 } },
 *   sources: { trending: 100, weather: weatherSource(20) },
 * })
 * @throws DomainError with all problems, each a sentence after its path in the definition
 */
export function defineDomain(input: DomainDefinition): Domain {
  const { value, problems } = readDefinition(extendingSchema, input)
  // Without the base that was meant, most further problems would be wrong.
  if (!value || problems.some((problem) => problem.startsWith('extends:'))) throw new DomainError(value?.name ?? '', problems)
  const { extends: base, $schema: _, ...definition } = value
  return makeDomain(baseDefinition(base), { value: definition, problems })
}

function baseDefinition(base: DomainDefinition['extends']) {
  return definitionOf(typeof base === 'string' ? DOMAINS[base] : base) ?? STANDARD
}
