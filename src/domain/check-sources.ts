import type { CandidateSource, SourceNeeds } from '../candidates/source.ts'
import type { Domain } from './domain.ts'

/** Accumulators that the service itself reads: sessions, neighbours, pairs, actions by type, top lists, the click rates of positions, first and last seen. */
export const NEEDED: readonly string[] = [
  ...['session', 'item_to_item', 'user_item', 'actions_by_type', 'trending', 'item_click_rate', 'item_recency'],
]

/** Yields the problems of a domain's candidate sources, each a sentence after its path. */
export function* checkSources(domain: Domain): Generator<string> {
  const { sources, surfaceSources = {}, surfaces } = domain
  for (const surface of Object.keys(surfaceSources))
    if (!surfaces.includes(surface)) yield `surfaces.${surface}.sources: there is no such surface. Add ${surface} to surfaces.`
  const features = new Set(domain.accumulators.flatMap(({ features }) => features.map(({ name }) => name)))
  const ofSurfaces = Object.entries(surfaceSources).map(([surface, list]) => [`surfaces.${surface}.sources`, list] as const)
  for (const [prefix, list] of [['sources', sources] as const, ...ofSurfaces]) {
    const names = list.map(({ name }) => name)
    for (const [at, source] of list.entries()) {
      const place = `${prefix}.${source.name}`
      if (names.indexOf(source.name) < at) yield `${place}: two sources have this name. Rename one of them.`
      if (!features.has(`source_${source.name}`))
        yield `${place}: the accumulator source_standing does not know this source. Give it the names of all sources.`
      yield* bounds(place, source)
      if (source.needs) yield* needs(place, source.needs, domain)
    }
  }
}

function* bounds(place: string, { quota, budgetMs = 1 }: CandidateSource): Generator<string> {
  if (!Number.isInteger(quota) || quota < 1) yield `${place}.quota: ${quota} is not allowed. Use a whole number of at least 1.`
  if (!(budgetMs > 0)) yield `${place}.budgetMs: ${budgetMs} is not allowed. Use a number of milliseconds above 0.`
}

function* needs(place: string, { accumulators = {}, embedding = false }: SourceNeeds, domain: Domain): Generator<string> {
  const read = new Set(Object.values(accumulators).flat())
  for (const attribute of read) {
    const kind = Object.hasOwn(domain.attributes, attribute) ? domain.attributes[attribute] : undefined
    if (kind === undefined)
      yield `${place}: it reads the attribute ${attribute}, which is not declared. Add ${attribute}: key to attributes.`
    else if (kind !== 'key')
      yield `${place}: it reads ${attribute} as a key, but attributes.${attribute} is ${kind}. Use the same kind in both.`
  }
  for (const [name, attributes] of Object.entries(accumulators)) {
    const keys = attributes.filter((attribute) => domain.attributes[attribute] === 'key')
    // Whatever else is wrong follows from the attributes.
    if (attributes.length > 0 && keys.length === 0) continue
    const accumulator = domain.accumulators.find((known) => known.name === name)
    const missing = keys.filter((attribute) => !Object.hasOwn(accumulator?.attributes ?? {}, attribute))
    if (accumulator) {
      for (const attribute of missing)
        yield `${place}: the accumulator ${name} does not count by ${attribute}. Add ${attribute} to its attributes.`
      // Whatever is always needed is missed by the check of accumulators.
    } else if (!NEEDED.includes(name))
      yield `${place}: it reads the accumulator ${name}, which the domain lacks. Add ${name} to accumulators, or remove this source.`
  }
  if (embedding && domain.embedding === undefined)
    yield `${place}: it compares items by their vectors, but embedding is not set. Set embedding, or remove this source.`
}
