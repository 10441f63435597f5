import { DomainError } from '../errors.ts'
import { domainProblems } from './check-domain.ts'
import {
  type Definition,
  type DomainDefinition,
  definitionSchema,
  isAccumulator,
  type MergedDefinition,
  withDefinition,
} from './definition.ts'
import type { Domain } from './domain.ts'
import { type ReadDefinition, readDefinition } from './read-definition.ts'
import { resolveDefinition } from './resolve-definition.ts'
import { isSource } from './surface-schema.ts'

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

/** Keys whose entries have names of their own. Taking out an entry that is not there is a mistake, most often of spelling. */
const NAMED = new Set([
  ...['eventTypes', 'attributes', 'userAttributes', 'contextAttributes', 'eventAttributes', 'cohorts'],
  ...['surfaces', 'sources', 'accumulators', 'inputs'],
])

interface Entries {
  readonly [key: string]: unknown
}

function isEntries(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isSource(value) && !isAccumulator(value)
}

/**
 * Merges a definition into its base, key by key. A list or a single value replaces that of the base; null removes it.
 * @param problems receives a sentence for each null that removes nothing
 */
function mergeDefinitions(base: MergedDefinition, over: Definition, problems: string[]): MergedDefinition {
  // Whatever was null is gone, so the merged entries are a MergedDefinition.
  return merged(base, over, [], problems) as MergedDefinition
}

function merged(base: Entries, over: Entries, path: readonly string[], problems: string[]): Entries {
  const entries = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(over)) {
    const known = entries.get(key)
    const place = [...path, key]
    if (value === undefined) continue
    if (value === null) {
      if (!entries.delete(key) && NAMED.has(path.at(-1) ?? '')) problems.push(nothingToTakeOut(place))
    } else if (isEntries(value)) entries.set(key, merged(isEntries(known) ? known : {}, value, place, problems))
    else entries.set(key, value)
  }
  return Object.fromEntries(entries)
}

function nothingToTakeOut(place: readonly string[]): string {
  const path = place.join('.')
  return `${path}: null removes an entry, but the extended domain has no ${place.at(-1)}. To add an entry, write its value, or {}.`
}
