import type { Accumulator } from '../accumulators/accumulator.ts'
import { COUNTING_PARTS } from '../accumulators/counted-events.ts'
import { bandit, MOST_INPUTS } from '../accumulators/policy-outcomes.ts'
import type { CandidateSource, SourceNeeds } from '../candidates/source.ts'
import { DomainError } from '../errors.ts'
import { checkRules } from '../rules/rules.ts'
import { checkSeen, type SeenRule } from '../rules/seen-rule.ts'
import { NAME, NAMING } from './attribute-names.ts'
import { checkDeclarations } from './check-declarations.ts'
import { type Domain, sourceNames } from './domain.ts'
import { HOLD_OUT, MOST_ARMS, type SurfaceExploration } from './experiment.ts'
import { unknownName } from './nearest-name.ts'

/** Values of these are made by events, not by attributes of items. */
const RESERVED = new Set(['shop', 'surface', 'position'])

/**
 * Checks a domain at start, before the service opens or writes anything.
 * @throws DomainError with all problems, each a sentence after its path in the definition
 */
export function checkDomain(domain: Domain): void {
  const problems = domainProblems(domain)
  if (problems.length > 0) throw new DomainError(domain.name, problems)
}

/** Returns all problems of a domain, each a sentence after its path in the definition. Empty if the domain is usable. */
export function domainProblems(domain: Domain): string[] {
  return [
    ...eventTypes(domain),
    ...attributes(domain),
    ...checkDeclarations(domain),
    ...surfaces(domain),
    ...times(domain),
    ...limits(domain),
    ...accumulators(domain),
    ...checkSources(domain),
    ...namedAttributes(domain),
    ...diversity(domain),
    ...checkSeenItems(domain),
    ...fading(domain),
    ...experiment(domain),
    ...checkExploration(domain),
  ]
}

function* eventTypes({ eventTypes }: Domain): Generator<string> {
  for (const [type, { role, weight, goal, triggers }] of Object.entries(eventTypes)) {
    const place = `eventTypes.${type}`
    if (!Number.isFinite(weight) || weight < 0) yield `${place}.weight: ${weight} is not allowed. Use a number of at least 0.`
    if (role === 'dismiss' || role === 'undismiss') {
      if (weight > 0) yield `${place}.weight: an event with the role ${role} shows no interest of the user. Use 0.`
      if (goal) yield `${place}.goal: an event with the role ${role} cannot be a goal. Use false.`
    }
    if (role !== 'impression') continue
    if (weight > 0) yield `${place}.weight: an impression shows no interest of the user. Use 0.`
    if (goal) yield `${place}.goal: an impression cannot be a goal, because the user did nothing. Use false.`
    if (triggers)
      yield `${place}.triggers: an impression must not trigger a fresh slate, or a screen that reports what it shows would re-rank itself. Use false.`
  }
}

function* attributes({ attributes, accumulators }: Domain): Generator<string> {
  const used = new Set(accumulators.flatMap(({ attributes = {} }) => Object.keys(attributes)))
  for (const [name, kind] of Object.entries(attributes)) {
    const place = `attributes.${name}`
    if (!NAME.test(name)) yield `${place}: the name becomes part of feature names: ${NAMING}.`
    if (RESERVED.has(name)) yield `${place}: the name is reserved. Use another name for the attribute.`
    if (!used.has(name)) yield `${place}: no accumulator uses this ${kind}. Remove it, or add an accumulator that reads it.`
  }
}

function* surfaces({ surfaces }: Domain): Generator<string> {
  for (const [at, surface] of surfaces.entries()) {
    if (!NAME.test(surface)) yield `surfaces.${surface}: the name becomes part of feature names: ${NAMING}.`
    if (surfaces.indexOf(surface) < at) yield `surfaces.${surface}: named twice.`
  }
}

function* limits({ eventTypes, limits: { traffic, ...most } }: Domain): Generator<string> {
  if (traffic.attribute === '') yield 'limits.traffic.attribute: empty. Name the event attribute that says who caused an event.'
  for (const [name, events] of Object.entries(most))
    if (!(events > 0)) yield `limits.${name}: ${events} is not allowed. Use a number above 0, or null in a file for no limit.`
  for (const [type, { weight }] of Object.entries(eventTypes))
    if (Number.isFinite(weight) && most.weightPerItemAndDay > 0 && most.weightPerItemAndDay < Math.ceil(weight))
      yield `limits.weightPerItemAndDay: ${most.weightPerItemAndDay} is less than the weight of ${type}, ${weight}, so no such event of a device would count. Use several times that weight, or null in a file for no limit.`
}

