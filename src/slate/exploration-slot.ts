import { type AccumulatorSet, featureMatrix } from '../accumulators/accumulator-set.ts'
import type { FeatureInput } from '../accumulators/feature-input.ts'
import { INPUT_STEPS } from '../accumulators/policy-outcomes.ts'
import { REWARD_SUMS, type RewardModel, rewardModel, rewardSumsKey } from '../accumulators/reward-model.ts'
import type { BuiltInReason } from '../candidates/built-in-reason.ts'
import { EXPLORATION, type LittleKnownItems } from '../candidates/little-known-items.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Domain } from '../domain/domain.ts'
import type { Exploration, RewardInput, SurfaceExploration } from '../domain/experiment.ts'
import { hashedChance } from '../random.ts'
import type { StateStore } from '../state/store.ts'
import { HOUR } from '../time-units.ts'
import type { RuledCandidates } from './candidates-to-rank.ts'
import { momentOf, readFeatureInput } from './read-feature-input.ts'
import type { ExploredSlot, Recommendation, SlateRequest } from './slate.ts'
import type { SlateRules } from './slate-rules.ts'

/**
 * Returns the probabilities of inverse gap weighting (Abe and Long, 1999; SquareCB, Foster and Rakhlin, 2020). Each of K arms
 * except the best has probability 1/(K + gamma · gap), where gap is the difference of its estimate to the best. The best arm has
 * the rest. All probabilities are above 0.
 * @param estimates expected rewards of the arms, at least one; the first of equal estimates counts as the best
 * @param gamma greediness, 0 or above, in the inverse unit of the estimates; 0 gives all arms the same probability
 */
export function inverseGapWeights(estimates: ArrayLike<number>, gamma: number): Float64Array {
  const arms = estimates.length
  const weights = new Float64Array(arms)
  let best = 0
  for (let arm = 1; arm < arms; arm++) if (estimates[arm] > estimates[best]) best = arm
  let rest = 1
  for (let arm = 0; arm < arms; arm++) {
    if (arm === best) continue
    weights[arm] = 1 / (arms + gamma * (estimates[best] - estimates[arm]))
    rest -= weights[arm]
  }
  weights[best] = rest
  return weights
}

/** How many more than arms are read: some stand in the slate anyway, or are not admitted. */
const SPARE = 20
/** How long a draw stands, in ms. */
const WINDOW = HOUR

/** The random decision about a slate, made before anything is read for it. */
export interface ChanceOfSlate {
  readonly kind: 'slot' | 'randomised'
  readonly settings: SurfaceExploration
  readonly arms: number
  readonly gamma: number
  readonly inputs: readonly RewardInput[]
  /** Seed of all draws for the slate. The same user, session and surface have the same key for an hour. */
  readonly key: string
}

/**
 * Decides whether a slate has an exploration slot or is randomised. The decision holds for an hour per user, session and surface,
 * so that a slate made again shows the same items. The hour starts at a different minute for each user.
 * @param userId the user; for a merged id, the user that it was merged into
 * @returns undefined if neither applies
 */
export function chanceOfSlate(
  exploration: Exploration | undefined,
  settings: SurfaceExploration | undefined,
  userId: string,
  { surface, sessionId, first, after }: SlateRequest,
  now: number,
): ChanceOfSlate | undefined {
  if (!exploration || !settings) return undefined
  const window = Math.floor(now / WINDOW + hashedChance(`window\0${userId}`))
  // Each page of a feed draws anew: numbers that have decided what an earlier page left out would not be random any more.
  const page = after && 'recommendationId' in after ? `\0${after.recommendationId}` : ''
  const key = `${userId}\0${sessionId ?? ''}\0${surface ?? ''}\0${window}${page}`
  const { arms, gamma, inputs } = exploration
  const drawn = { settings, arms, gamma, inputs, key }
  if (hashedChance(`randomised\0${key}`) < settings.randomised) return { kind: 'randomised', ...drawn }
  if (settings.position > first || hashedChance(`slot\0${key}`) >= settings.share) return undefined
  return { kind: 'slot', ...drawn }
}

/** Little-known items at one moment, with their reward-model inputs and the reward model. */
export interface Arms {
  readonly input: FeatureInput
  readonly model: RewardModel
  /** Inputs by item, as integers from 0 to 90, in the order of the domain's inputs. */
  readonly inputs: readonly (readonly number[])[]
  readonly sums: string
}

/** The parts of the service from which arms are read. */
export interface ArmReader {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly catalogue: Catalogue
  readonly littleKnown: LittleKnownItems
}

/**
 * Reads the arms of an exploration slot: their inputs and the reward sums.
 * @throws UnavailableError if the store does not answer
 */
