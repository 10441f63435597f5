import type { Accumulator } from '../accumulators/accumulator.ts'
import type { AttributeDeclaration } from '../accumulators/counted-values.ts'
import { NO_LIMITS } from '../accumulators/counting-limits.ts'
import { KEPT_ITEMS, UNDECLARED } from '../accumulators/event-meaning.ts'
import { type PairSums, pairSums } from '../accumulators/pair-sums.ts'
import type { CandidateSource } from '../candidates/source.ts'
import { type History, historySource } from '../candidates/users-items.ts'
import type { SeenRule } from '../rules/seen-rule.ts'
import { DEFAULT_EXPIRY } from '../state/expiry.ts'
import { NAME, NAMING } from './attribute-names.ts'
import { makeSources, type SourceContext, withCohortSource } from './built-in-sources.ts'
import type { Declaring } from './declaring-keys.ts'
import { DEFAULT_LATENESS, DEFAULT_PAIR_HALF_LIFE } from './defaults.ts'
import { isAccumulator, type MergedDefinition } from './definition.ts'
import type { Domain, Fading, ProtectedAttributes } from './domain.ts'
import { type Exploration, NO_EXPERIMENT, type SurfaceExploration } from './experiment.ts'
import { unknownName } from './nearest-name.ts'
import { cohortsOf } from './resolve-cohorts.ts'
import { standardAccumulators } from './standard-accumulators.ts'

/** Names of the accumulators that a domain can turn on or off. Its attributes, surfaces and sources determine all others. */
export const OPTIONAL_ACCUMULATORS = ['item_goals', 'chosen_together', 'buy_again']

const NOTHING_EXPLORED: SurfaceExploration = { position: 2, share: 0, randomised: 0 }

/**
 * Makes the domain of a definition: its sources, and the accumulators that its attributes, surfaces and sources require.
 * @param problems receives a sentence for each part that is invalid and left out
 */
export function resolveDefinition(definition: MergedDefinition, problems: string[]): Domain {
  const { name = 'unnamed', eventTypes = {}, attributes = {}, embedding, variantGroup, showsOwnVariants, diversity } = definition
  const declared = declarationsOf(definition, problems)
  const cohorts = cohortsOf(definition, declared, problems)
  const times = { ...DEFAULT_EXPIRY, ...definition.expiry }
  const expiry = { dismissal: times.user, ...times }
  const keys = Object.keys(attributes).filter((attribute) => attributes[attribute] === 'key')
  const meanings = mapValues(eventTypes, ({ counted: _, ...meaning }) => ({ ...UNDECLARED, ...meaning }))
  const pairs = pairSums(definition.similarItems?.halfLife ?? DEFAULT_PAIR_HALF_LIFE)
  const context: SourceContext = { pairExpiry: expiry.pair, pairs, keys, cohorts, eventTypes: meanings }
  const { sources: named = {} } = definition
  if (Object.keys(named).length === 0) problems.push('sources: empty. Name at least one source, such as trending: 80.')
  const sources = makeSources('sources', withCohortSource(named, cohorts), context, problems)
  const { surfaceSources, surfaceFading, surfaceSeen, surfaceHistory } = surfacesOf(definition, context, problems)
  const fading = definition.fading && fadingOf('fading', definition.fading, problems)
  const exploration = explorationOf(definition)
  const surfaceNames = Object.keys(definition.surfaces ?? {})
  return {
    name,
    eventTypes: meanings,
    attributes,
    ...declared,
    cohorts,
    ...(embedding !== undefined && { embedding }),
    ...(variantGroup !== undefined && { variantGroup }),
    ...(showsOwnVariants !== undefined && { showsOwnVariants }),
    surfaces: surfaceNames,
    expiry,
    pairs,
    lateness: definition.lateness ?? DEFAULT_LATENESS,
    consent: definition.consent ?? 'assumed',
    limits: limitsOf(definition),
    accumulators: accumulatorsOf(
      definition,
      { ...declared, cohorts, keys, pairs, surfaces: surfaceNames, sources, surfaceSources },
      problems,
    ),
    sources,
    surfaceSources,
    experiment: { ...NO_EXPERIMENT, ...definition.experiment },
    ...(diversity !== undefined && { diversity }),
    ...(definition.seen && { seen: definition.seen }),
    ...{ surfaceSeen, surfaceHistory },
    ...(fading && { fading }),
    ...(Object.keys(surfaceFading).length > 0 && { surfaceFading }),
    ...(exploration && { exploration }),
  }
}

