import { setTimeout as wait } from 'node:timers/promises'
import { wallClock } from '../clock.ts'
import { clockWarning } from '../service/clock-watch.ts'
import type { Config } from '../service/config.ts'
import { ServiceClock } from '../service-clock.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

/** How long the clocks are compared with each other, in ms. */
const WATCHED_MS = 500
/** The wall clock may move by this much against the monotonic one meanwhile: more is a step, or a very fast correction. In ms. */
const STEP_MS = 50
/** Before the first version of this service: a clock that was never set. */
const TOO_EARLY = Date.UTC(2024, 0, 1)

const ADVICE = 'Check the time synchronisation of this machine (timedatectl): its clock dates events and decays counters.'

/** Checks that the wall clock of this machine was set, and that it does not step while it is watched. */
export async function examineClock(): Promise<Finding[]> {
  const offset = Date.now() - performance.now()
  await wait(WATCHED_MS)
  const step = Date.now() - performance.now() - offset
  const now = new Date().toISOString()
  if (Date.now() < TOO_EARLY) return [problem('clock', `The clock of this machine says ${now}.`, ADVICE)]
  if (Math.abs(step) > STEP_MS)
    return [warning('clock', `The clock of this machine moved by ${Math.round(step)} ms within ${WATCHED_MS} ms.`, ADVICE)]
  return [ok('clock', `The clock of this machine says ${now} and runs steadily.`)]
}

/**
 * Checks that a service which starts now believes the clock of this machine.
 * @param last latest time that a process of the store has seen, in ms since 1970; undefined if the store has no record of it
 */
export function examineLastTime(last: number | undefined, { CLOCK, CLOCK_CHECKED: checked }: Config): Finding[] {
  if (last === undefined || CLOCK === 'events') return []
  const clock = new ServiceClock(wallClock(), { checked })
  clock.begin(last)
  const message = clockWarning(clock)
  return message === undefined ? [] : [warning('clock', message)]
}