function* times({ expiry, lateness, pairs }: Domain): Generator<string> {
  for (const [name, ms] of [
    ...Object.entries(expiry).map(([name, ms]) => [`expiry.${name}`, ms] as const),
    ['lateness', lateness] as const,
    ['similarItems.halfLife', pairs.neighbours.halfLife] as const,
  ])
    if (!Number.isFinite(ms) || ms <= 0) yield `${name}: ${ms} ms is not allowed. Use a length of time above 0.`
}

function* accumulators({ attributes, accumulators }: Domain): Generator<string> {
  const names = accumulators.map(({ name }) => name)
  for (const name of NEEDED)
    if (!names.includes(name)) yield `accumulators.${name}: missing. The service itself reads it, so add it.`
  // An attribute with a reserved name brings accumulators whose names are taken: that is said of the attribute.
  const isReserved = ({ attributes = {} }: Accumulator) => Object.keys(attributes).some((attribute) => RESERVED.has(attribute))
  const distinct = accumulators.filter((one, at) => !isReserved(one) && names.indexOf(one.name) === at)
  for (const name of repeated(accumulators.filter((one) => !isReserved(one)).map(({ name }) => name)))
    yield `accumulators.${name}: two accumulators have this name. Rename one of them.`
  const parts = [...COUNTING_PARTS, ...distinct.flatMap(({ parts = [] }) => parts)].map(({ name }) => name)
  for (const name of repeated(parts)) yield `accumulators: two parts of a user's value are named ${name}. Rename one of them.`
  const features = distinct.flatMap(({ features }) => features)
  const declared = new Set(features.filter(({ isDeclared }) => isDeclared).map(({ name }) => name))
  for (const name of repeated(features.map(({ name }) => name)))
    yield `accumulators: two features are named ${name}. Rename ${declared.has(name) ? 'the attribute or value that the domain declares' : 'one of them'}.`
  for (const { name, parts, merge, attributes: read = {} } of accumulators) {
    const place = `accumulators.${name}`
    if (parts && !merge)
      yield `${place}: it has parts of a user's value, but no merge. Add a merge function that combines the parts of two users.`
    for (const [attribute, kind] of Object.entries(read)) {
      if (!Object.hasOwn(attributes, attribute))
        yield `${place}: it reads the attribute ${attribute}, which is not declared. Add ${attribute}: ${kind} to attributes.`
      else if (attributes[attribute] !== kind)
        yield `${place}: it reads ${attribute} as a ${kind}, but attributes.${attribute} is ${attributes[attribute]}. Use the same kind in both.`
    }
  }
}

/** Names that occur more than once, each once. */
function repeated(names: readonly string[]): Set<string> {
  return new Set(names.filter((name, at) => names.indexOf(name) < at))
}

function* namedAttributes({ attributes, embedding, variantGroup }: Domain): Generator<string> {
  for (const [setting, name] of Object.entries({ embedding, variantGroup }))
    if (name === '') yield `${setting}: empty. Name the attribute of items, or leave ${setting} out.`
  if (embedding !== undefined && Object.hasOwn(attributes, embedding))
    yield `embedding: ${embedding} is also declared in attributes, so every event would contain its vectors. Remove it from attributes.`
}

function* diversity({ diversity = 0 }: Domain): Generator<string> {
  if (!(diversity >= 0 && diversity <= 1))
    yield `diversity: ${diversity} is not allowed. Use a number from 0 (relevance alone) to 1.`
}

function* fading({ fading, surfaceFading = {}, surfaces }: Domain): Generator<string> {
  for (const surface of Object.keys(surfaceFading))
    if (!surfaces.includes(surface)) yield `surfaces.${surface}.fading: there is no such surface. Add ${surface} to surfaces.`
  const ofSurfaces = Object.entries(surfaceFading).map(([name, one]) => [`surfaces.${name}.fading`, one] as const)
  for (const [place, one] of [['fading', fading] as const, ...ofSurfaces]) {
    if (!one) continue
    if (!(one.factor > 0 && one.factor < 1))
      yield `${place}.factor: ${one.factor} is not allowed. Use a number above 0 and below 1.`
    if (!(one.halfLife > 0 && Number.isFinite(one.halfLife)))
      yield `${place}.halfLife: ${one.halfLife} ms is not allowed. Use a length of time above 0.`
  }
}

