import type { EventOutcome } from '../../src/events/arriving-event.ts'

/** What a client is told of an event; `version` is 0 where there is none. */
export interface Answer {
  readonly status: EventOutcome['status']
  readonly version: number
}

export function answersOf(outcomes: readonly EventOutcome[]): Answer[] {
  return outcomes.map((outcome) => ({ status: outcome.status, version: 'userVersion' in outcome ? outcome.userVersion : 0 }))
}