export async function readArms(
  { arms: most, inputs }: ChanceOfSlate,
  { input, rulesInForce }: RuledCandidates,
  parts: ArmReader,
): Promise<Arms> {
  const { store, domain, accumulators, catalogue, littleKnown } = parts
  const { now, surface } = input
  const inForce = rulesInForce()
  const itemIds = (await littleKnown.at(now)).filter((itemId) => inForce.admitsId(itemId)).slice(0, most + SPARE)
  const sums = `${surface ?? ''}#${signature(inputs)}`
  const [armsInput, [view]] = await Promise.all([
    readFeatureInput({ ...momentOf(input), itemIds, anchors: false }, store, accumulators, domain, catalogue),
    store.readSets([{ entity: rewardSumsKey(sums), set: REWARD_SUMS, limit: REWARD_SUMS.capacity }]),
  ])
  return {
    input: armsInput,
    model: rewardModel(view, inputs.length, now),
    inputs: inputSteps(inputs, armsInput, accumulators),
    sums,
  }
}

/** Sums of other inputs are other sums. */
function signature(inputs: readonly RewardInput[]): string {
  return Math.floor(hashedChance(JSON.stringify(inputs)) * 2 ** 32).toString(36)
}

function inputSteps(inputs: readonly RewardInput[], input: FeatureInput, accumulators: AccumulatorSet): number[][] {
  const matrix = featureMatrix(
    inputs.map(({ feature }) => accumulators.features.get(feature)!),
    input,
  )
  return input.itemIds.map((_, row) =>
    inputs.map(({ from, to, missing }, i) => {
      const read = matrix[row * inputs.length + i]
      const share = ((Number.isNaN(read) ? missing : read) - from) / (to - from)
      return Math.round(INPUT_STEPS * Math.min(1, Math.max(0, share)))
    }),
  )
}

/** An item drawn for the exploration slot. */
export interface DrawnArm {
  readonly item: Recommendation
  readonly slot: ExploredSlot
}

/**
 * Draws an arm by inverse gap weighting, among items that the rules admit beside the pins and that the slate does not show anyway.
 * @param shown items that the slate shows without exploration
 * @param pins pinned rows by position; a slot on a pin moves down to the first free position
 * @returns undefined if there is no arm or no free position
 */
export function drawArm(
  { settings, arms: most, gamma, key }: ChanceOfSlate,
  { input, model, inputs, sums }: Arms,
  {
    first,
    shown,
    pins,
    inForce,
    accumulators,
  }: {
    readonly first: number
    readonly shown: ReadonlySet<string>
    readonly pins: ReadonlyMap<number, unknown>
    readonly inForce: SlateRules
    readonly accumulators: AccumulatorSet
  },
): DrawnArm | undefined {
  let { position } = settings
  while (pins.has(position)) position++
  if (position > first) return undefined
  const passes = inForce.passes(input, accumulators)
  const boosted = inForce.boosted(new Float64Array(input.itemIds.length).fill(1), input, accumulators)
  const rows = input.itemIds
    .map((_, row) => row)
    .filter((row) => !shown.has(input.itemIds[row]) && boosted[row] >= 1 && passes(row) && inForce.fits(input.itemIds[row]))
    .slice(0, most)
  if (rows.length === 0) return undefined
  const itemIds = rows.map((row) => input.itemIds[row])
  const estimates = rows.map((row) => rounded(model.estimate(inputs[row].map((step) => step / INPUT_STEPS))))
  // Rewards of any size alike: a gap of the mean reward is a gap of 1.
  const steepness = Math.round(gamma / model.meanReward)
  const chances = inverseGapWeights(estimates, steepness)
  const at = race(key, itemIds, chances)
  const itemId = itemIds[at]
  const propensity = settings.share * chances[at]
  const item: Recommendation = {
    itemId,
    position,
    score: estimates[at],
    sources: [{ name: EXPLORATION, score: estimates[at] }],
    reason: { code: 'EXPLORATION' } satisfies BuiltInReason,
    exploration: true,
    propensity,
  }
  const best = Math.max(...estimates)
  const slot: ExploredSlot = {
    itemId,
    decision: Math.floor(hashedChance(`decision\0${key}\0${itemId}`) * 2 ** 32),
    decided: input.now,
    sums,
    inputs: inputs[rows[at]],
    best,
    weight: estimates[at] === best ? rounded(1 / chances[at]) : 0,
    share: settings.share,
    gamma: steepness,
    arms: itemIds,
    estimates,
  }
  return { item, slot }
}

/** So that the log, which is text, holds the very number. */
function rounded(estimate: number): number {
  return Math.round(estimate * 1e6) / 1e6
}

/**
 * Draws an index by competing exponential clocks: each item wins with its probability. Each item hashes its own random number from
 * the key. So the winner mostly stays the same if probabilities change a little, or if items come and go.
 */
export function race(key: string, itemIds: readonly string[], chances: ArrayLike<number>): number {
  let first = 0
  let earliest = Number.POSITIVE_INFINITY
  itemIds.forEach((itemId, at) => {
    const arrival = -Math.log(hashedChance(`arm\0${key}\0${itemId}`)) / chances[at]
    if (arrival >= earliest) return
    first = at
    earliest = arrival
  })
  return first
}
