import { describe, expect, it } from 'vitest'
import { easeFitter } from '../../../lab/commands/ease-fitter.ts'
import type { Ease } from '../../../lab/evaluation/ease.ts'
import { Random } from '../../../lab/random.ts'
import type { LoggedEvent } from '../../../src/import/log-lines.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'
import { trainingAvailable } from '../../support/training-environment.ts'
import { sessionLog, tuningLog } from './session-log.ts'

const random = new Random(5, 'sessions of EASE')
/** Sessions of one to seven of eleven items, with repetitions. */
const SESSIONS = Array.from({ length: 120 }, () =>
  Array.from({ length: random.integer(1, 7) }, () => `i${Math.floor(random.uniform() * random.uniform() * 11)}`),
)
const EVENTS = sessionLog(SESSIONS)

/** The inverse by Gauss and Jordan. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const rows = matrix.map((row, i) => [...row, ...matrix.map((_, j) => (i === j ? 1 : 0))])
  for (let i = 0; i < rows.length; i++) {
    const pivot = rows[i][i]
    rows[i] = rows[i].map((value) => value / pivot)
    rows.forEach((row, k) => {
      if (k !== i) rows[k] = row.map((value, j) => value - row[i] * rows[i][j])
    })
  }
  return rows.map((row) => row.slice(matrix.length))
}

/** B of the paper, for the sessions before the test period. */
function referenceMatrix(lambda: number, before: number) {
  const learned = EVENTS.slice(0, before)
  const items = [...new Set(learned.map(({ itemId }) => itemId!))]
  const sessions = [...new Set(learned.map(({ userId }) => userId))].map(
    (userId) => new Set(learned.filter((event) => event.userId === userId).map(({ itemId }) => itemId!)),
  )
  const gram = items.map((i) => items.map((j) => sessions.filter((of) => of.has(i) && of.has(j)).length + (i === j ? lambda : 0)))
  const p = inverse(gram)
  const b = (i: string, j: string) =>
    i === j ? 0 : -p[items.indexOf(i)][items.indexOf(j)] / p[items.indexOf(j)][items.indexOf(j)]
  return { items: items.length, b }
}

async function fit(events: readonly LoggedEvent[]): Promise<{ ease: Ease; before: number }> {
  const { log, before } = await tuningLog(events)
  const plan = { seed: 1, scratch: scratchDirectory(), say: () => {} }
  return { ease: await easeFitter(plan, 'log')(log), before }
}

describe.skipIf(!trainingAvailable)('EASE', () => {
  it('scores items by the matrix of the paper for the sessions before the test period, whatever was asked before', async () => {
    const cut = Math.floor(EVENTS.length * 0.75)
    const { ease, before } = await fit(EVENTS.map((event, at) => (at < cut ? event : { ...event, itemId: `other${at}` })))
    expect(before).toBe(cut)
    try {
      const prefixes = [['i0'], ['i0', 'i3'], ['i0', 'i3', 'i0', 'i5'], ['i2', 'nobody knows', 'i1'], ['i4']]
      for (const kind of ['all', 'new'] as const) {
        const { items, b } = referenceMatrix(ease.options[kind].lambda, before)
        for (const prefix of prefixes) {
          const ranked = ease.ranking({ prefix }).of(kind).best(20)
          const known = [...new Set(prefix)].filter((item) => item !== 'nobody knows')
          const { decay } = ease.options[kind]
          const weight = (of: string) => (decay === 0 ? 1 : Math.exp(-(prefix.length - 1 - prefix.lastIndexOf(of)) / decay))
          const score = (item: string) => known.reduce((sum, of) => sum + weight(of) * b(of, item), 0)
          expect(ranked).toHaveLength(items)
          for (let i = 1; i < ranked.length; i++) expect(score(ranked[i - 1])).toBeGreaterThanOrEqual(score(ranked[i]) - 1e-6)
        }
      }
      expect(
        ease
          .ranking({ prefix: ['nobody knows'] })
          .of('all')
          .best(20),
      ).toEqual([])
    } finally {
      ease.close()
    }
  })
})
