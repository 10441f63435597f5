import { checkSeen, type SeenRule } from '../rules/seen-rule.ts'
import type { Domain } from './domain.ts'
import { unknownName } from './nearest-name.ts'

/** Yields the problems of what slates leave out because the user acted on it, and of histories, each a sentence after its path. */
export function* checkSeenItems(domain: Domain): Generator<string> {
  const { seen = [], surfaceSeen = {}, surfaceHistory = {}, surfaces, experiment, eventTypes } = domain
  const declared = Object.keys(eventTypes)
  for (const [key, of] of Object.entries({ seen: surfaceSeen, history: surfaceHistory }))
    for (const surface of Object.keys(of))
      if (!surfaces.includes(surface)) yield `surfaces.${surface}.${key}: there is no such surface. Add ${surface} to surfaces.`
  yield* valuesOf('seen', seen)
  yield* typesOf('seen', seen, declared)
  for (const [surface, rules] of Object.entries(surfaceSeen)) {
    yield* valuesOf(`surfaces.${surface}.seen`, rules)
    yield* typesOf(`surfaces.${surface}.seen`, rules, declared)
  }
  for (const { name, rules = {} } of experiment.policies)
    yield* typesOf(`experiment.policies.${name}.rules.seen`, rules.seen ?? [], declared)
  for (const [surface, { types, until }] of Object.entries(surfaceHistory)) {
    const place = `surfaces.${surface}.history`
    if (types?.length === 0) yield `${place}.types: empty. Name event types, or leave types out, which means all of them.`
    yield* undeclared(`${place}.types`, types, declared)
    yield* undeclared(`${place}.until`, until, declared)
  }
}

function* valuesOf(place: string, rules: readonly SeenRule[]): Generator<string> {
  try {
    checkSeen(rules, place)
  } catch (error) {
    yield (error as Error).message
  }
}

function* typesOf(place: string, rules: readonly SeenRule[], declared: readonly string[]): Generator<string> {
  for (const [i, { types }] of rules.entries()) yield* undeclared(`${place}.${i}.types`, types, declared)
}

function* undeclared(place: string, types: readonly string[] = [], declared: readonly string[]): Generator<string> {
  for (const [i, type] of types.entries())
    if (!declared.includes(type)) yield `${place}.${i}: the domain declares no event type ${type}${unknownName(type, declared)}`
}
