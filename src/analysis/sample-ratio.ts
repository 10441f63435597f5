import { gammaln } from 'simple-statistics'

/** How firmly the expected split is believed in before anyone is counted, in users. */
const PRIOR = 100

/**
 * Returns the probability that users would ever look as different from the configured split as they do now, if they were split that
 * way. This is the sequential test of multinomial counts of Lindon and Malek (Anytime-valid inference for multinomial count data,
 * 2020), so it stays valid however often one looks.
 * @param counts number of users of each policy
 * @param shares expected shares of the policies, above 0, with a sum of 1
 * @returns 0 to 1; 1 while no user was counted
 */
export function sampleRatioP(counts: readonly number[], shares: readonly number[]): number {
  const users = counts.reduce((sum, count) => sum + count, 0)
  let logBayesFactor = gammaln(PRIOR) - gammaln(PRIOR + users)
  counts.forEach((count, i) => {
    const prior = PRIOR * shares[i]
    logBayesFactor += gammaln(prior + count) - gammaln(prior) - count * Math.log(shares[i])
  })
  return Math.min(1, Math.exp(-logBayesFactor))
}
