import { setImmediate as turn } from 'node:timers/promises'
import { gammaln } from 'simple-statistics'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { SharedRows } from '../accumulators/feature-input.ts'
import { GROUPS, OUTCOMES, outcomesKey } from '../accumulators/policy-outcomes.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { sharesOf } from '../domain/experiment.ts'
import { InvalidInputError } from '../errors.ts'
import type { StateStore } from '../state/store.ts'
import { DAY } from '../time-units.ts'
import { difference, type Estimate, estimate, meanOf, type Ratio, rateOf, total, withinRates } from './confidence-interval.ts'

/** Outcomes of a policy, from events that name one of its slates. */
export interface PolicyOutcome {
  readonly policy: string
  readonly users: number
  readonly slates: number
  readonly impressions: number
  readonly clicks: number
  readonly conversions: number
  /** Clicks per impression: above 1 if fewer impressions than clicks were reported. The interval is within 0 and 1, unless the rate is above 1; undefined if fewer than two groups of users have impressions. */
  readonly clickRate: Estimate | undefined
  /** Goals per slate, with an interval that begins at 0 or above. */
  readonly conversionRate: Estimate | undefined
  readonly valuePerSlate: Estimate | undefined
  /** Click rate of this policy minus that of the first policy; undefined for the first itself. The other differences are alike. */
  readonly clickRateDifference: Estimate | undefined
  readonly valueDifference: Estimate | undefined
  /**
   * Estimated rewards per exploration slot if the slot always took the item with the highest estimate; undefined without
   * exploration.
   */
  readonly offPolicy: Estimate | undefined
  /** Anytime-valid p-value of the hypothesis that users are split as configured, 0 to 1. */
  readonly sampleRatioP: number
}

/**
 * The days and the surface of a report. Without `since`, it covers the last 28 days. Without `surface`, it covers all surfaces.
 */
export interface ReportPeriod {
  /** Start of the period, in ms. Days count as a whole, in UTC. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly surface?: string | undefined
}

/** Returns how many rows of sums a report reads, if its period is valid. */
export function rowsRead(
  { since, until, surface }: ReportPeriod,
  { domain, clock }: Pick<ReportParts, 'domain' | 'clock'>,
): number {
  const end = until ?? clock.now()
  const days = Math.min(domain.expiry.item, Math.max(0, end - (since ?? end - 28 * DAY))) / DAY + 1
  const surfaces = surface === undefined ? 1 + domain.surfaces.length : 1
  return days * surfaces * sharesOf(domain.experiment).length * GROUPS
}

export interface ReportParts {
  readonly store: Pick<StateStore, 'readRows'>
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly clock: Clock
}

type Sums = Readonly<Record<keyof typeof OUTCOMES, Float64Array>>

const SUMS = Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[]
/** Rows that are read in one turn of the event loop. */
const PAGE = 4096

/**
 * Reports the outcomes of each policy of the experiment, for whole days. Intervals stay valid if one user's clicks are alike,
 * because users are independent and all events of a user are in one group. They also stay valid however often one looks.
 * @throws InvalidInputError if the period ends before it begins, or begins before outcomes are kept
 * @throws UnavailableError if the store does not answer
 */
export async function policyReport(period: ReportPeriod, parts: ReportParts): Promise<PolicyOutcome[]> {
  const { domain, clock } = parts
  const now = clock.now()
  const kept = Math.floor((now - domain.expiry.item) / DAY)
  const first = period.since === undefined ? Math.max(kept + 1, Math.floor(now / DAY) - 28) : Math.floor(period.since / DAY)
  const last = Math.floor((period.until ?? now) / DAY)
  if (last < first) throw new InvalidInputError('until is before since: pass a period that ends after it starts.', 'until')
  if (first < kept) {
    const date = new Date((kept + 1) * DAY).toISOString().slice(0, 10)
    throw new InvalidInputError(
      `Results of policies are stored for ${domain.expiry.item / DAY} days: pass ${date} or a later date as since.`,
      'since',
    )
  }
  const days = Array.from({ length: Math.min(last, Math.floor(now / DAY)) - first + 1 }, (_, i) => first + i)
  const surfaces = period.surface === undefined ? ['', ...domain.surfaces] : [period.surface]
  const shares = sharesOf(domain.experiment)
  const sums: Sums[] = []
  for (const { policy } of shares) sums.push(await readSums(policy.name, surfaces, days, now, parts))
  const sampleRatio = sampleRatioP(
    sums.map(({ users }) => total(users)),
    shares.map(({ share }) => share),
  )
  const ratios = sums.map((ofPolicy) => ({
    click: rateOf({ numerator: ofPolicy.clicks, denominator: ofPolicy.impressions }),
    conversion: rateOf({ numerator: ofPolicy.conversions, denominator: ofPolicy.slates }),
    value: meanOf({ numerator: ofPolicy.value, denominator: ofPolicy.slates }, ofPolicy.squaredValue),
    greedy: meanOf({ numerator: ofPolicy.greedyValue, denominator: ofPolicy.explored }, ofPolicy.squaredGreedyValue),
  }))
  return shares.map(({ policy }, i) => ({
    policy: policy.name,
    users: total(sums[i].users),
    slates: total(sums[i].slates),
    impressions: total(sums[i].impressions),
    clicks: total(sums[i].clicks),
    conversions: total(sums[i].conversions),
    clickRate: ofRate(ratios[i].click, 1),
    // A slate may lead to several goals.
    conversionRate: ofRate(ratios[i].conversion, Number.POSITIVE_INFINITY),
    valuePerSlate: maybe(ratios[i].value),
    clickRateDifference: i === 0 ? undefined : beside(ratios[i].click, ratios[0].click),
    valueDifference: i === 0 ? undefined : beside(ratios[i].value, ratios[0].value),
    offPolicy: maybe(ratios[i].greedy),
    sampleRatioP: sampleRatio,
  }))
}

async function readSums(
  policy: string,
  surfaces: readonly string[],
  days: readonly number[],
  now: number,
  { store, domain, accumulators }: ReportParts,
): Promise<Sums> {
  const groups = Array.from({ length: GROUPS }, (_, group) => group)
  const keys = surfaces.flatMap((surface) =>
    days.flatMap((day) => groups.map((group) => outcomesKey(policy, surface, day, group))),
  )
  const found = Object.fromEntries(SUMS.map((name) => [name, new Float64Array(GROUPS)])) as Record<keyof Sums, Float64Array>
  for (let start = 0; start < keys.length; start += PAGE) {
    await turn()
    const page = keys.slice(start, start + PAGE)
    const block = await store.readRows('attribute', page)
    const rows = new SharedRows(accumulators.layout, 'attribute', block, now, domain.expiry.item)
    for (const name of SUMS) {
      const read = rows.sum(OUTCOMES[name])
      // Keys of a day stand by group, one behind the other.
      for (let row = 0; row < page.length; row++) found[name][(start + row) % GROUPS] += read(row)
    }
  }
  return found
}

function maybe(ratio: Ratio | undefined): Estimate | undefined {
  return ratio && estimate(ratio)
}

/** @param most the highest rate that can be */
function ofRate(ratio: Ratio | undefined, most: number): Estimate | undefined {
  return ratio && withinRates(estimate(ratio), most)
}

function beside(one: Ratio | undefined, other: Ratio | undefined): Estimate | undefined {
  return one && other && estimate(difference(one, other))
}

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
