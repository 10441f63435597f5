import { describe, expect, it } from 'vitest'
import { evaluateNextItems } from '../../../lab/evaluation/evaluate-next-items.ts'
import { findTestPeriod } from '../../../lab/evaluation/test-period.ts'
import { openLogs } from '../../../lab/learning/open-logs.ts'
import { TieShuffledFolder } from '../../../lab/learning/tie-shuffled-folder.ts'
import { Random } from '../../../lab/random.ts'
import type { Accumulator } from '../../../src/accumulators/accumulator.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import type { Ranker } from '../../../src/ranking/model-ranker.ts'
import { MINUTE } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { itWhenLong } from '../../support/long.ts'
import { RANKS_ALONE } from '../../support/ranks-alone.ts'
import { UNLIMITED } from '../../support/service.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'

const START = Date.UTC(2024, 5, 3)
const ITEMS = 40

/** Visits in which a user rates eight items in one second. The items are drawn at random, and their events sorted by item. */
function sortedBursts(): LoggedEvent[] {
  const random = new Random(3, 'bursts')
  return Array.from({ length: 250 }, (_, visit) => {
    const drawn = random.shuffle(Array.from({ length: ITEMS }, (_, i) => i)).slice(0, 8)
    return drawn
      .sort((a, b) => a - b)
      .map((item, i) => ({
        eventId: `e${String(visit).padStart(3, '0')}-${i}`,
        userId: `u${visit}`,
        itemId: `i${item}`,
        eventType: 'view',
        timestamp: START + visit * MINUTE,
      }))
  }).flat()
}

/** Features that say how near an item follows the user's latest item, or comes before it, by the numbers in their ids. */
function neighboursById(events: readonly LoggedEvent[]): Accumulator {
  const numberOf = (itemId: string | undefined) => Number(itemId?.slice(1))
  const numbers = new Map(events.map(({ eventId, itemId }) => [eventId, numberOf(itemId ?? undefined)]))
  const feature = (name: string, direction: 1 | -1) =>
    ({
      name,
      entity: 'USER_ITEM',
      description: 'planted',
      missing: 'never',
      column:
        ({ user, itemIds }) =>
        (row) => {
          const steps = direction * (numberOf(itemIds[row]) - (numbers.get(user.latestEventId) ?? 0))
          return steps > 0 ? 1 / steps : 0
        },
    }) satisfies Accumulator['features'][number]
  const features = [feature('pair_follows', 1), feature('pair_precedes', -1)]
  return { name: 'by_id', entity: 'USER_ITEM', description: 'planted', roles: [], features }
}

/** A model that is one feature. */
function only(feature: string): Ranker {
  return { name: feature, features: [feature], constants: new Map(), score: async (matrix) => matrix }
}

async function idsOf(events: AsyncIterable<Pick<LoggedEvent, 'eventId'>>): Promise<string[]> {
  const ids: string[] = []
  for await (const { eventId } of events) ids.push(eventId)
  return ids
}

describe('events of a user at one time', () => {
  itWhenLong('give nothing to a method that knows the order of items', async () => {
    const events = sortedBursts()
    const domain = { ...UNLIMITED, accumulators: [...UNLIMITED.accumulators, neighboursById(events)] }
    const data = new TieShuffledFolder(loggedFolder(events).folder, domain)
    const { differences } = await evaluateNextItems({
      data,
      domain,
      period: await findTestPeriod(data, 0.75),
      systems: ['pair_follows', 'pair_precedes'].map((name) => ({ method: name, ranker: only(name), what: name })),
      ...RANKS_ALONE,
    })
    // In the order of the file, the first method ranks every next item among the best, and the second none.
    const found = differences.find(
      ({ setting, rowSet, against }) => setting === 'static' && rowSet === 'new' && against === 'pair_precedes',
    )
    const [low, high] = found!.intervals.mrr20
    expect(low).toBeLessThan(0)
    expect(high).toBeGreaterThan(0)
    expect(high - low).toBeLessThan(0.1)
  })

  it('stand in the same order in training and evaluation, and in every pass', async () => {
    const { folder } = loggedFolder(sortedBursts())
    const data = new TieShuffledFolder(folder, eCommerce)
    const order = await idsOf(data.events(noProblems()))
    expect(order).not.toEqual(order.toSorted())
    expect(order.map((id) => id.slice(0, 4))).toEqual(order.map((id) => id.slice(0, 4)).sort())
    expect(await idsOf(data.events(noProblems()))).toEqual(order)
    const [log] = await openLogs([folder], { domain: eCommerce, archive: undefined, scratch: scratchDirectory() })
    const learned: string[] = []
    for await (const { event } of log.events(noProblems())) learned.push(event.eventId)
    expect(learned).toEqual(order)
  })

  it('keep what their order may say: impressions first, and the events on one item as they are', async () => {
    const lines = ['a view', 'a add_to_cart', 'b impression', 'c impression', 'a purchase', 'b click', 'c click'].map(
      (line, i) => {
        const [itemId, eventType] = line.split(' ')
        return { eventId: `e${i}`, userId: 'ann', itemId, eventType, timestamp: START }
      },
    )
    const other = { eventId: 'e9', userId: 'bob', itemId: 'd', eventType: 'view', timestamp: START }
    const orders = new Set<string>()
    for (let minute = 0; minute < 20; minute++) {
      const timestamp = START + minute * MINUTE
      const events = [...lines.slice(0, 3), { ...other, eventId: 'e2z' }, ...lines.slice(3), other].map((event) => ({
        ...event,
        timestamp,
      }))
      const seen: string[] = []
      const data = new TieShuffledFolder(loggedFolder(events).folder, eCommerce)
      for await (const { itemId, eventType } of data.events(noProblems())) seen.push(`${itemId} ${eventType}`)
      expect(seen.slice(0, 2)).toEqual(['b impression', 'c impression'])
      expect([seen[3], seen[8]]).toEqual(['d view', 'd view'])
      const acted = [seen[2], ...seen.slice(4, 8)]
      expect(acted.filter((line) => line.startsWith('a'))).toEqual(['a view', 'a add_to_cart', 'a purchase'])
      orders.add(acted.map(([itemId]) => itemId).join(''))
    }
    expect([...orders].sort()).toEqual(['aaabc', 'aaacb', 'baaac', 'bcaaa', 'caaab', 'cbaaa'])
  })

  it('stay as they are if they are on one item, or of several users', async () => {
    const users = ['ann', 'ann', 'bob', 'cid', 'ann']
    const events = users.map((userId, i) => ({
      eventId: `e${i}`,
      userId,
      itemId: userId === 'ann' ? 'a' : `i${i}`,
      eventType: i === 1 ? 'click' : 'view',
      timestamp: START,
    }))
    const data = new TieShuffledFolder(loggedFolder(events).folder, eCommerce)
    expect(await idsOf(data.events(noProblems()))).toEqual(['e0', 'e1', 'e2', 'e3', 'e4'])
  })
})
