import { describe, expect, it } from 'vitest'
import { easeFitter } from '../../../lab/commands/ease-fitter.ts'
import { FolderLog } from '../../../lab/learning/folder-log.ts'
import { NO_GIVEN_ORDER } from '../../../lab/learning/given-order.ts'
import { ActingEvents } from '../../../lab/offline/acting-events.ts'
import { computeNeighbours } from '../../../lab/offline/compute-neighbours.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { UNLIMITED } from '../../support/service.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'
import { trainingAvailable } from '../../support/training-environment.ts'
import { sessionLog } from '../evaluation/session-log.ts'

const KINDS = 5

/** Sessions in which the items of one kind come together: those of kind k are `k0` to `k3`. */
const SESSIONS = Array.from({ length: 120 }, (_, s) => [0, 1, 2].map((i) => `${s % KINDS}${(s + i) % 4}`))

function logOf(events: readonly object[]): FolderLog {
  return new FolderLog(loggedFolder(events), eCommerce, NO_GIVEN_ORDER)
}

async function compute(events: readonly object[], { actions = 1e6, most = 100 } = {}) {
  const plan = { seed: 1, scratch: scratchDirectory(), say: () => {}, most }
  return computeNeighbours(await ActingEvents.of(logOf(events), UNLIMITED, actions), UNLIMITED, easeFitter(plan, 'log'))
}

describe.skipIf(!trainingAvailable)('neighbour lists', () => {
  it('name the items that occur in the same sessions, best first, and never the item itself', async () => {
    const { lists, actions, items, covered } = await compute(sessionLog(SESSIONS))
    expect({ lists: lists.length, actions, items, covered }).toEqual({ lists: 20, actions: 360, items: 20, covered: 1 })
    for (const { itemId, neighbours } of lists) {
      const others = [0, 1, 2, 3].map((i) => `${itemId[0]}${i}`).filter((other) => other !== itemId)
      expect(neighbours.map((neighbour) => neighbour.itemId).sort()).toEqual(others)
      const scores = neighbours.map(({ score }) => score)
      expect(scores).toEqual(scores.toSorted((a, b) => b - a))
      expect(Math.min(...scores)).toBeGreaterThan(0)
    }
  })

  it('are for the most frequent items only, and say how many actions these have', async () => {
    const often = sessionLog([...SESSIONS, ...Array.from({ length: 60 }, () => ['often', 'also'])])
    const { lists, items, covered } = await compute(often, { most: 2 })
    expect(lists.map(({ itemId }) => itemId).sort()).toEqual(['also', 'often'])
    expect([items, covered]).toEqual([22, 120 / 480])
  })

  it('follow from the latest actions only', async () => {
    const { lists, actions } = await compute(sessionLog([['old', 'older'], ...SESSIONS]), { actions: 360 })
    expect(actions).toBe(360)
    expect(lists.map(({ itemId }) => itemId)).not.toContain('old')
  })

  it('cannot be computed if no session has two items', async () => {
    await expect(compute(sessionLog(SESSIONS.map(([first]) => [first])))).rejects.toMatchObject({
      code: 'UNUSABLE_DATA',
      message: expect.stringMatching(/^No two items occur together/),
    })
  })
})

describe('the actions of a log', () => {
  const event = (n: number, rest: object) => ({
    eventId: `e${n}`,
    userId: 'u',
    eventType: 'view',
    itemId: 'a',
    timestamp: n * 1000 + 1e12,
    ...rest,
  })

  it('lack impressions, removals from the cart, events without an item, and traffic that does not count', async () => {
    const others = [
      { eventType: 'impression' },
      { eventType: 'remove_from_cart' },
      { itemId: undefined },
      { eventAttributes: { traffic: 'bot' } },
    ]
    const log = logOf([event(0, {}), ...others.map((rest, i) => event(i + 1, rest)), event(9, { eventType: 'purchase' })])
    const events = await ActingEvents.of(log, eCommerce, 10)
    const read: string[] = []
    for await (const { eventId } of events.read()) read.push(eventId)
    expect(read).toEqual(['e0', 'e9'])
    await expect(
      ActingEvents.of(logOf([event(1, { eventType: 'search', itemId: undefined })]), UNLIMITED, 10),
    ).rejects.toMatchObject({
      code: 'UNUSABLE_DATA',
    })
  })
})
