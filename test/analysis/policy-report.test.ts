import { beforeAll, describe, expect, it } from 'vitest'
import { createShop } from '../../lab/simulation/shop.ts'
import { createShoppers } from '../../lab/simulation/shopper.ts'
import { simulateLog } from '../../lab/simulation/simulate-log.ts'
import type { SimulatedEvent } from '../../lab/simulation/simulated-event.ts'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { policyOutcomes } from '../../src/accumulators/policy-outcomes.ts'
import { policyReport } from '../../src/analysis/policy-report.ts'
import { assignedPolicy, type Experiment } from '../../src/domain/experiment.ts'
import { reduceEvents } from '../../src/events/enrichment.ts'
import { Increments } from '../../src/state/increments.ts'
import { SharedSums } from '../../src/state/shared-sums.ts'
import { UserValue } from '../../src/state/user-value.ts'
import { DAY } from '../../src/time-units.ts'
import { itWhenLong } from '../support/long.ts'
import { UNLIMITED } from '../support/service.ts'
import { SettableClock } from '../support/settable-clock.ts'

const STARTS_AT = Date.UTC(2024, 5, 3)
const DAYS = 10

const experiment: Experiment = {
  holdOut: 0,
  policies: [
    { name: 'control', share: 1 },
    { name: 'other', share: 1 },
  ],
}
const domain = { ...UNLIMITED, experiment, surfaces: [], accumulators: [policyOutcomes([])] }
const accumulators = new AccumulatorSet(domain.accumulators)

interface Raised {
  readonly clicks: boolean
  readonly split: boolean
}

/**
 * Impressions and clicks of simulated shoppers, who fall into two policies by a hash with this salt, though one policy made all their
 * slates. The report is looked at every six hours.
 * @param keeps events that are left out make the policies unlike
 */
async function alarms(
  events: readonly SimulatedEvent[],
  salt: number,
  keeps: (policy: string, event: SimulatedEvent) => boolean = () => true,
): Promise<Raised> {
  const { layout } = accumulators
  const sums = new SharedSums(layout)
  const clock = new SettableClock(STARTS_AT)
  const store = { readRows: async (_: unknown, keys: readonly string[]) => sums.rows(keys, layout.width('attribute')) }
  const users = new Map<string, UserValue>()
  const raised = { clicks: false, split: false }
  let next = 0
  while (next < events.length) {
    clock.advance(DAY / 4)
    const increments = new Increments(layout)
    for (; next < events.length && events[next].timestamp < clock.now(); next++) {
      const { eventAttributes, ...event } = events[next]
      const { itemId, sessionId } = event
      const userId = `${salt}-${event.userId}`
      const { name: policy } = assignedPolicy(userId, experiment)
      if (!keeps(policy, events[next])) continue
      const user = users.get(userId) ?? new UserValue()
      users.set(userId, user)
      const named = {
        ...{ ...event, userId, receivedAt: event.timestamp },
        ...(sessionId !== undefined && { recommendationId: sessionId }),
      }
      const facts = { items: [{ itemId: itemId ?? '', attributes: {} }], policy }
      reduceEvents(accumulators, domain, user, [{ event: named, facts }], increments, 'restore', Number.POSITIVE_INFINITY)
    }
    sums.apply(increments)
    const [, other] = await policyReport({ since: STARTS_AT }, { store, domain, accumulators, clock })
    const { clickRateDifference, sampleRatioP } = other
    if (clickRateDifference && (clickRateDifference.low > 0 || clickRateDifference.high < 0)) raised.clicks = true
    if (sampleRatioP < 0.001) raised.split = true
  }
  return raised
}

/** `npm run test:long` asks for more. */
const SPLITS = Number(process.env.SPLITS ?? 40)

describe('a report on two policies that are one', () => {
  let events: SimulatedEvent[] = []
  beforeAll(() => {
    const shop = createShop({ seed: 5, items: 60, categories: 4, startsAt: STARTS_AT })
    const shoppers = createShoppers(shop, { seed: 5, count: 250, days: DAYS })
    events = [...simulateLog(shop, { seed: 5, shoppers, days: DAYS, startsAt: STARTS_AT })].filter(
      ({ eventType }) => eventType === 'impression' || eventType === 'click',
    )
  })

  itWhenLong(
    `raises a false alarm in at most 5 % of ${SPLITS} splits of simulated shoppers, looked at four times a day`,
    async () => {
      let [clicks, split] = [0, 0]
      for (let salt = 1; salt <= SPLITS; salt++) {
        const raised = await alarms(events, salt)
        if (raised.clicks) clicks++
        if (raised.split) split++
      }
      console.log(
        `${events.length} impressions and clicks, ${SPLITS} splits: ${clicks} false alarms by clicks, ${split} by the split`,
      )
      expect(clicks).toBeLessThanOrEqual(0.05 * SPLITS)
      expect(split).toBe(0)
    },
  )

  it('finds a difference if one loses every third click, or if some users of one are not counted', async () => {
    let clicks = 0
    const losesClicks = (policy: string, { eventType, eventId }: SimulatedEvent) =>
      policy === 'control' || eventType !== 'click' || eventId.charCodeAt(eventId.length - 1) % 3 > 0
    for (let salt = 1; salt <= 10; salt++) if ((await alarms(events, salt, losesClicks)).clicks) clicks++
    expect(clicks).toBeGreaterThanOrEqual(8)
    const losesUsers = (policy: string, { userId }: SimulatedEvent) =>
      policy === 'control' || userId.charCodeAt(userId.length - 1) % 2 > 0
    expect(await alarms(events, 1, losesUsers)).toMatchObject({ split: true })
  })
})
