/**
 * Probabilities of inverse gap weighting (Abe and Long, 1999; SquareCB, Foster and Rakhlin, 2020): each of K arms but the best gets
 * 1/(K + gamma · gap), gap being how far its estimate lies below the best, and the best gets the rest. All are above 0.
 * @param estimates rewards that are expected of the arms, at least one; of equal ones the first is the best
 * @param gamma 0 or above, in the inverse unit of the estimates: 0 gives each the same
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
