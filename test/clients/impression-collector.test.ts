import { expect, it } from 'vitest'
import { type Impression, ImpressionCollector } from '../../clients/typescript/src/impression-collector.ts'
import { PassingClock } from './device.ts'

function started() {
  const clock = new PassingClock()
  const impressions: Impression[] = []
  const record = (impression: Impression) => void impressions.push(impression)
  const collector = new ImpressionCollector({ record, clock, dwellMs: 1000, visibleShare: 0.5, gatherMs: 500 })
  const at = (position: number, recommendationId = 'a') => ({ recommendationId, position, surface: 'home' })
  return { clock, impressions, collector, at }
}

it('reports items that were visible long enough, those of a slate in one event, and each once', () => {
  const { clock, impressions, collector, at } = started()
  for (const position of [2, 1, 3]) collector.show(at(position))
  clock.pass(900)
  collector.hide(at(3))
  clock.pass(100)
  expect(impressions).toEqual([])
  clock.pass(500)
  const seen = { eventType: 'impression', recommendationId: 'a', positions: [1, 2], eventAttributes: { surface: 'home' } }
  expect(impressions).toEqual([seen])
  for (const position of [1, 2]) collector.hide(at(position))
  for (const position of [1, 2, 3]) collector.show(at(position))
  collector.show(at(1, 'b'))
  clock.pass(1500)
  expect(impressions.slice(1)).toEqual([
    { ...seen, positions: [3] },
    { ...seen, recommendationId: 'b', positions: [1] },
  ])
})

it('does not count time in which the page is hidden, and reports at once when it is', () => {
  const { clock, impressions, collector, at } = started()
  collector.show(at(1))
  clock.pass(1000)
  collector.show(at(2))
  clock.pass(100)
  collector.setHidden(true)
  expect(impressions.map(({ positions }) => positions)).toEqual([[1]])
  collector.show(at(3))
  clock.pass(100_000)
  collector.setHidden(false)
  clock.pass(999)
  expect(impressions).toHaveLength(1)
  clock.pass(501)
  expect(impressions.slice(1).map(({ positions }) => positions)).toEqual([[2, 3]])
})

it('reports what was seen when it is closed, and nothing after that', () => {
  const { clock, impressions, collector, at } = started()
  collector.show(at(1))
  clock.pass(1000)
  collector.show(at(2))
  collector.close()
  clock.pass(10_000)
  expect(impressions.map(({ positions }) => positions)).toEqual([[1]])
})
