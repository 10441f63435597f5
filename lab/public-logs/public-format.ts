import { MINUTE } from '../../src/time-units.ts'
import type { OriginalLog } from './original-log.ts'
import type { SourceFiles } from './source-files.ts'

/** What the literature leaves out of a log, and on which sessions it tests. */
export interface UsualSplit {
  /** The last days of the log, of which the sessions are for testing. */
  readonly testDays: number
  /** Whether these are the sessions that start in the last days, or those that end in them. */
  readonly testBy: 'start' | 'end'
  /** Items with fewer events are left out; of test sessions, also items without training events, unless this is 0. */
  readonly leastOfItem: number
  /** Sessions with fewer events are left out, before and after the items, and sessions on both sides are cut, unless this is 0. */
  readonly leastOfSession: number
}

/** A public log in the form in which it was published. */
export interface PublicFormat {
  /** Name of the format on the command line. */
  readonly name: string
  /** Says what the log is, and which files are read, as the rest of a sentence for --help. */
  readonly summary: string
  /** Split of the literature; undefined if it has none in time, so that the last quarter of the events is for testing. */
  readonly usual: UsualSplit | undefined
  /** Longest pause within a session, in ms, for logs without sessions; undefined if the log has sessions. */
  readonly pause?: number
  /** Key of `eventAttributes` that holds the number of an event; undefined if the log has none. */
  readonly amount?: 'price' | 'rating'
  /** Whether the order of events of a user at the same time means nothing, so that it is shuffled. */
  readonly shufflesTies?: true
  /**
   * Reads the files into the log.
   * @throws InvalidInputError if a file is missing
   * @throws LiverankError UNUSABLE_DATA if a file is not what was published
   */
  read(files: SourceFiles, log: OriginalLog): Promise<void>
}

/** Thirty minutes in ms: the longest pause within a session, as in most of the literature. */
export const HALF_AN_HOUR = 30 * MINUTE
