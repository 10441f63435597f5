import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { chosenFeatures } from '../../../lab/learning/chosen-features.ts'
import { FolderLog } from '../../../lab/learning/folder-log.ts'
import { readNextItems } from '../../../lab/learning/play-log.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { simulateLog } from '../../../lab/simulation/simulate-log.ts'
import type { SimulatedEvent } from '../../../lab/simulation/simulated-event.ts'
import type { Accumulator } from '../../../src/accumulators/accumulator.ts'
import { AccumulatorSet, featureMatrix } from '../../../src/accumulators/accumulator-set.ts'
import type { Domain } from '../../../src/domain/domain.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { itWhenLong } from '../../support/long.ts'

const startsAt = Date.UTC(2024, 5, 3)
const shop = createShop({ seed: 6, items: 50, categories: 4, startsAt, days: 2 })
const shoppers = createShoppers(shop, { seed: 6, count: 100, days: 2 })
const log = [...simulateLog(shop, { seed: 6, shoppers, days: 2, startsAt })]
const items = shop.items.map(({ itemId }) => itemId)

const acts = ({ itemId, eventType }: SimulatedEvent) =>
  itemId !== undefined && eventType !== 'impression' && eventType !== 'remove_from_cart'

/** The log with another item in every event from this one on. Which decisions there are, and when, stays as it is. */
function changedFrom(at: number): SimulatedEvent[] {
  return log.map((event, n) =>
    n < at || event.itemId === undefined ? event : { ...event, itemId: items[(items.indexOf(event.itemId) + 7) % items.length] },
  )
}

/** All features of all candidates of every decision, by number of the event behind which it was taken, or half of one before a session's first. */
async function vectors(events: readonly SimulatedEvent[], domain: Domain): Promise<Map<number, string>> {
  const accumulators = new AccumulatorSet(domain.accumulators)
  const features = chosenFeatures('all', accumulators).map((name) => accumulators.features.get(name)!)
  const data = loggedFolder(events, { items: shop.items })
  const next = await readNextItems(data, domain, noProblems())
  const found = new Map<number, string>()
  await new FolderLog(data, domain).playNext(
    next,
    { until: events.length, frozenFrom: events.length },
    async ({ number, isFirst, request }, { recommender }) => {
      const { gathered, input } = await recommender.candidates(request)
      const matrix = featureMatrix(features, input)
      const hash = createHash('sha256').update(JSON.stringify(gathered.itemIds))
      found.set(isFirst ? number - 0.5 : number, hash.update(new Uint8Array(matrix.buffer)).digest('hex'))
    },
  )
  return found
}

/**
 * The guard: of two logs that are the same up to an event, the first decision with other vectors. None may be taken before that event,
 * above all not the one whose label it is.
 */
function firstDifference(one: ReadonlyMap<number, string>, other: ReadonlyMap<number, string>): number {
  expect([...one.keys()]).toEqual([...other.keys()])
  return Math.min(...[...one].flatMap(([number, vector]) => (other.get(number) === vector ? [] : [number])))
}

/** A shop with a feature that peeks at the label: whether the candidate is what the user acts on next. */
function peeking(events: readonly SimulatedEvent[]): Domain {
  const after = new Map<string, string>()
  const latest = new Map<string, string>()
  for (const { eventAttributes: _, ...event } of events) {
    const { userId, eventId, itemId } = event
    const before = latest.get(userId)
    if (before !== undefined && itemId !== undefined && acts(event)) after.set(before, itemId)
    latest.set(userId, eventId)
  }
  const leak: Accumulator = {
    name: 'leak',
    entity: 'USER_ITEM',
    description: 'Whether it comes next.',
    roles: [],
    features: [
      {
        name: 'pair_comes_next',
        entity: 'USER_ITEM',
        description: 'Whether it comes next.',
        missing: 'never',
        column:
          ({ user, itemIds }) =>
          (row) =>
            after.get(user.latestEventId) === itemIds[row] ? 1 : 0,
      },
    ],
  }
  return { ...eCommerce, accumulators: [...eCommerce.accumulators, leak] }
}

describe('vectors of decisions', () => {
  // An action that is the label of some decision right before it in its session.
  const half = log.findIndex(
    (event, n) => n > log.length / 2 && acts(event) && acts(log[n - 1]) && log[n - 1].sessionId === event.sessionId,
  )

  it('do not depend on the future: neither on the label nor on later events', async () => {
    const one = await vectors(log, eCommerce)
    expect(one.size).toBeGreaterThan(200)
    const difference = firstDifference(one, await vectors(changedFrom(half), eCommerce))
    expect(difference).toBeGreaterThanOrEqual(half)
    // The guard sees something: what comes later does differ.
    expect(difference).toBeLessThan(log.length)
  })

  itWhenLong('fail the check if a feature uses the label', async () => {
    const changed = changedFrom(half)
    const difference = firstDifference(await vectors(log, peeking(log)), await vectors(changed, peeking(changed)))
    expect(difference).toBe(half - 1)
  })
})
