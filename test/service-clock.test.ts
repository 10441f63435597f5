import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClockWatch } from '../src/service/clock-watch.ts'
import { ServiceClock } from '../src/service-clock.ts'
import { DAY, HOUR, MINUTE } from '../src/time-units.ts'
import { checkProperty } from './support/check-property.ts'
import { SettableClock, START } from './support/settable-clock.ts'

const YEAR = 365 * DAY

function begun(machine: SettableClock, noted?: number, checked?: number): ServiceClock {
  const clock = new ServiceClock(machine, { checked })
  clock.begin(noted)
  return clock
}

function watched(machine = new SettableClock()) {
  const said: string[] = []
  const noted: number[] = []
  const noteTime = async (time: number) => void noted.push(time)
  const say = (message: string) => void said.push(message)
  const watch = new ClockWatch({ clock: begun(machine), noteTime, warn: say, inform: say })
  return { machine, watch, said, noted }
}

describe('the time of a service', () => {
  it.each([
    ['follows a clock that was off for a day', DAY, DAY],
    ['stays at the last time of the store if the clock is behind it', -HOUR, 0],
    ['does not follow a clock that is ahead', DAY + 1, 0],
    ['does not follow a clock that is years ahead', 30 * YEAR, 0],
    ['does not follow a clock that is behind', -DAY - 1, 0],
  ])('%s at a start', (_, off, expected) => {
    const machine = new SettableClock(START + off)
    const clock = begun(machine, START)
    expect(clock.wall() - START).toBe(expected)
    expect(clock.disagreement()).toBe(Math.abs(off) > DAY ? off : 0)
  })

  it.each([
    ['on that day', 400 * DAY, 400 * DAY, true],
    ['on the day after', 400 * DAY, 399 * DAY, true],
    ['earlier', 400 * DAY, 390 * DAY, false],
    ['for a clock that is behind', -400 * DAY, -400 * DAY, false],
  ])('follows a clock that the operator checked: %s', (_, off, checkedOff, follows) => {
    const checked = Math.floor((START + checkedOff) / DAY) * DAY
    const clock = begun(new SettableClock(START + off), START, checked)
    expect(clock.wall() - START).toBe(follows ? off : 0)
    expect(clock.disagreement()).toBe(follows ? 0 : off)
  })

  it('begins at the clock for a new store, but not at one that was never set', () => {
    expect(begun(new SettableClock(START)).wall()).toBe(START)
    expect(() => begun(new SettableClock(0))).toThrow(/The clock of this machine says 1970-01-01.*never set/)
    expect(begun(new SettableClock(0), START).wall()).toBe(START)
  })

  it('begins at the latest time of the log for a store that noted none', () => {
    const clock = new ServiceClock(new SettableClock(START + 30 * DAY))
    for (const time of [START - DAY, START, START - HOUR]) clock.arrive(time)
    clock.begin()
    expect(clock.wall()).toBe(START)
  })

  it('never falls, and is ahead of the time that passed by a day at most, however the clock steps', async () => {
    const act = fc.record({
      step: fc.oneof(fc.integer({ min: -2 * DAY, max: 2 * DAY }), fc.integer({ min: -30 * YEAR, max: 30 * YEAR })),
      passes: fc.integer({ min: 0, max: 10 * DAY }),
    })
    const property = fc.property(fc.array(act), (acts) => {
      const machine = new SettableClock()
      const clock = begun(machine, START)
      let before = START
      for (const { step, passes } of acts) {
        machine.step(step)
        expect(clock.wall()).toBeGreaterThanOrEqual(before)
        machine.advance(passes)
        const now = clock.wall()
        expect(now - before).toBeGreaterThanOrEqual(Math.floor(0.99 * passes) - 1)
        expect(now - machine.monotonic()).toBeLessThanOrEqual(DAY)
        before = now
      }
    })
    await checkProperty(property, 300)
  })

  it('moves a time that a client sent by the clock of the machine, while that clock is wrong', () => {
    const machine = new SettableClock()
    const clock = begun(machine, START)
    expect(clock.ofClient(START - 8 * DAY)).toBe(START - 8 * DAY)
    for (const off of [400 * DAY, -400 * DAY]) {
      machine.step(off)
      for (const age of [0, HOUR, 8 * DAY]) {
        expect(clock.ofClient(START + off - age)).toBe(START - age)
        expect(clock.ofClient(START - age)).toBe(START - age)
      }
      machine.step(-off)
    }
  })

  it('is that of the events in a replay', () => {
    const machine = new SettableClock(START, true)
    const clock = new ServiceClock(machine, { isReplay: true })
    clock.begin()
    clock.arrive(START + 400 * DAY)
    expect(clock.now()).toBe(START + 400 * DAY)
    expect(clock.at(START + 500 * DAY)).toBe(START + 500 * DAY)
  })
})

describe('the watch of a clock', () => {
  it('logs and counts each step beyond five minutes, once, and nothing else', () => {
    const { machine, watch, said } = watched()
    machine.advance(30 * DAY)
    expect(watch.steps()).toBe(0)
    machine.step(5 * MINUTE)
    expect(watch.steps()).toBe(0)
    machine.step(-5 * MINUTE)
    machine.step(730 * DAY)
    expect(watch.steps()).toBe(1)
    machine.advance(DAY)
    expect(watch.steps()).toBe(1)
    machine.step(-730 * DAY)
    expect(watch.steps()).toBe(2)
    expect(watch.steps()).toBe(2)
    expect(said).toEqual([
      expect.stringMatching(/stepped forward by 63072000 s\. Check its time synchronisation/),
      expect.stringMatching(/stepped back by 63072000 s\. Check its time synchronisation/),
    ])
  })

  it('warns once while the clock differs by more than a day, and says when it is right again', () => {
    const { machine, watch, said } = watched()
    watch.check()
    expect(said).toEqual([])
    for (const [off, text] of [
      [400 * DAY, /2026-04-07.*400\.0 days ahead of the time of the service, 2025-03-03.*CLOCK_CHECKED=2026-04-07/],
      [-400 * DAY, /2024-01-28.*400\.0 days behind the time of the service.*correct it\.$/],
    ] as const) {
      machine.step(off)
      for (let n = 0; n < 3; n++) watch.check()
      expect(watch.disagreement).toBe(off)
      machine.step(-off)
      for (let n = 0; n < 3; n++) watch.check()
      expect(watch.disagreement).toBe(0)
      const [stepped, warned, back, ended, ...more] = said.splice(0)
      expect([stepped, back]).toEqual([expect.stringContaining('stepped'), expect.stringContaining('stepped')])
      expect(warned).toMatch(text)
      expect(ended).toMatch(/right again/)
      expect(more).toEqual([])
    }
  })

  it('records the time at once, every hour, and at the end', async () => {
    const { machine, watch, noted } = watched()
    await watch.start()
    for (let minutes = 0; minutes < 90; minutes++) {
      machine.advance(MINUTE)
      watch.check()
    }
    machine.step(400 * DAY)
    machine.advance(HOUR)
    await watch.stop()
    expect(noted).toEqual([START, START + HOUR, START + 2.5 * HOUR])
  })
})
