import { describe, expect, it } from 'vitest'
import { RowFigures } from '../../../lab/evaluation/hit-rate-and-mrr.ts'
import { columnOf, judgeNextItems } from '../../../lab/evaluation/judge-next-items.ts'
import { BASELINES, type System } from '../../../lab/evaluation/next-item-baselines.ts'
import { SESSION_METHOD_NAMES, SESSION_METHODS, type SessionMethodName } from '../../../lab/evaluation/session-methods.ts'
import { findTestPeriod } from '../../../lab/evaluation/test-period.ts'
import type { TunedMethod } from '../../../lab/evaluation/tune-methods.ts'
import { readNextItems } from '../../../lab/learning/play-log.ts'
import { Random } from '../../../lab/random.ts'
import type { Accumulator } from '../../../src/accumulators/accumulator.ts'
import type { Domain } from '../../../src/domain/domain.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import type { Ranker } from '../../../src/ranking/model-ranker.ts'
import { SECOND } from '../../../src/time-units.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { itWhenLong } from '../../support/long.ts'
import { RANKS_ALONE } from '../../support/ranks-alone.ts'
import { UNLIMITED } from '../../support/service.ts'

/** Every item is drawn anew, some more often than others: there is nothing to know but what is popular. */
function independentItems(): LoggedEvent[] {
  const random = new Random(11, 'independent items')
  let at = Date.UTC(2024, 5, 3)
  return Array.from({ length: 450 }, (_, session) =>
    Array.from({ length: 4 }, (_, i) => {
      at += 20 * SECOND
      const itemId = `i${random.zipf(150, 0.9)}`
      const eventId = `e${String(session).padStart(4, '0')}-${i}`
      return { eventId, userId: `u${session}`, sessionId: 's', itemId, eventType: 'view', timestamp: at }
    }),
  ).flat()
}

/** A model that is one feature. */
function only(feature: string): Ranker {
  return { name: feature, features: [feature], constants: new Map(), score: async (matrix) => matrix }
}

const LEAK = 'session_item_to_come'

/** A feature that is read from what the session does next. */
function leaking(events: readonly LoggedEvent[]): Accumulator {
  const after = new Map(events.map(({ eventId }, at) => [eventId, events[at + 1]?.itemId]))
  return {
    name: 'leak',
    entity: 'USER_ITEM',
    description: 'planted',
    roles: [],
    features: [
      {
        name: LEAK,
        entity: 'USER_ITEM',
        description: 'planted',
        missing: 'never',
        column:
          ({ user, itemIds }) =>
          (row) =>
            after.get(user.latestEventId) === itemIds[row] ? 1 : 0,
      },
    ],
  }
}

/** Every method with its standard parameters. */
const STANDARD = Object.fromEntries(
  SESSION_METHOD_NAMES.map((name) => {
    const [standard] = SESSION_METHODS[name].variants(1, new Random(1))
    return [name, { all: standard, new: standard, dropsLast: false }]
  }),
) as Record<SessionMethodName, TunedMethod>

async function judged(events: readonly LoggedEvent[], domain: Domain, systems: readonly System[]) {
  const data = loggedFolder(events)
  const next = await readNextItems(data, domain, noProblems())
  const period = await findTestPeriod(data, 0.6)
  const { table } = await judgeNextItems({
    data,
    domain,
    next,
    period,
    systems,
    tuned: STANDARD,
    ease: undefined,
    ...RANKS_ALONE,
  })
  const methods = [...BASELINES, ...systems.map(({ method }) => method)]
  return (setting: 'static' | 'prequential') =>
    RowFigures.of(table, 'new', new Map(methods.map((method) => [method, columnOf(setting, method)])))
}

describe('on a log of independent items', () => {
  const events = independentItems()
  const systems: System[] = [
    { method: 'rule', ranker: undefined },
    { method: 'similarity', ranker: only('session_item_cf_mean') },
  ]

  itWhenLong('nothing beats popularity', async () => {
    const figures = await judged(events, UNLIMITED, systems)
    for (const setting of ['static', 'prequential'] as const) {
      const rows = figures(setting)
      expect(rows.rows).toBeGreaterThan(400)
      expect(rows.of('popularity').hr20).toBeGreaterThan(0.3)
      for (const method of [...BASELINES, 'rule', 'similarity']) {
        const { intervals } = rows.difference(method, 'popularity')
        for (const [low] of Object.values(intervals)) expect(low, `${setting} ${method}`).toBeLessThanOrEqual(0)
      }
    }
  })

  it('a planted leak does, and is detected', async () => {
    const domain = { ...UNLIMITED, accumulators: [...UNLIMITED.accumulators, leaking(events)] }
    const figures = await judged(events, domain, [{ method: 'leak', ranker: only(LEAK) }])
    for (const setting of ['static', 'prequential'] as const) {
      const { intervals } = figures(setting).difference('leak', 'popularity')
      expect(intervals.mrr20[0], setting).toBeGreaterThan(0.2)
    }
  })
})