function* experiment({ experiment: { holdOut, policies }, sources, surfaceSources = {} }: Domain): Generator<string> {
  const known = sourceNames([sources, ...Object.values(surfaceSources)])
  if (!(holdOut >= 0 && holdOut <= 0.5)) yield `experiment.holdOut: ${holdOut} is not allowed. Use a share from 0 to 0.5.`
  if (policies.length === 0) yield 'experiment.policies: empty. Name at least one policy.'
  for (const name of repeated(policies.map(({ name }) => name)))
    yield `experiment.policies.${name}: two policies have this name. Rename one of them.`
  for (const { name, share, rules = {}, sources: asked = [], exploration } of policies) {
    const place = `experiment.policies.${name}`
    if (name === HOLD_OUT.name) yield `${place}: the name is reserved for the hold-out. Use another name.`
    else if (!NAME.test(name)) yield `${place}: ${NAMING}.`
    if (!(share > 0 && Number.isFinite(share))) yield `${place}.share: ${share} is not allowed. Use a number above 0.`
    for (const source of asked)
      if (!known.includes(source)) yield `${place}.sources: the domain has no source ${source}${unknownName(source, known)}`
    try {
      checkRules(rules, { prefix: `${place}.rules.`, last: MAX_POSITION, checkFeature: () => {}, checkRelation: () => {} })
    } catch (error) {
      yield (error as Error).message
    }
    if (exploration) yield* checkSurfaceExploration(`${place}.exploration`, exploration)
  }
}

/** Yields the problems of what slates leave out because the user acted on it, and of histories, each a sentence after its path. */
function* checkSeenItems(domain: Domain): Generator<string> {
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

/** Accumulators that the service itself reads: sessions, neighbours, pairs, actions by type, top lists, the click rates of positions, first and last seen. */
const NEEDED: readonly string[] = [
  ...['session', 'item_to_item', 'user_item', 'actions_by_type', 'trending', 'item_click_rate', 'item_recency'],
]

/** Yields the problems of a domain's candidate sources, each a sentence after its path. */
function* checkSources(domain: Domain): Generator<string> {
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

/** Maximum length of a slate, and so its last position. */
const MAX_POSITION = 100

/** Yields the problems of a domain's exploration settings, each a sentence after its path. */
function* checkExploration({ exploration, accumulators, surfaces: declared }: Domain): Generator<string> {
  if (!exploration) return
  const { arms, gamma, knownAfterClicks, inputs, surfaces, elsewhere } = exploration
  if (!accumulators.some(({ name }) => name === bandit.name))
    yield `accumulators.${bandit.name}: missing. Exploration learns from it: add it, or remove exploration.`
  if (!Number.isInteger(arms) || arms < 2 || arms > MOST_ARMS)
    yield `exploration.arms: ${arms} is not allowed. Use a whole number from 2 to ${MOST_ARMS}.`
  if (!Number.isFinite(gamma) || gamma <= 0)
    yield `exploration.gamma: ${gamma} is not allowed. Use a number above 0, such as 300.`
  if (!(knownAfterClicks > 0))
    yield `exploration.knownAfterClicks: ${knownAfterClicks} is not allowed. Use a number above 0, or null in a file to explore an item for ever.`
  if (inputs.length > MOST_INPUTS) yield `exploration.inputs: ${inputs.length} inputs are too many. Use at most ${MOST_INPUTS}.`
  const known = accumulators.flatMap(({ features }) => features).flatMap(({ name, column }) => (column ? [name] : []))
  for (const [at, { feature, from, to, missing }] of inputs.entries()) {
    const place = `exploration.inputs.${feature}`
    if (inputs.findIndex((other) => other.feature === feature) < at) yield `${place}: named twice.`
    if (!known.includes(feature))
      yield `${place}: no accumulator has a feature of this name with one value for each item${unknownName(feature, known)}`
    if (![from, to, missing].every(Number.isFinite) || from >= to)
      yield `${place}: from ${from} to ${to}, missing ${missing} is not allowed. Use three numbers, with from below to.`
  }
  for (const [surface, settings] of Object.entries(surfaces)) {
    const place = `surfaces.${surface}.exploration`
    if (!declared.includes(surface)) yield `${place}: there is no such surface. Add ${surface} to surfaces.`
    yield* checkSurfaceExploration(place, settings)
  }
  if (elsewhere) yield* checkSurfaceExploration('exploration.elsewhere', elsewhere)
}

/**
 * Yields the problems of the exploration settings of one surface, each a sentence after its path.
 * @param place path of the settings
 */
function* checkSurfaceExploration(place: string, { position, share, randomised }: SurfaceExploration): Generator<string> {
  if (!Number.isInteger(position) || position < 1 || position > MAX_POSITION)
    yield `${place}.position: ${position} is not allowed. Use a whole number from 1 to ${MAX_POSITION}.`
  for (const [name, value] of Object.entries({ share, randomised }))
    if (!(value >= 0 && value <= 1)) yield `${place}.${name}: ${value} is not allowed. Use a share of the slates from 0 to 1.`
}
