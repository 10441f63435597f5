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
