/** What the sessions of a user are read from. */
export interface TimedEvent {
  readonly sessionId?: string | null | undefined
  readonly timestamp: string
}

/** A visit of a user, as far as its events are known. */
export interface Visit {
  readonly sessionId: string
  readonly from: number
  readonly until: number
  readonly events: number
}

/** Groups events by their session, the latest session first. Events without a session belong to none. */
export function sessionsOf(events: readonly TimedEvent[]): Visit[] {
  const visits = new Map<string, Visit>()
  for (const { sessionId, timestamp } of events) {
    if (sessionId == null) continue
    const at = Date.parse(timestamp)
    const known = visits.get(sessionId)
    visits.set(sessionId, {
      sessionId,
      from: Math.min(known?.from ?? at, at),
      until: Math.max(known?.until ?? at, at),
      events: (known?.events ?? 0) + 1,
    })
  }
  return [...visits.values()].sort((left, right) => right.until - left.until)
}
