import type { Accumulator } from '../accumulators/accumulator.ts'
import { bandit, MOST_INPUTS } from '../accumulators/bandit.ts'
import { LiverankError } from '../errors.ts'
import { checkRules } from '../rules/rules.ts'
import { type Domain, sourceNames } from './domain.ts'
import { MOST_ARMS, type SurfaceExploration } from './exploration.ts'
import { HOLD_OUT } from './policy.ts'

/** What the service itself reads, beside features: sessions, neighbours, pairs, top lists, the rates of positions, first and last seen. */
const NEEDED = ['session', 'item_to_item', 'user_item', 'trending', 'item_click_rate', 'item_recency']

/** Values of these are made by events, not by attributes of items. */
const RESERVED = new Set(['shop', 'surface', 'position'])

/** Names that become parts of names of features. */
const NAME = /^[a-z][a-z0-9_]*$/

/**
 * Checks a domain at start, all of it together.
 * @throws LiverankError CONFIGURATION with a sentence for each problem, naming its place
 */
export function checkDomain(domain: Domain): void {
  const problems = [
    ...eventTypes(domain),
    ...attributes(domain),
    ...surfaces(domain),
    ...times(domain),
    ...limits(domain),
    ...accumulators(domain),
    ...sources(domain),
    ...namedAttributes(domain),
    ...diversity(domain),
    ...fading(domain),
    ...experiment(domain),
    ...exploration(domain),
  ]
  if (problems.length === 0) return
  throw new LiverankError('CONFIGURATION', `The domain ${domain.name} is not usable.\n  ${problems.join('\n  ')}`)
}

function* eventTypes({ eventTypes }: Domain): Generator<string> {
  for (const [type, { role, weight, goal, triggers }] of Object.entries(eventTypes)) {
    const place = `eventTypes.${type}`
    if (!Number.isFinite(weight) || weight < 0) yield `${place}.weight: ${weight} is no weight: give a number from 0.`
    if (role !== 'impression') continue
    if (weight > 0) yield `${place}.weight: an impression shows no interest of the user: give it 0.`
    if (goal) yield `${place}.goal: an impression is no goal: it is what the service does, not the user.`
    if (triggers)
      yield `${place}.triggers: an impression must not bring a fresh slate: a screen that reports what it shows would re-rank itself.`
  }
}

function* attributes({ attributes, accumulators }: Domain): Generator<string> {
  const used = new Set(accumulators.flatMap(({ attributes = {} }) => Object.keys(attributes)))
  for (const [name, kind] of Object.entries(attributes)) {
    const place = `attributes.${name}`
    if (!NAME.test(name)) yield `${place}: names of features are made of it: use a to z, digits and _, a letter first.`
    if (RESERVED.has(name)) yield `${place}: the name is taken by what events say: give the attribute another one.`
    if (!used.has(name)) yield `${place}: no accumulator uses this ${kind}: take it out, or add one that does.`
  }
}

function* surfaces({ surfaces }: Domain): Generator<string> {
  for (const [at, surface] of surfaces.entries()) {
    if (!NAME.test(surface))
      yield `surfaces.${surface}: names of features are made of it: use a to z, digits and _, a letter first.`
    if (surfaces.indexOf(surface) < at) yield `surfaces.${surface}: it is named twice.`
  }
}

function* limits({ limits: { traffic, ...most } }: Domain): Generator<string> {
  if (traffic.attribute === '')
    yield 'limits.traffic.attribute: it is empty: name the event attribute that says whose doing an event is.'
  for (const [name, events] of Object.entries(most))
    if (!(events > 0)) yield `limits.${name}: ${events} is no number of events: give one above 0, or Infinity for no limit.`
}

function* times({ expiry, lateness }: Domain): Generator<string> {
  for (const [name, ms] of [
    ...Object.entries(expiry).map(([name, ms]) => [`expiry.${name}`, ms] as const),
    ['lateness', lateness] as const,
  ])
    if (!Number.isFinite(ms) || ms <= 0) yield `${name}: ${ms} is no length of time: give milliseconds above 0.`
}

