import type { LoggedEvent, LoggedSlate } from '../../src/import/log-lines.ts'
import type { LogProblems } from '../../src/import/log-problems.ts'
import type { Service } from '../../src/service.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import type { GradedSlate } from './graded-slates.ts'
import type { NextItems } from './next-items.ts'

/** An event as labels see it. Its number is its place among all events of the log, from 0. */
export interface SeenEvent {
  readonly event: LoggedEvent
  /** The slate that it names, where that is known. */
  readonly slate: LoggedSlate | undefined
  /** Whether it tells of nothing: it was logged and not counted, or is of someone who was erased. */
  readonly ignored: boolean
}

/**
 * Right after an event, the moment at which a subscriber gets a slate for what comes next; or right before a session's first event, on the
 * clock of the event before that in the log, as when a page is opened.
 */
export interface NextMoment {
  /** Number of the event in the log, from 0. */
  readonly number: number
  readonly event: LoggedEvent
  /** Whether the session is about to begin with that event. */
  readonly isFirst: boolean
  readonly itemId: string
  /** What the service is asked. */
  readonly request: SlateRequest
}

/** What answers at a moment of a log: the production candidate generator and feature code on the state of that moment. */
export type Played = Pick<Service, 'recommender'>

/** A log to learn from, which can be read several times over. */
export interface TrainingLog {
  readonly folder: string
  /** SHA-256 of what it holds, hex. */
  hash(): Promise<string>
  /**
   * All events, in the order of the log. Broken lines and repetitions are left out and counted in `problems`.
   * @throws LiverankError UNUSABLE_DATA or DAMAGED_LOG where it cannot be learned from
   */
  events(problems: LogProblems): AsyncGenerator<SeenEvent>
  /** Plays the first `until` events, and calls wherever a session begins, or goes on, with an item. */
  playNext(
    next: Pick<NextItems, 'byEvent' | 'firsts'>,
    until: number,
    onMoment: (moment: NextMoment, played: Played) => Promise<void>,
  ): Promise<void>
  /**
   * Plays the first `until` events, and calls where these slates were decided.
   * @param shown by `GradedSlate.decision`
   */
  playShown(
    shown: ReadonlyMap<number, GradedSlate>,
    until: number,
    onSlate: (slate: GradedSlate, request: SlateRequest, played: Played) => Promise<void>,
  ): Promise<void>
}
