import { eventClock } from '../../src/clock.ts'
import { Enrichment } from '../../src/events/enrichment.ts'
import { Ingest } from '../../src/events/ingest.ts'
import { type LoggedEvent, sessionKeyOf } from '../../src/import/log-lines.ts'
import type { Service } from '../../src/service/service.ts'
import { ChoiceObserver } from '../../src/slate/choice-observer.ts'
import { Recommender } from '../../src/slate/recommender.ts'
import type { StateStore } from '../../src/state/store.ts'
import { systemTimers } from '../../src/timers.ts'
import { type Delay, DelayedState } from './delayed-state.ts'
import { FrozenState } from './frozen-state.ts'
import { NEXT_ITEM_RULES } from './next-items.ts'
import { ObservedStore } from './observed-store.ts'

/** The name of a state that slates are made from. `own` and `shared` are followed by the delay of that part. */
export type ViewName = 'prequential' | 'static' | `own ${number}` | `shared ${number}`

/** A state, and the production pipeline that reads it. */
export interface View {
  readonly name: ViewName
  readonly store: StateStore
  readonly recommender: Recommender
  /** By how much the state that users share comes late, in ms. */
  readonly lag: number
}

/** The states that one playing of a log gives. */
export interface PlayedViews {
  /** Records what the views see. */
  readonly service: Service
  readonly prequential: View
  readonly static: View
  readonly delayed: readonly View[]
  /** The static view shows the session of this event from here on; the delayed ones what has come when it goes on, in ms. */
  show(event: Pick<LoggedEvent, 'userId' | 'sessionId'>, goesOnAt?: number): void
  end(sessionKey: string): void
}

/**
 * @param isLater whether an event that is being recorded belongs to the part of the log before which the static view stands still
 * @param delays in ms, of users' own and of shared state, each by itself
 */
export function openViews(
  service: Service,
  isLater: (event: LoggedEvent) => boolean,
  delays: readonly number[] = [],
): PlayedViews {
  const { store, domain, accumulators, clock } = service
  const now = () => clock.now()
  const frozen = new FrozenState(store, accumulators, domain)
  const viewOf = (name: ViewName, of: StateStore, lag = 0, now = () => clock.now()): View => ({
    name,
    store: of,
    recommender: new Recommender({
      ...service,
      store: of,
      clock: { ...eventClock(), now, wall: () => clock.wall(), monotonic: () => clock.monotonic() },
      partitions: 1,
      ranker: () => undefined,
      firstStage: () => true,
      onFallback: (error) => {
        throw error
      },
    }),
    lag,
  })
  const behind: DelayedState[] = []
  const delayed = delays.flatMap((delay) =>
    (['own', 'shared'] as const).map((which) => {
      const held: Delay = { own: which === 'own' ? delay : 0, shared: which === 'shared' ? delay : 0 }
      const state = new DelayedState(store, accumulators, held, now)
      behind.push(state)
      return viewOf(`${which} ${delay}`, state, held.shared)
    }),
  )
  const observed = new ObservedStore(store, (committed) => {
    // A log is played event by event.
    const [{ event }] = committed.events
    frozen.observe(committed, sessionKeyOf(event), isLater(event))
    for (const state of behind) state.observe(committed)
  })
  const enrichment = new Enrichment(service)
  const prequential = viewOf('prequential', store)
  // What users choose is observed among the candidates that are judged, and however long that takes.
  const choices = new ChoiceObserver({
    ...{ ...service, recommender: prequential.recommender, isOn: () => true },
    ...{ rules: NEXT_ITEM_RULES, timers: { ...systemTimers, after: () => () => {} } },
  })
  const observeChoice: ChoiceObserver['observe'] = (events, userId, user) => choices.observe(events, userId, user)
  return {
    service: { ...service, ingest: new Ingest({ ...service, store: observed, enrichment, observeChoice }) },
    prequential,
    static: viewOf('static', frozen, 0, () => frozen.timeOf(clock.now())),
    delayed,
    show: (event, goesOnAt = clock.now()) => {
      frozen.show(sessionKeyOf(event), clock.now())
      for (const state of behind) state.show(goesOnAt)
    },
    end: (sessionKey) => frozen.end(sessionKey),
  }
}
