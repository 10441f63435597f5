import { DomainError } from '../errors.ts'
import { domainProblems } from './check-domain.ts'
import { type Definition, type DomainDefinition, definitionSchema, type MergedDefinition, withDefinition } from './definition.ts'
import type { Domain } from './domain.ts'
import { mergeDefinitions } from './merge-definitions.ts'
import { type ReadDefinition, readDefinition } from './read-definition.ts'
import { resolveDefinition } from './resolve-definition.ts'

/** Makes a built-in domain from a base and its differences from that base. @throws DomainError with all problems */
export function extendDomain(base: MergedDefinition, input: Omit<DomainDefinition, 'extends' | '$schema'>): Domain {
  return makeDomain(base, readDefinition(definitionSchema, input))
}

/**
 * Makes a domain from a base and a parsed definition.
 * @throws DomainError with all problems: those of parsing, and those of the domain made from the valid part
 */
export function makeDomain(base: MergedDefinition, { value, problems: ofReading }: ReadDefinition<Definition>): Domain {
  const problems = [...ofReading]
  const definition = mergeDefinitions(base, value ?? {}, problems)
  const domain = resolveDefinition(definition, problems)
  problems.push(...domainProblems(domain))
  if (problems.length > 0) throw new DomainError(domain.name, problems)
  return withDefinition(domain, definition)
}
