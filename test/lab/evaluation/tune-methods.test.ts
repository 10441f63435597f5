import { describe, expect, it } from 'vitest'
import { ScoredItems } from '../../../lab/evaluation/ranked-items.ts'
import { SESSION_METHODS } from '../../../lab/evaluation/session-methods.ts'
import { tunable } from '../../../lab/evaluation/tunable-method.ts'
import { tuneMethods } from '../../../lab/evaluation/tune-methods.ts'
import { Random } from '../../../lab/random.ts'
import { sessionLog, tuningLog } from './session-log.ts'

/** A walk around a ring of ten items. */
const walks = (steps: (at: number) => string[]) => {
  const random = new Random(3, 'walks')
  return sessionLog(Array.from({ length: 150 }, () => steps(random.integer(0, 9))))
}
const item = (at: number) => `i${at % 10}`
const rushing = walks((at) => [item(at), item(at + 1), item(at + 2)])
const lingering = walks((at) => [item(at), item(at), item(at + 1), item(at + 1)])

describe('tuning', () => {
  it('never looks at what comes in the test period', async () => {
    const period = Math.floor(rushing.length * 0.75)
    const other = rushing.map((event, at) => (at < period ? event : { ...event, itemId: 'never seen' }))
    const [{ log: whole }, { log: changed }] = [await tuningLog(rushing), await tuningLog(other)]
    // The session that the period cuts in two has its last row before the cut.
    expect([...whole.play(() => true)].map(({ next }) => next)).toEqual([...changed.play(() => true)].map(({ next }) => next))
    const rows = [...whole.play(() => true)]
    expect(rows.length).toBeGreaterThan(20)
    for (const { next } of rows) expect(next.at).toBeLessThan(rushing[period].timestamp)
  })

  it('judges each row before the item that comes next is learned', async () => {
    const newcomers = sessionLog(Array.from({ length: 40 }, (_, s) => [`a${s}`, `b${s}`]))
    const { log } = await tuningLog(newcomers)
    const rows = log.play(() => true)
    let judged = 0
    for (const { next, index, session } of rows) {
      judged++
      expect(index.itemNumber(next.itemId)).toBeUndefined()
      expect(index.itemNumber(session.prefix[0])).toBeDefined()
    }
    expect(judged).toBeGreaterThan(3)
  })

  it('leaves out the item acted on last where nobody acts on it again, and keeps it elsewhere', async () => {
    const methods = { vs_knn: SESSION_METHODS.vs_knn }
    expect(tuneMethods((await tuningLog(rushing)).log, methods, 1).vs_knn.dropsLast).toBe(true)
    expect(tuneMethods((await tuningLog(lingering)).log, methods, 1).vs_knn.dropsLast).toBe(false)
  })

  it('chooses what ranks best for all rows, and for new rows apart', async () => {
    // One variant repeats the last item, another goes on to the next one, and the others know nothing.
    const guess = tunable({ step: 5, of: 1 }, { step: [0, 1, 2, 3, 4, 5], of: [1, 2] }, ({ step }) => (index, { prefix }) => {
      const last = Number(prefix.at(-1)!.slice(1))
      const guessed = index.itemNumber(item(last + step))
      return new ScoredItems(guessed === undefined ? [] : [guessed], [1], (number) => index.itemId(number))
    })
    const { all, new: fresh } = tuneMethods((await tuningLog(lingering)).log, { guess }, 1).guess
    expect([all.parameters.step, fresh.parameters.step]).toEqual([0, 1])
  })

  it('draws the same variants with the same seed, and the standard first', async () => {
    const draw = (seed: number) => SESSION_METHODS.vstan.variants(24, new Random(seed, 'x')).map(({ parameters }) => parameters)
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    expect(draw(1)[0]).toEqual(draw(2)[0])
    expect(new Set(draw(1).map((of) => JSON.stringify(of))).size).toBe(draw(1).length)
  })
})
