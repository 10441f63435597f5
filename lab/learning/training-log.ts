import type { LoggedEvent, LoggedSlate } from '../../src/import/log-lines.ts'
import type { LogProblems } from '../../src/import/log-problems.ts'
import type { Recommender } from '../../src/slate/recommender.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import type { GivenOrder } from './given-order.ts'
import type { GradedSlate } from './graded-slates.ts'
import type { NextItem, NextItems } from './next-items.ts'

/** An event as labels use it. Its number is its place among all events of the log, from 0. */
export interface SeenEvent {
  readonly event: LoggedEvent
  /** The slate that the event names, if it is known. */
  readonly slate: LoggedSlate | undefined
  /** Whether the event produces no label: it was not counted, or its user was erased. */
  readonly ignored: boolean
}

/**
 * A moment at which a subscriber gets a slate. It is right after an event, or right before a session's first event, as when a
 * page is opened. In the second case the clock shows the time of the previous event of the log.
 */
export interface NextMoment {
  /** Number of the event in the log, from 0. */
  readonly number: number
  readonly event: LoggedEvent
  /** Whether the moment is right before the session's first event. */
  readonly isFirst: boolean
  readonly next: NextItem
  /** The request to the service. */
  readonly request: SlateRequest
}

/** The production candidate generator and feature code, on the state of a moment of a log. */
export interface Played {
  readonly recommender: Recommender
  /** The same on the state at the start of the later part of the log, plus the session at hand; undefined where the log has no such part. */
  readonly frozen?: Recommender | undefined
}

/** What is played of a log. */
export interface PlayedPart {
  /** Number of events to play. */
  readonly until: number
  /** Number of the first event of the later part, from which on `Played.frozen` learns nothing but sessions. */
  readonly frozenFrom: number
}

/** A log to learn from, which can be read several times. */
export interface TrainingLog {
  readonly folder: string
  /** Surfaces whose lists another system made, and will give to the service in the same order. */
  readonly givenOrder: GivenOrder
  /** Returns the SHA-256 of the log's content, in hex. */
  hash(): Promise<string>
  /**
   * Yields all events, in the order of the log. Broken lines and repetitions are left out and counted in `problems`.
   * @throws LiverankError UNUSABLE_DATA or DAMAGED_LOG if the log is not fit to learn from
   */
  events(problems: LogProblems): AsyncGenerator<SeenEvent>
  /** Calls `onMoment` wherever a session begins or goes on with an item. */
  playNext(
    next: Pick<NextItems, 'byEvent' | 'firsts' | 'lasts'>,
    part: PlayedPart,
    onMoment: (moment: NextMoment, played: Played) => Promise<void>,
  ): Promise<void>
  /**
   * Calls `onSlate` at the moments of the decisions of these slates.
   * @param shown slates by `GradedSlate.decision`
   */
  playShown(
    shown: ReadonlyMap<number, GradedSlate>,
    part: PlayedPart,
    onSlate: (slate: GradedSlate, request: SlateRequest, played: Played) => Promise<void>,
  ): Promise<void>
}

/** Yields the events of a log. Ignored events are replaced by events about no item, so that the numbers of events stay the same. */
export async function* actingEvents(log: TrainingLog, problems: LogProblems): AsyncGenerator<LoggedEvent> {
  for await (const { event, ignored } of log.events(problems)) yield ignored ? { ...event, itemId: undefined } : event
}