function mapValues<In, Out>(entries: { readonly [key: string]: In }, change: (value: In) => Out): { [key: string]: Out } {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, change(value)]))
}

function limitsOf({ limits = {} }: MergedDefinition): Domain['limits'] {
  return { ...NO_LIMITS, ...limits, traffic: { ...NO_LIMITS.traffic, ...limits.traffic } }
}

function explorationOf({ exploration, surfaces = {} }: MergedDefinition): Exploration | undefined {
  if (!exploration) return undefined
  const { arms = 10, gamma = 300, knownAfterClicks = Number.POSITIVE_INFINITY, inputs = {}, elsewhere } = exploration
  const usual = { ...NOTHING_EXPLORED, ...elsewhere }
  const ofSurfaces = Object.entries(surfaces).flatMap(([surface, { exploration }]) =>
    exploration ? [[surface, { ...usual, ...exploration }] as const] : [],
  )
  return {
    arms,
    gamma,
    knownAfterClicks,
    inputs: Object.entries(inputs).map(([feature, { from = 0, to = 1, missing = 0 }]) => ({ feature, from, to, missing })),
    surfaces: Object.fromEntries(ofSurfaces),
    ...(elsewhere && { elsewhere: usual }),
  }
}

function countedEvents(eventTypes: NonNullable<MergedDefinition['eventTypes']>, problems: string[]): string[] {
  const counted = Object.keys(eventTypes).filter((type) => eventTypes[type].counted)
  for (const type of counted)
    if (!NAME.test(type))
      problems.push(`eventTypes.${type}.counted: the name of the type becomes part of the name of a feature: ${NAMING}.`)
  return counted
}

interface Derived extends Pick<Domain, 'userAttributes' | 'contextAttributes' | 'eventAttributes' | 'cohorts'> {
  readonly keys: readonly string[]
  readonly pairs: PairSums
  readonly surfaces: readonly string[]
  readonly sources: readonly CandidateSource[]
  readonly surfaceSources: { readonly [surface: string]: readonly CandidateSource[] }
}

function accumulatorsOf(definition: MergedDefinition, derived: Derived, problems: string[]): Accumulator[] {
  const { eventTypes = {}, attributes = {}, accumulators = {}, compared = {} } = definition
  const own: Accumulator[] = []
  for (const [name, entry] of Object.entries(accumulators)) {
    if (!isAccumulator(entry)) {
      if (!OPTIONAL_ACCUMULATORS.includes(name))
        problems.push(`accumulators.${name}: unknown accumulator${unknownName(name, OPTIONAL_ACCUMULATORS)}`)
    } else if (entry.name === name) own.push(entry)
    else problems.push(`accumulators.${name}: the accumulator is named ${entry.name}. Use the same name for the key.`)
  }
  return standardAccumulators({
    ...derived,
    numbers: Object.keys(attributes).filter((attribute) => attributes[attribute] === 'number'),
    countedEvents: countedEvents(eventTypes, problems),
    goals: accumulators.item_goals === true,
    chosenTogether: accumulators.chosen_together === true,
    buyAgain: accumulators.buy_again === true,
    own,
    compared: Object.keys(compared).filter((feature) => compared[feature]),
    problems,
  })
}

type Declared = NonNullable<MergedDefinition[Declaring]>

/**
 * Returns the declared attributes of a definition, and what is done with the protected ones.
 * @param problems receives a sentence for each attribute that is invalid and left out
 */
