import type { Exploration, RewardInput } from './exploration.ts'

/** A share of something, from 0 to 1. */
export function shareInput(feature: string): RewardInput {
  return { feature, from: 0, to: 1, missing: 0 }
}

/** How far a number is from what the user mostly acts on, in standard deviations. */
export function distanceInput(feature: string): RewardInput {
  return { feature, from: -3, to: 3, missing: 0 }
}

/**
 * As it was measured for a shop (docs/exploration.md): about one impression in twenty.
 * @param inputs by which items are told apart, beside what every domain has
 * @param without surfaces where nothing is left to chance
 */
export function standardExploration(inputs: readonly RewardInput[], without: readonly string[]): Exploration {
  return {
    arms: 10,
    gamma: 300,
    knownAfterClicks: 5,
    inputs: [
      { feature: 'item_coec_7d', from: 0, to: 4, missing: 1 },
      shareInput('pair_category_share'),
      shareInput('pair_session_category_share'),
      ...inputs,
      { feature: 'pair_ignored', from: 0, to: 5, missing: 0 },
    ],
    surfaces: Object.fromEntries(without.map((surface) => [surface, { position: 2, share: 0, randomised: 0 }])),
    elsewhere: { position: 2, share: 0.45, randomised: 0 },
  }
}
