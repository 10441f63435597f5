import { DAY } from '../../src/time-units.ts'
import type { UsualSplit } from './public-format.ts'

/** Events in columns, with numbered items and sessions. */
export interface SessionColumns {
  readonly length: number
  readonly itemOf: Int32Array
  readonly sessionOf: Int32Array
  /** In ms. */
  readonly timeOf: Float64Array
  readonly items: number
  readonly sessions: number
}

/** What a session is for. */
export type Split = 'train' | 'test'

/** What is left of a log, and for what. */
export interface SplitSessions {
  /** Whether an event is kept, in the order of the log: 1 or 0. */
  readonly isKept: Uint8Array
  /** Returns the split of a session. */
  splitOf(session: number): Split
}

/**
 * Leaves out rare items and short sessions, and divides the sessions into those for training and those for testing, as session-rec does
 * (Ludewig and Jannach 2018, UMUAI): short sessions, then rare items, then short sessions again. Test sessions start or end in the
 * last days. Of sessions on both sides, only the events on the side of their kind stay, other than in session-rec. Of test sessions, events
 * on items without training events are left out; at last, all sessions that have become short.
 * @param part the training sessions that end last, with about one in so many of the training events; 1 for all of them
 */
export function splitSessions(
  log: SessionColumns,
  { testDays, testBy, leastOfItem, leastOfSession }: UsualSplit,
  part: number,
): SplitSessions {
  const isKept = new Uint8Array(log.length).fill(1)
  const leaveOut = (isLeftOut: (row: number) => boolean): void => {
    for (let row = 0; row < log.length; row++) if (isKept[row] === 1 && isLeftOut(row)) isKept[row] = 0
  }
  const leaveOutShort = (): void => {
    const lengths = counts(isKept, log.sessionOf, log.sessions)
    leaveOut((row) => lengths[log.sessionOf[row]!]! < leastOfSession)
  }

  leaveOutShort()
  const support = counts(isKept, log.itemOf, log.items)
  leaveOut((row) => support[log.itemOf[row]!]! < leastOfItem)
  leaveOutShort()

  const endOf = timesOf(isKept, log, Number.NEGATIVE_INFINITY, Math.max)
  const startOf = timesOf(isKept, log, Number.POSITIVE_INFINITY, Math.min)
  const testFrom = endOf.reduce((latest, end) => Math.max(latest, end), Number.NEGATIVE_INFINITY) - testDays * DAY
  const timeOf = testBy === 'start' ? startOf : endOf
  const isTest = (session: number): boolean => timeOf[session]! >= testFrom
  // A session on both sides: what is on the side of the others would be learned before its time, or judged too early.
  if (leastOfSession > 0) leaveOut((row) => log.timeOf[row]! >= testFrom !== isTest(log.sessionOf[row]!))
  if (part > 1) {
    const from = startOfPart(endOf, counts(isKept, log.sessionOf, log.sessions), isTest, part)
    leaveOut((row) => !isTest(log.sessionOf[row]!) && endOf[log.sessionOf[row]!]! < from)
  }

  const isTrained = new Uint8Array(log.items)
  for (let row = 0; row < log.length; row++)
    if (isKept[row] === 1 && !isTest(log.sessionOf[row]!)) isTrained[log.itemOf[row]!] = 1
  if (leastOfItem > 0) leaveOut((row) => isTest(log.sessionOf[row]!) && isTrained[log.itemOf[row]!] === 0)
  leaveOutShort()
  return { isKept, splitOf: (session) => (isTest(session) ? 'test' : 'train') }
}

/** Number of kept events by item or session. */
function counts(isKept: Uint8Array, of: Int32Array, size: number): Uint32Array {
  const count = new Uint32Array(size)
  for (let row = 0; row < isKept.length; row++) if (isKept[row] === 1) count[of[row]!]!++
  return count
}

/** Time of the first or last kept event of each session, by Math.min or Math.max; `none` without one. */
function timesOf(
  isKept: Uint8Array,
  { sessionOf, timeOf, sessions }: SessionColumns,
  none: number,
  choose: typeof Math.max,
): Float64Array {
  const times = new Float64Array(sessions).fill(none)
  for (let row = 0; row < isKept.length; row++)
    if (isKept[row] === 1) times[sessionOf[row]!] = choose(times[sessionOf[row]!]!, timeOf[row]!)
  return times
}

/** Time of the end of the first training session of the part. */
function startOfPart(endOf: Float64Array, lengths: Uint32Array, isTest: (session: number) => boolean, part: number): number {
  const training = Uint32Array.from(endOf.keys()).filter((session) => lengths[session]! > 0 && !isTest(session))
  training.sort((a, b) => endOf[b]! - endOf[a]!)
  const events = training.reduce((sum, session) => sum + lengths[session]!, 0)
  let taken = 0
  for (const session of training) {
    taken += lengths[session]!
    if (taken >= events / part) return endOf[session]!
  }
  return Number.NEGATIVE_INFINITY
}