function declarationsOf(definition: MergedDefinition, problems: string[]): Pick<Domain, Declaring | 'protectedAttributes'> {
  const { use = [], refused = false } = definition.protectedAttributes ?? {}
  const of = (key: Declaring) => {
    const found = Object.entries(definition[key] ?? {}).flatMap(([name, form]) => {
      const declaration = declarationOf(form, use.includes(name), (problem) => problems.push(`${key}.${name}${problem}`))
      return declaration ? [[name, declaration] as const] : []
    })
    return Object.fromEntries(found)
  }
  const protectedAttributes: ProtectedAttributes = { use, refused }
  return {
    userAttributes: of('userAttributes'),
    contextAttributes: of('contextAttributes'),
    eventAttributes: of('eventAttributes'),
    protectedAttributes,
  }
}

function declarationOf(
  { type: kind, values, bands, protected: isProtected = false }: Declared[string],
  isNamed: boolean,
  refuse: (problem: string) => void,
): AttributeDeclaration | undefined {
  const common = { isProtected, isUsed: !isProtected || isNamed }
  if (kind === undefined) {
    refuse(': type is missing. Add type: key, type: number or type: flag.')
    return undefined
  }
  if (values && kind !== 'key') refuse(`.values: only a key has values, and the type is ${kind}. Remove values.`)
  if (bands && kind !== 'number') refuse(`.bands: only a number has bands, and the type is ${kind}. Remove bands.`)
  if (kind === 'key') return { kind, values: values ?? [], ...common }
  return kind === 'number' ? { kind, bands: bands ?? [], ...common } : { kind, ...common }
}

type OwnSurface = NonNullable<MergedDefinition['surfaces']>[string]

/** What a domain says about single surfaces, each by the name of the surface. */
type ResolvedSurfaces = Required<Pick<Domain, 'surfaceSources' | 'surfaceFading' | 'surfaceSeen' | 'surfaceHistory'>>

/**
 * Returns what a definition says about single surfaces.
 * @param problems receives a sentence for each part that is invalid and left out
 */
function surfacesOf({ surfaces = {} }: MergedDefinition, context: SourceContext, problems: string[]): ResolvedSurfaces {
  const surfaceSources: Record<string, readonly CandidateSource[]> = {}
  const surfaceFading: Record<string, Fading | undefined> = {}
  const surfaceSeen: Record<string, readonly SeenRule[]> = {}
  const surfaceHistory: Record<string, History> = {}
  for (const [surface, own] of Object.entries(surfaces)) {
    const place = `surfaces.${surface}`
    const sources = sourcesOf(place, own, context, problems)
    if (sources) surfaceSources[surface] = sources
    // A history loses nothing, and keeps its order, unless the domain says so.
    if (own.fading === false || (own.history && !own.fading)) surfaceFading[surface] = undefined
    else if (own.fading) surfaceFading[surface] = fadingOf(`${place}.fading`, own.fading, problems)
    const seen = own.seen ?? (own.history && [])
    if (seen) surfaceSeen[surface] = seen
    if (own.history) surfaceHistory[surface] = own.history
  }
  return { surfaceSources, surfaceFading, surfaceSeen, surfaceHistory }
}

function sourcesOf(place: string, { sources, history }: OwnSurface, context: SourceContext, problems: string[]) {
  if (history) {
    if (sources)
      problems.push(`${place}.sources: the surface has a history, which takes no sources. Remove sources, or set history: null.`)
    const { pairExpiry: knownFor, eventTypes } = context
    return [historySource(KEPT_ITEMS, history, { knownFor, eventTypes })]
  }
  return sources && makeSources(`${place}.sources`, sources, context, problems)
}

/**
 * Returns the fading of a definition; undefined if a part of it is missing.
 * @param place path of the fading, such as `surfaces.home.fading`
 */
function fadingOf(place: string, { factor, halfLife }: Partial<Fading>, problems: string[]): Fading | undefined {
  if (factor !== undefined && halfLife !== undefined) return { factor, halfLife }
  problems.push(`${place}: ${factor === undefined ? 'factor' : 'halfLife'} is missing. Give both factor and halfLife.`)
  return undefined
}
