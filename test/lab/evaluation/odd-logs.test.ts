import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NextItemReport } from '../../../lab/evaluation/evaluate-next-items.ts'
import { htmlReport } from '../../../lab/evaluation/report-html.ts'
import { liverank } from '../../support/command.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { itWhenLong } from '../../support/long.ts'
import { evaluate, filler, START, splitLog, train } from './evaluated-sessions.ts'

const TEST = [
  { split: 'test', items: ['a', 'b'] },
  { split: 'test', items: ['c', 'd', 'a'] },
]
const USUAL = splitLog([...train, ...TEST])

function hitRate({ figures }: NextItemReport, method: string) {
  return figures.find((row) => row.setting === 'prequential' && row.rowSet === 'all' && row.method === method)
}

const MODEL = join(import.meta.dirname, '../../../models/default')

const command = (folder: string, ...more: string[]) => {
  const report = ['--report', `${folder}/report.html`]
  return liverank(['evaluate', folder, '--model', MODEL, '--only', 'next_item', '--delays', 'none', ...report, ...more])
}

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
    const page = htmlReport([report], { command: 'evaluate', madeAt: 'today', code: 'commit 1' })
    expect(page).toContain('(no interval)')
    expect(page).not.toContain('NaN')
  })

  it('counts visits as users if each visit has a user of its own, and gives no bounds for fewer than 20', async () => {
    const visits = (count: number) => Array.from({ length: count }, () => ({ split: 'test', items: ['a', 'b', 'c', 'd'] }))
    for (const count of [19, 20]) {
      const { comparisons } = await evaluate(splitLog([...train, ...visits(count)]))
      expect(comparisons.map(({ rows, users }) => [rows, users])).toEqual(Array(4).fill([3 * count, count]))
      const bounds = comparisons.flatMap(({ against }) => against.map((one) => one.bounds !== null))
      expect(new Set(bounds)).toEqual(new Set([count === 20]))
    }
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

  it('refuses events of the same time that are not in the order of their ids', async () => {
    const ids = ['e900-1', 'e900-0']
    const events = USUAL.map((event, i) => (i < 2 ? { ...event, eventId: ids[i], timestamp: START } : event))
    await expect(evaluate(events)).rejects.toThrow('sorts before it')
  })
})

describe('the command evaluate', () => {
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

  itWhenLong('gives the same figures whatever the ids of the actions of a user at one time are', async () => {
    const bursts = splitLog([...train, ...TEST.map(({ split }) => ({ split, items: ['a', 'b', 'c', 'd', 'x'], gap: 0 }))])
    const turned = bursts.map(({ eventId, ...event }) => ({
      ...event,
      eventId: `${eventId.slice(0, -1)}${9 - Number(eventId.at(-1))}`,
    }))
    const sorted = turned.sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1))
    expect(sorted.map(({ itemId }) => itemId)).not.toEqual(bursts.map(({ itemId }) => itemId))
    const [figures, others] = await Promise.all(
      [bursts, sorted].map(async (events) => {
        const { out } = await command(loggedFolder(events).folder, '--json')
        return JSON.parse(out).logs[0].figures
      }),
    )
    expect(figures.length).toBeGreaterThan(0)
    expect(others).toEqual(figures)
  })
})
