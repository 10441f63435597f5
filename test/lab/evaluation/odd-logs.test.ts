import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NextItemReport } from '../../../lab/evaluation/evaluate-next-items.ts'
import { htmlReport } from '../../../lab/evaluation/report-html.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { liverank } from '../../support/command.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { evaluate, filler, splitLog, train } from './evaluated-sessions.ts'

const TEST = [
  { split: 'test', items: ['a', 'b'] },
  { split: 'test', items: ['c', 'd', 'a'] },
]
const USUAL = splitLog([...train, ...TEST])

function hitRate({ figures }: NextItemReport, method: string) {
  return figures.find((row) => row.setting === 'prequential' && row.rowSet === 'all' && row.method === method)
}

const MODEL = join(import.meta.dirname, '../../../models/default')

const command = (folder: string) =>
  liverank(['evaluate', folder, '--model', MODEL, '--only', 'next_item', '--delays', 'none', '--report', `${folder}/report.html`])

describe('an evaluation', () => {
  it('has no doubts about a usual log', async () => {
    expect((await evaluate(USUAL)).doubts).toEqual([])
  })

  it('gives no intervals for a log of one user, and says why', async () => {
    const report = await evaluate(USUAL.map((event) => ({ ...event, userId: 'only' })))
    expect(report.test.users).toBe(1)
    expect(hitRate(report, 'vs_knn')).toMatchObject({
      hr20: expect.any(Number),
      intervals: { hr20: [Number.NaN, Number.NaN] },
    })
    expect(report.doubts).toEqual([expect.stringContaining('All rows are of one user')])
    const page = htmlReport([report], 'evaluate', 'today')
    expect(page).toContain('(no interval)')
    expect(page).not.toContain('NaN')
  })

  it('says how many events for training come after the first one for testing', async () => {
    const report = await evaluate(splitLog([...train, TEST[0]!, { split: 'train', items: ['x', 'y', 'z'] }, TEST[1]!]))
    expect(report.test).toMatchObject({ split: 'declared', rows: 3 })
    expect(report.doubts).toEqual([expect.stringMatching(/^3 events with split train are later/)])
  })

  it('treats all events of a user as one session if the log has none', async () => {
    const report = await evaluate(USUAL.map(({ sessionId: _, ...event }) => event))
    expect(report.test).toMatchObject({ rows: 3, users: 2 })
  })

  it('hits nothing in a log in which each item comes once', async () => {
    const report = await evaluate(USUAL.map((event, i) => ({ ...event, itemId: `i${i}` })))
    for (const { method, hr20: rate } of report.figures) expect({ method, rate }).toEqual({ method, rate: 0 })
  })

  it('separates repeats from rows with a new item', async () => {
    const repeats = { split: 'test', items: ['a', 'a', 'a', 'a', 'b'] }
    const { figures } = await evaluate(splitLog([...train, repeats]))
    const rows = (rowSet: string) => figures.find((row) => row.rowSet === rowSet)?.rows
    expect({ all: rows('all'), new: rows('new') }).toEqual({ all: 4, new: 1 })
  })

  it('takes events of the same second in the order of their ids', async () => {
    const burst = (ids: readonly string[]): LoggedEvent[] =>
      splitLog([...train, { split: 'test', items: ['a', 'b'], gap: 0 }]).map((event, i, { length }) =>
        i < length - 2 ? event : { ...event, eventId: ids[i - length + 2]! },
      )
    expect((await evaluate(burst(['e900-0', 'e900-1']))).test.rows).toBe(1)
    await expect(evaluate(burst(['e900-1', 'e900-0']))).rejects.toThrow('sorts before it')
  })
})

describe('the command evaluate', { timeout: 60_000 }, () => {
  it('refuses a log with times in seconds', async () => {
    const { folder } = loggedFolder(USUAL.map((event) => ({ ...event, timestamp: Math.floor(event.timestamp / 1000) })))
    const { code, errors } = await command(folder)
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringContaining('send milliseconds, not seconds') })
  })

  it('refuses a log whose events are all of one moment', async () => {
    const { folder } = loggedFolder(
      splitLog(filler).map(({ eventAttributes: _, ...event }) => ({ ...event, timestamp: 1_700_000_000_000 })),
    )
    const { code, errors } = await command(folder)
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringContaining('no event comes before the test period') })
  })
})