function* accumulators({ attributes, accumulators }: Domain): Generator<string> {
  const names = new Set(accumulators.map(({ name }) => name))
  for (const name of NEEDED)
    if (!names.has(name)) yield `accumulators: ${name} is missing, which the service itself reads: add it.`
  for (const { name, ...accumulator } of accumulators) yield* undeclared(name, accumulator.attributes, attributes)
}

function* undeclared(
  accumulator: string,
  read: Accumulator['attributes'] = {},
  declared: Domain['attributes'],
): Generator<string> {
  for (const [attribute, kind] of Object.entries(read)) {
    const place = `accumulators.${accumulator}`
    if (!Object.hasOwn(declared, attribute))
      yield `${place}: it reads the attribute ${attribute}, which is not declared: add ${attribute}: '${kind}' to attributes.`
    else if (declared[attribute] !== kind)
      yield `${place}: it reads ${attribute} as a ${kind}, and attributes.${attribute} says ${declared[attribute]}: make them agree.`
  }
}

function* sources({ sources, surfaceSources = {}, surfaces, accumulators }: Domain): Generator<string> {
  const features = new Set(accumulators.flatMap(({ features }) => features.map(({ name }) => name)))
  for (const surface of Object.keys(surfaceSources))
    if (!surfaces.includes(surface)) yield `surfaceSources.${surface}: it is no surface: name it in surfaces too.`
  const lists = [
    ['sources', sources] as const,
    ...Object.entries(surfaceSources).map(([name, list]) => [`surfaceSources.${name}`, list] as const),
  ]
  for (const [place, list] of lists) {
    const names = list.map(({ name }) => name)
    for (const [at, { name, quota, budgetMs = 1 }] of list.entries()) {
      if (names.indexOf(name) < at) yield `${place}.${name}: two sources have this name: rename one of them.`
      if (!Number.isInteger(quota) || quota < 1)
        yield `${place}.${name}.quota: ${quota} is no number of items: give a whole number from 1.`
      if (!(budgetMs > 0)) yield `${place}.${name}.budgetMs: ${budgetMs} is no length of time: give milliseconds above 0.`
      if (!features.has(`source_${name}`))
        yield `${place}.${name}: source_standing does not know it: give it the names of all sources.`
    }
  }
}

/** The last position of the longest slate that can be asked for. */
const MAX_POSITION = 100

function* namedAttributes({ attributes, embedding, variantGroup }: Domain): Generator<string> {
  for (const [setting, name] of Object.entries({ embedding, variantGroup }))
    if (name === '') yield `${setting}: it is empty: name the attribute of items that holds it, or leave it out.`
  if (embedding !== undefined && Object.hasOwn(attributes, embedding))
    yield `embedding: ${embedding} is counted as one of attributes, and would be written into every event: take it out there.`
}

function* diversity({ diversity = 0 }: Domain): Generator<string> {
  if (!(diversity >= 0 && diversity <= 1))
    yield `diversity: ${diversity} is out of range: give a number from 0, by relevance alone, to 1.`
}

function* fading({ fading, surfaceFading = {}, surfaces }: Domain): Generator<string> {
  for (const surface of Object.keys(surfaceFading))
    if (!surfaces.includes(surface)) yield `surfaceFading.${surface}: it is no surface: name it in surfaces too.`
  const ofSurfaces = Object.entries(surfaceFading).map(([name, one]) => [`surfaceFading.${name}`, one] as const)
  for (const [place, one] of [['fading', fading] as const, ...ofSurfaces]) {
    if (!one) continue
    if (!(one.factor > 0 && one.factor < 1))
      yield `${place}.factor: ${one.factor} is no share that is left: give a number above 0 and below 1, or leave it out.`
    if (!(one.halfLife > 0 && Number.isFinite(one.halfLife)))
      yield `${place}.halfLife: ${one.halfLife} is no length of time: give milliseconds above 0.`
  }
}

