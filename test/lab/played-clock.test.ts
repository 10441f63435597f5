import { expect, it } from 'vitest'
import { openPlaying } from '../../lab/learning/play-log.ts'
import { playedClock } from '../../lab/played-clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { HOUR } from '../../src/time-units.ts'

const START = Date.UTC(2024, 5, 3)

it('lets slates of a replayed log expire after an hour of the log, and reports no step of the clock', async () => {
  const clock = playedClock()
  const service = await openPlaying(eCommerce, clock)
  clock.arrive(START)
  const steps = service.clockWatch.steps()
  const slate = { userId: 'ann', items: [{ itemId: 'i1' }] }
  await service.store.putSlate({ kind: 'slate', recommendationId: '00-a', userId: 'ann', at: clock.wall(), slate })
  clock.arrive(START + 0.9 * HOUR)
  expect(await service.store.getSlate('00-a')).toBeDefined()
  clock.arrive(START + 1.1 * HOUR)
  expect(await service.store.getSlate('00-a')).toBeUndefined()
  expect(steps + service.clockWatch.steps()).toBe(0)
  await service.close()
})
