import { inverseGapWeights } from '../../src/slate/exploration-slot.ts'
import { Random, runningSums } from '../random.ts'
import { openSession } from '../simulation/session.ts'
import { createShop } from '../simulation/shop.ts'
import { appeal, createShoppers } from '../simulation/shopper.ts'
import { createMemory } from '../simulation/shopper-memory.ts'
import { crossFitted } from './cross-fitted-rates.ts'
import { type Decision, type Estimate, estimateValue } from './estimators.ts'

/** Estimators that are compared: inverse propensity score, its self-normalised form, and doubly robust. */
export const ESTIMATORS = ['ips', 'snips', 'dr'] as const
export type Estimator = (typeof ESTIMATORS)[number]

export interface CoverageOptions {
  readonly seed: number
  readonly runs: number
  /** Decisions of a log. */
  readonly decisions: number
}

/** How right the estimates of many simulated logs are. `effectiveSample` and `clipped` are means over the logs. */
export interface Coverage {
  /** True value of the target, in clicks per decision. */
  readonly truth: number
  /** True value of the policy that made the logs. */
  readonly logging: number
  readonly runs: number
  /** Share of logs whose interval contains the true value, by estimator. */
  readonly covered: Readonly<Record<Estimator, number>>
  /** Mean error. */
  readonly bias: Readonly<Record<Estimator, number>>
  /** Root of the mean squared error. */
  readonly error: Readonly<Record<Estimator, number>>
  /** Mean half width of the interval. */
  readonly reach: Readonly<Record<Estimator, number>>
  /** Estimates of the first hundred logs. */
  readonly first: readonly Readonly<Record<Estimator, Estimate>>[]
  readonly effectiveSample: number
  readonly clipped: number
}

const ARMS = 20
const VISITS = 400
const STARTS_AT = Date.UTC(2026, 0, 5)

/**
 * Logs of an exploration slot, whose truth is known: simulated shoppers on visits, twenty items, clicks by their true appeal. What makes
 * the logs foresees appeal badly, the target well; both draw by inverse gap weighting. How often do the intervals hold the target's true value?
 */
export function coverage({ seed, runs, decisions }: CoverageOptions): Coverage {
  const world = makeWorld(seed)
  const { visits, truth, logging } = world
  const zero = () => ({ ips: 0, snips: 0, dr: 0 })
  const [covered, bias, error, reach] = [zero(), zero(), zero(), zero()]
  const first: Record<Estimator, Estimate>[] = []
  let [effectiveSample, clipped] = [0, 0]
  for (let run = 0; run < runs; run++) {
    const random = new Random(seed, 'log', run)
    const log = Array.from({ length: decisions }, () => {
      const visit = random.pick(visits)
      const arm = random.weighted(visit.loggingSums)
      return { visit, arm, group: String(arm), reward: random.chance(visit.appeals[arm]) ? 1 : 0 }
    })
    const foresee = crossFitted(log)
    const found = estimateValue(
      log.map(({ visit, arm, group, reward }, at): Decision => {
        let foreseenOfTarget = 0
        for (let other = 0; other < ARMS; other++) foreseenOfTarget += visit.target[other] * foresee(at, String(other))
        const probabilities = { propensity: visit.logging[arm], target: visit.target[arm] }
        return { reward, ...probabilities, foreseen: foresee(at, group), foreseenOfTarget }
      }),
    )
    for (const name of ESTIMATORS) {
      const { value, low, high } = found[name]
      if (low <= truth && truth <= high) covered[name] += 1 / runs
      bias[name] += (value - truth) / runs
      error[name] += (value - truth) ** 2 / runs
      reach[name] += (high - low) / 2 / runs
    }
    effectiveSample += found.effectiveSample / runs
    clipped += found.clipped / runs
    if (first.length < 100) first.push({ ips: found.ips, snips: found.snips, dr: found.dr })
  }
  for (const name of ESTIMATORS) error[name] = Math.sqrt(error[name])
  return { truth, logging, runs, covered, bias, error, reach, first, effectiveSample, clipped }
}

interface Visit {
  readonly appeals: Float64Array
  readonly logging: Float64Array
  readonly loggingSums: Float64Array
  readonly target: Float64Array
}

function makeWorld(seed: number): { visits: Visit[]; truth: number; logging: number } {
  const shop = createShop({ seed, startsAt: STARTS_AT, items: 200 })
  const shoppers = createShoppers(shop, { seed, count: VISITS })
  const random = new Random(seed, 'policies')
  const arms = random.shuffle(shop.truth).slice(0, ARMS)
  const noise = arms.map(() => random.normal(0, 0.05))
  const visits = shoppers.map((shopper, visit) => {
    const session = openSession({ shop, shopper, memory: createMemory(), seed, visit, at: STARTS_AT })
    const appeals = Float64Array.from(arms, (item) => appeal(shopper, item, session))
    const logging = inverseGapWeights(
      appeals.map((one, arm) => 0.3 * one + noise[arm]),
      200,
    )
    const target = inverseGapWeights(appeals, 200)
    return { appeals, logging, loggingSums: runningSums(logging), target }
  })
  const trueValue = (policy: 'logging' | 'target') =>
    visits.reduce((sum, visit) => sum + visit[policy].reduce((value, chance, arm) => value + chance * visit.appeals[arm], 0), 0) /
    visits.length
  return { visits, truth: trueValue('target'), logging: trueValue('logging') }
}
