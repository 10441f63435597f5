import { describe, expect, it } from 'vitest'
import { easeFitter } from '../../../lab/commands/ease-fitter.ts'
import { FolderLog } from '../../../lab/learning/folder-log.ts'
import { listsForTraining } from '../../../lab/learning/lists-for-training.ts'
import { readNextItems } from '../../../lab/learning/play-log.ts'
import { type ListsFromCut, listsAtCuts } from '../../../lab/offline/served-lists.ts'
import { NeighbourLists } from '../../../src/catalogue/neighbour-lists.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import { DAY } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { IS_LONG, itWhenLong } from '../../support/long.ts'
import { UNLIMITED } from '../../support/service.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'
import { trainingAvailable } from '../../support/training-environment.ts'
import { sessionLog } from '../evaluation/session-log.ts'

const KINDS = 6

/** Sessions with four of the five items of one kind each. */
const EVENTS = sessionLog(
  Array.from({ length: 150 }, (_, s) => [0, 1, 2, 3].map((i) => `${s % KINDS}${(s + i + Math.floor(s / KINDS)) % 5}`)),
)
const ITEMS = [...new Set(EVENTS.map(({ itemId }) => itemId!))]

const fitter = () => easeFitter({ seed: 1, scratch: scratchDirectory(), say: () => {} }, 'log')

async function* each(events: readonly LoggedEvent[]) {
  yield* events
}

/** What the lists of a cut say about every item. */
function contents({ before, lists }: ListsFromCut) {
  const { decay } = lists.served
  return { before, decay, sums: ITEMS.map((itemId) => lists.sum([{ itemId, weight: 1 }])) }
}

describe.skipIf(!trainingAvailable)('neighbour lists at cuts of a log', () => {
  itWhenLong('know no event after their cut', async () => {
    const cuts = [200, 350, 500]
    const whole = await listsAtCuts(() => each(EVENTS), UNLIMITED, cuts, fitter())
    expect(whole.map(({ before }) => before)).toEqual(cuts)
    for (const [at, cut] of IS_LONG ? cuts.entries() : [[1, cuts[1]]]) {
      // From the cut on, other sessions act on other items.
      const changed = EVENTS.map((event, n) =>
        n < cut ? event : { ...event, sessionId: `other ${n % 9}`, itemId: ITEMS[(n * 7) % ITEMS.length] },
      )
      const other = await listsAtCuts(() => each(changed), UNLIMITED, cuts, fitter())
      expect(other.slice(0, at + 1).map(contents)).toEqual(whole.slice(0, at + 1).map(contents))
      // The test can fail: later lists do differ.
      if (at + 1 < cuts.length) expect(contents(other[at + 1])).not.toEqual(contents(whole[at + 1]))
    }
  })

  it('are left out where no session has two items yet', async () => {
    const served = await listsAtCuts(() => each(EVENTS), UNLIMITED, [0, 1, 300], fitter())
    expect(served.map(({ before }) => before)).toEqual([300])
  })

  it('are computed for the part of the log that training uses, from where its decisions begin', async () => {
    const log = new FolderLog(loggedFolder(EVENTS), UNLIMITED)
    const served = await listsForTraining(log, UNLIMITED, 0.5, fitter())
    expect(served.map(({ before }) => before)).toEqual([75, 120, 165, 210, 255])
  })
})

it('a played log serves the lists of the latest cut, also if they are older than lists become in a service', async () => {
  const events = EVENTS.map((event, n) => ({ ...event, timestamp: event.timestamp + Math.floor(n / 50) * 365 * DAY }))
  const listsOf = (version: string) => {
    const served = { version, parts: 1, generatedAt: Number.POSITIVE_INFINITY, servedAt: 0, decay: 0 }
    return NeighbourLists.of(served, [{ itemIds: ['00'], counts: [1], neighbourIds: ['01'], scores: [1] }])
  }
  const data = loggedFolder(events)
  const cuts = [
    { before: 100, lists: listsOf('first') },
    { before: 300, lists: listsOf('second') },
  ]
  const next = await readNextItems(data, UNLIMITED, noProblems())
  let moments = 0
  const log = new FolderLog(data, UNLIMITED).serving(cuts)
  await log.playNext(next, { until: events.length, frozenFrom: events.length }, async ({ number, request }, { recommender }) => {
    const { input } = await recommender.candidates(request)
    expect(input.neighbourLists?.served.version).toBe(number < 100 ? undefined : number < 300 ? 'first' : 'second')
    moments++
  })
  expect(moments).toBeGreaterThan(590)
})
