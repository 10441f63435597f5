import type { Rejection } from '../auth/rejection.ts'
import type { ClientCode } from '../errors.ts'

/** Kinds of operations, by the first field of an operation. A document that cannot be parsed or validated is `other`. */
export const OPERATION_KINDS = ['recordEvent', 'recordEvents', 'recommendations', 'subscribeRecommendations', 'other'] as const
export type OperationKind = (typeof OPERATION_KINDS)[number]

/** `OK`, or the code of the first error of the answer. */
export type OutcomeCode = 'OK' | ClientCode

/** Kinds of work that wait or are refused because of a rate, or of a limit on the number that is open at the same time. */
export const LIMITED = ['operation', 'connection', 'socket', 'stream', 'message'] as const
export type Limited = (typeof LIMITED)[number]

/** Receives the actions of clients. Its methods are called for each operation, and must return at once. */
export interface ServerObserver {
  /** An operation begins. */
  began(): void
  /**
   * An operation was answered, or refused after it began; of a subscription, its stream was opened or refused.
   * @param tookMs time since it began, in ms
   */
  answered(kind: OperationKind, code: OutcomeCode, tookMs: number): void
  /** An operation was refused before it began: on a WebSocket, or because its sender or address has too few points. */
  refused(code: OutcomeCode): void
  /** A request or an upgrade was refused before GraphQL, with this HTTP status. */
  turnedAway(status: number): void
  /** A caller showed no valid token or key. */
  unauthenticated(why: Rejection): void
  /** A rate or a limit was reached, other than that of an operation. */
  limited(what: Exclude<Limited, 'operation'>): void
  /** A WebSocket was closed. @param code with which the service closed it, or else that of the client */
  socketClosed(code: number): void
}
