import { type Clock, eventClock } from '../src/clock.ts'

/**
 * Makes a clock that nothing but events moves, for programs that play days in seconds: state, served slates and intervals all age
 * by the time of the events.
 * @param start time before the first event, in ms since 1970
 */
export function playedClock(start = 0): Clock {
  const events = eventClock(start)
  return { ...events, wall: events.now, monotonic: events.now }
}
