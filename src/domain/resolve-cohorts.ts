import type { Cohort, CohortReference } from '../accumulators/cohort.ts'
import { NAME, NAMING } from './attribute-names.ts'
import type { MergedDefinition } from './definition.ts'
import type { Domain } from './domain.ts'
import { unknownName } from './nearest-name.ts'

/** Most cohorts of a domain, and most of them that cross two attributes. They bound what an event costs. */
const MOST_COHORTS = 16
const MOST_CROSSINGS = 3

type Declared = Pick<Domain, 'userAttributes' | 'contextAttributes' | 'eventAttributes'>

/**
 * Returns the cohorts of a definition.
 * @param problems receives a sentence for each cohort that is invalid and left out
 */
export function cohortsOf(definition: MergedDefinition, declared: Declared, problems: string[]): Cohort[] {
  const named = Object.entries(definition.cohorts ?? {})
  if (named.length > MOST_COHORTS)
    problems.push(`cohorts: ${named.length} cohorts are too many. Declare at most ${MOST_COHORTS}.`)
  const crossings = named.filter(([, references]) => references.length === 2).map(([name]) => name)
  if (crossings.length > MOST_CROSSINGS)
    problems.push(
      `cohorts: ${crossings.length} crossings of two attributes are too many: ${crossings.join(', ')}. Declare at most ${MOST_CROSSINGS}.`,
    )
  return named.flatMap(([name, references]) => {
    const found = [...cohortProblems(name, references, declared)]
    problems.push(...found)
    if (found.length > 0) return []
    const resolved = references.map((text) => referenceOf(text, declared)!)
    return [{ name, references: resolved, isProtected: references.some((text) => isProtected(text, declared)) }]
  })
}

function* cohortProblems(name: string, references: readonly string[], declared: Declared): Generator<string> {
  const place = `cohorts.${name}`
  if (!NAME.test(name)) yield `${place}: the name becomes part of feature names: ${NAMING}.`
  if (references.length < 1 || references.length > 2)
    yield `${place}: ${references.length} attributes are not allowed. Name one attribute, or two for a crossing.`
  if (references.length === 2 && references[0] === references[1])
    yield `${place}: ${references[0]} is named twice. Name two different attributes.`
  for (const [at, text] of references.entries()) yield* referenceProblems(`${place}.${at}`, text, declared)
}

function* referenceProblems(place: string, text: string, declared: Declared): Generator<string> {
  const reference = referenceOf(text, declared)
  if (!reference) {
    const known = [
      ...Object.keys(declared.userAttributes).map((attribute) => `user.${attribute}`),
      ...Object.keys(declared.contextAttributes).map((attribute) => `context.${attribute}`),
    ]
    yield `${place}: no declared attribute ${text}${unknownName(text, known)} Write user.<attribute> or context.<attribute>.`
    return
  }
  const { of, attribute, declaration } = reference
  if (!declaration.isUsed)
    yield `${place}: ${text} is protected, so it has no effect. Name ${attribute} in protectedAttributes.use, or remove the cohort.`
  if (declaration.kind === 'number' && declaration.bands.length === 0)
    yield `${place}: ${text} is a number without bands, so people do not share values. Add bands to it.`
  if (of === 'user') return
  const ofEvents = own(declared.eventAttributes, attribute)
  if (ofEvents?.kind !== declaration.kind)
    yield `${place}: events are counted by the event attribute ${attribute}. Declare eventAttributes.${attribute} with type: ${declaration.kind}.`
  else if (!ofEvents.isUsed)
    yield `${place}: eventAttributes.${attribute} is protected, so it has no effect. Name ${attribute} in protectedAttributes.use, or remove the cohort.`
}

function referenceOf(text: string, { userAttributes, contextAttributes }: Declared): CohortReference | undefined {
  const [, of, attribute = ''] = /^(user|context)\.(.+)$/.exec(text) ?? []
  if (of !== 'user' && of !== 'context') return undefined
  const declaration = own(of === 'user' ? userAttributes : contextAttributes, attribute)
  return declaration && { of, attribute, declaration }
}

function isProtected(text: string, declared: Declared): boolean {
  const reference = referenceOf(text, declared)
  const ofEvents = reference?.of === 'context' ? own(declared.eventAttributes, reference.attribute) : undefined
  return reference?.declaration.isProtected === true || ofEvents?.isProtected === true
}

function own<T>(entries: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined
}
