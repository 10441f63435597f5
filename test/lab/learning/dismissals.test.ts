import { describe, expect, it } from 'vitest'
import { Dismissals } from '../../../lab/learning/dismissals.ts'
import { FolderLog } from '../../../lab/learning/folder-log.ts'
import { NO_GIVEN_ORDER } from '../../../lab/learning/given-order.ts'
import { makeDataset } from '../../../lab/learning/make-dataset.ts'
import { findNextItems } from '../../../lab/learning/next-items.ts'
import { ActingEvents } from '../../../lab/offline/acting-events.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { DAY } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'

const START = Date.UTC(2026, 0, 5)

/** Events of ann, a second apart, such as `view a`; the user is another one in `view a bob`. */
function events(...told: string[]) {
  return told.map((words, n) => {
    const [eventType, itemId, userId = 'ann'] = words.split(' ')
    return { eventId: `e${n}`, eventType, itemId, userId, sessionId: `of ${userId}`, timestamp: START + n * 1000 }
  })
}

async function* stream<T>(all: readonly T[]) {
  yield* all
}

async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const one of from) read.push(one)
  return read
}

describe('the items that a user dismissed', () => {
  const told = events('view a', 'view b', 'dislike a', 'view c', 'view a', 'view a bob', 'dismiss b', 'undismiss b', 'view b')

  it('are no next items, and others stay in their places', async () => {
    const dismissals = await Dismissals.of(stream(told), eCommerce)
    const left = await all(dismissals.leaveOut(stream(told)))
    expect(left.map(({ itemId }) => itemId)).toEqual([undefined, 'b', undefined, 'c', undefined, 'a', 'b', 'b', 'b'])
    expect(left.map(({ eventId }) => eventId)).toEqual(told.map(({ eventId }) => eventId))
    const { byEvent } = await findNextItems(stream(left), ({ eventType }) => eventType === 'view')
    expect([...byEvent].map(([number, { itemId }]) => [number, itemId])).toEqual([
      [1, 'c'],
      [3, 'b'],
    ])
  })

  it('may be acted on again when the dismissal has ended', async () => {
    const [dismissal] = events('dismiss a')
    const later = { ...events('view a')[0], timestamp: START + eCommerce.expiry.dismissal + 1 }
    const dismissals = await Dismissals.of(stream([dismissal]), eCommerce)
    expect((await all(dismissals.leaveOut(stream([later])))).map(({ itemId }) => itemId)).toEqual(['a'])
  })

  it('make no pairs in lists of similar items', async () => {
    const log = new FolderLog(loggedFolder(told), eCommerce, NO_GIVEN_ORDER)
    const acting = await all((await ActingEvents.of(log, eCommerce, 1e6)).read())
    expect(acting.map(({ userId, itemId }) => `${itemId} ${userId}`)).toEqual(['b ann', 'c ann', 'a bob', 'b ann'])
  })

  it('leave nothing to learn where everything was dismissed', async () => {
    const sessions = ['ann', 'bob'].flatMap((userId) => ['a', 'b', 'c'].map((itemId) => `view ${itemId} ${userId}`))
    const dismissed = sessions.map((words) => words.replace('view', 'dismiss'))
    const train = (words: readonly string[]) =>
      makeDataset(scratchDirectory(), {
        ...{ domain: eCommerce, features: 'portable', openings: false, label: 'next_item', window: DAY, log: () => {} },
        ...{ decisions: 10, negatives: 5, until: 1, seed: 7, shipped: undefined },
        logs: [new FolderLog(loggedFolder(events(...words)), eCommerce, NO_GIVEN_ORDER)],
      })
    await expect(train([...sessions, ...dismissed])).rejects.toThrow('so there is nothing to predict')
    await expect(train(sessions)).rejects.not.toThrow('so there is nothing to predict')
  })
})
