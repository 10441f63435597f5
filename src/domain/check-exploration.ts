import { bandit, MOST_INPUTS } from '../accumulators/bandit.ts'
import type { Domain } from './domain.ts'
import { MOST_ARMS, type SurfaceExploration } from './experiment.ts'
import { unknownName } from './nearest-name.ts'

/** Maximum length of a slate, and so its last position. */
export const MAX_POSITION = 100

/** Yields the problems of a domain's exploration settings, each a sentence after its path. */
export function* checkExploration({ exploration, accumulators, surfaces: declared }: Domain): Generator<string> {
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
export function* checkSurfaceExploration(place: string, { position, share, randomised }: SurfaceExploration): Generator<string> {
  if (!Number.isInteger(position) || position < 1 || position > MAX_POSITION)
    yield `${place}.position: ${position} is not allowed. Use a whole number from 1 to ${MAX_POSITION}.`
  for (const [name, value] of Object.entries({ share, randomised }))
    if (!(value >= 0 && value <= 1)) yield `${place}.${name}: ${value} is not allowed. Use a share of the slates from 0 to 1.`
}