function* experiment({ experiment: { holdOut, policies }, sources, surfaceSources = {} }: Domain): Generator<string> {
  const known = sourceNames([sources, ...Object.values(surfaceSources)])
  if (!(holdOut >= 0 && holdOut <= 0.5))
    yield `experiment.holdOut: ${holdOut} is no share of the users: give a number from 0 to 0.5.`
  if (policies.length === 0) yield 'experiment.policies: there is none: name at least one, which everyone gets.'
  const names = policies.map(({ name }) => name)
  for (const [at, { name, share, rules = {}, sources: asked = [], exploration }] of policies.entries()) {
    const place = `experiment.policies.${name}`
    if (!NAME.test(name) || name === HOLD_OUT.name)
      yield `${place}: use a to z, digits and _, a letter first, and another name than ${HOLD_OUT.name}.`
    if (names.indexOf(name) < at) yield `${place}: two policies have this name: rename one of them.`
    if (!(share > 0 && Number.isFinite(share))) yield `${place}.share: ${share} is no part of the users: give a number above 0.`
    for (const source of asked)
      if (!known.includes(source)) yield `${place}.sources: there is no source ${source}: name those of the domain.`
    try {
      checkRules(rules, { prefix: `${place}.rules.`, last: MAX_POSITION, checkFeature: () => {} })
    } catch (error) {
      yield (error as Error).message
    }
    if (exploration) yield* surfaceExploration(`${place}.exploration`, exploration)
  }
}

function* exploration({ exploration, accumulators, surfaces: declared }: Domain): Generator<string> {
  if (!exploration) return
  const { arms, gamma, knownAfterClicks, inputs, surfaces, elsewhere } = exploration
  if (!accumulators.some(({ name }) => name === bandit.name))
    yield `accumulators: ${bandit.name} is missing, which exploration learns by: add it, or take exploration out.`
  if (!Number.isInteger(arms) || arms < 2 || arms > MOST_ARMS)
    yield `exploration.arms: ${arms} is no number of items to draw from: give a whole number from 2 to ${MOST_ARMS}.`
  if (!Number.isFinite(gamma) || gamma <= 0)
    yield `exploration.gamma: ${gamma} does not say how quickly what promises less is left: give a number above 0, such as 300.`
  if (!(knownAfterClicks > 0))
    yield `exploration.knownAfterClicks: ${knownAfterClicks} is no number of clicks: give one above 0, or Infinity to explore an item for ever.`
  if (inputs.length > MOST_INPUTS) yield `exploration.inputs: ${inputs.length} are too many: give ${MOST_INPUTS} at most.`
  const features = accumulators.flatMap(({ features }) => features)
  for (const [at, { feature, from, to, missing }] of inputs.entries()) {
    const place = `exploration.inputs.${feature}`
    if (inputs.findIndex((other) => other.feature === feature) < at) yield `${place}: it is named twice.`
    if (!features.some(({ name, column }) => name === feature && column))
      yield `${place}: no accumulator has this feature as one number of an item: name another one, or add the accumulator.`
    if (![from, to, missing].every(Number.isFinite) || from >= to)
      yield `${place}: from ${from} to ${to}, missing ${missing}: give three numbers, of which from is below to.`
  }
  for (const [surface, settings] of Object.entries(surfaces)) {
    if (!declared.includes(surface))
      yield `exploration.surfaces.${surface}: the domain has no such surface: add it to surfaces, or mind the spelling.`
    yield* surfaceExploration(`exploration.surfaces.${surface}`, settings)
  }
  if (elsewhere) yield* surfaceExploration('exploration.elsewhere', elsewhere)
}

function* surfaceExploration(place: string, { position, share, randomised }: SurfaceExploration): Generator<string> {
  if (!Number.isInteger(position) || position < 1 || position > MAX_POSITION)
    yield `${place}.position: ${position} is no position of a slate: give a whole number from 1 to ${MAX_POSITION}.`
  for (const [name, value] of Object.entries({ share, randomised }))
    if (!(value >= 0 && value <= 1)) yield `${place}.${name}: ${value} is no share of slates: give a number from 0 to 1.`
}
