import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NextItemReport } from '../../../lab/evaluation/evaluate-next-items.ts'
import { sampleOfRows } from '../../../lab/evaluation/sample.ts'
import { readSequenceLog, type SequenceLog } from '../../../lab/evaluation/sequence-log.ts'
import { SEQUENCE_MODEL_NAMES } from '../../../lab/evaluation/sequence-models.ts'
import { findTestPeriod } from '../../../lab/evaluation/test-period.ts'
import { readNextItems } from '../../../lab/learning/play-log.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import { liverank } from '../../support/command.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { itWhenLong } from '../../support/long.ts'
import { UNLIMITED } from '../../support/service.ts'
import { trainingAvailable } from '../../support/training-environment.ts'
import { figuresOf } from './evaluated-sessions.ts'
import { sessionLog } from './session-log.ts'

async function read(events: readonly LoggedEvent[], rows = Number.POSITIVE_INFINITY): Promise<SequenceLog> {
  const data = loggedFolder(events)
  const next = await readNextItems(data, UNLIMITED, noProblems())
  const period = await findTestPeriod(data, 0.75)
  return readSequenceLog(data.events(noProblems()), UNLIMITED, next, period, sampleOfRows(next, period, rows, 7), 7)
}

/** What comes third depends on what came first. */
const sessions = (count: number) => Array.from({ length: count }, (_, s) => (s % 2 ? ['a', 'c', 'd'] : ['b', 'c', 'e']))

describe('the log of sequence models', () => {
  it('numbers what happened, and cuts the test period in the middle', async () => {
    const events = sessionLog([...sessions(40), ['a', 'x'], ['only one'], ['x', 'x', 'a']])
    const log = await read(events)
    expect(log.items.map((item) => log.itemIds[item])).toEqual(events.map(({ itemId }) => itemId))
    const before = Math.floor(events.length * 0.75)
    const later = events.length - before
    expect(log.cuts.map(({ actions }) => actions)).toEqual([before, before + Math.floor(later / 2)])
    expect(log.cuts.map(({ items }) => items)).toEqual([5, 5])
    expect(log.earlier).toBe(Math.floor(before * 0.8))
    for (const action of log.validation) {
      expect(action).toBeGreaterThanOrEqual(log.earlier)
      expect(log.sessions[action + 1]).toBe(log.sessions[action])
      expect(action + 1).toBeLessThan(before)
    }
    for (const [event, action] of log.asked) {
      expect(event).toBe(action)
      expect(log.sessions[action + 1]).toBe(log.sessions[action])
      expect(log.sessions.indexOf(log.sessions[action])).toBeGreaterThanOrEqual(before)
    }
    expect([...log.asked.keys()].some((event) => log.sessions[event] === 40)).toBe(true)
  })
})

describe.skipIf(!trainingAvailable)('evaluate --sequence-models', () => {
  const command = (events: readonly LoggedEvent[]) => {
    const { folder } = loggedFolder(events)
    const report = ['--report', join(folder, 'report.html')]
    const model = ['--model', 'models/default', '--only', 'next_item', '--delays', 'none']
    return liverank([
      'evaluate',
      folder,
      ...model,
      '--slate-rows',
      '10',
      '--rows',
      '300',
      '--sequence-models',
      '--json',
      ...report,
    ])
  }

  itWhenLong('judges both models, which learn what is new in the test period in the prequential setting', async () => {
    // From the test period on, pairs of new items occur.
    const pairs = Array.from({ length: 180 }, (_, s) => [`p${s % 30}`, `q${s % 30}`])
    const { code, out, errors } = await command(sessionLog([...sessions(350), ...pairs]))
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    const [report] = JSON.parse(out).logs as NextItemReport[]
    for (const method of SEQUENCE_MODEL_NAMES) {
      const of = (setting: string) => figuresOf(report, setting, 'new', method)
      expect(of('static').rows).toBe(of('prequential').rows)
      expect(of('prequential').mrr20, method).toBeGreaterThan(of('static').mrr20! + 0.04)
      expect(report.tuned).toContainEqual(
        expect.objectContaining({ method, new: expect.objectContaining({ epochs: expect.any(Number) }) }),
      )
      for (const { against } of report.comparisons.filter(({ candidate }) => candidate === 'full_system'))
        expect(against.map((one) => one.method)).toContain(method)
    }
  })

  it('refuses a log in which no session before the test period goes on', async () => {
    const single = Array.from({ length: 60 }, (_, s) => [`i${s % 5}`])
    expect(await command(sessionLog([...single, ...sessions(5)]))).toMatchObject({
      code: 1,
      errors: expect.stringContaining('No session before the test period has two actions. Leave out --sequence-models.'),
    })
  })
})
