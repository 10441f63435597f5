import { expect, it } from 'vitest'
import { ClockSteps } from '../src/clock-steps.ts'
import { DAY, MINUTE } from '../src/time-units.ts'
import { SettableClock } from './support/settable-clock.ts'

it('logs and counts each step of the wall clock beyond five minutes, once, and nothing else', () => {
  const clock = new SettableClock()
  const warnings: string[] = []
  const steps = new ClockSteps(clock, (message) => warnings.push(message))
  clock.advance(30 * DAY)
  expect(steps.count()).toBe(0)
  clock.step(5 * MINUTE)
  expect(steps.count()).toBe(0)
  clock.step(-5 * MINUTE)
  clock.step(730 * DAY)
  expect(steps.count()).toBe(1)
  clock.advance(DAY)
  expect(steps.count()).toBe(1)
  clock.step(-730 * DAY)
  expect(steps.count()).toBe(2)
  expect(steps.count()).toBe(2)
  expect(warnings).toEqual([
    expect.stringMatching(/stepped forward by 63072000 s\. Check its time synchronisation/),
    expect.stringMatching(/stepped back by 63072000 s\. Check its time synchronisation/),
  ])
})
