import { actsFor, type Principal } from '../auth/principal.ts'
import { InvalidInputError, OverloadedError, UnreadableStateError } from '../errors.ts'
import type { EventOutcome as EventOutcomeModel } from '../events/arriving-event.ts'
import type { Ingest } from '../events/ingest.ts'
import { atMost } from './argument-checks.ts'
import { builder } from './builder.ts'
import { ErrorInterface, type ErrorModel, InvalidInput, invalidInput, orError, resultType } from './error.ts'
import { EventWarning, NotCountedReason } from './event.ts'
import { RecordEventInput } from './event-input.ts'
import { withSlateId } from './record-event.ts'
import { eventBytes } from './stored-bytes.ts'

type EventRows = Parameters<Ingest['record']>[0]

/**
 * Records the events that the caller may record. Others are rejected row by row: a queue of a device that holds events of the user
 * before must still drain.
 * @returns the outcomes in the order of the rows
 */
async function recordOwnEvents(ingest: Ingest, principal: Principal, rows: EventRows): Promise<readonly EventOutcomeModel[]> {
  if (principal.role !== 'device') return ingest.record(rows)
  const isOwn = rows.map(({ userId }) => actsFor(principal, userId))
  const own = rows.filter((_, i) => isOwn[i])
  const foreign = rows.filter((_, i) => !isOwn[i])
  const error = new InvalidInputError('userId: a device records events of its own user only.', 'userId')
  const rejected = (foreign.length === 0 ? [] : ingest.reject(foreign, error)).values()
  const recorded = (own.length === 0 ? [] : await ingest.record(own, 'device')).values()
  return isOwn.map((owns) => (owns ? recorded : rejected).next().value!)
}

const MAX_BATCH = 1000
/** Complexity of recording an event of a batch. */
const EVENT_COST = 45

const RecordStatus = builder.enumType('RecordStatus', {
  description:
    'What the service did with one event of a call of `recordEvents`. `counted`, `notCounted` and `error` are other fields of the answer for this event.',
  values: {
    RECORDED: { description: 'The event is now stored. `counted` says whether it counts.' },
    DUPLICATE: { description: 'An event with this `eventId` was already stored, so nothing changed.' },
    DISCARDED: { description: 'The event is valid, but not stored. `notCounted` says why. Do not send it again.' },
    REJECTED: { description: 'The event is invalid. `error` says why. Do not send it again unchanged.' },
    UNAVAILABLE: {
      description:
        'The store did not answer, or the service has too much to do. So the event may or may not be stored. Send it again with the same `eventId`, so that it does not count twice.',
    },
    FAILED: {
      description:
        'The event is not recorded, because the stored data of the user is damaged, or because the service has a defect. Send the event again once an operator has repaired the cause.',
    },
  } as const,
})

/** Returns why an event could not be recorded, as far as clients may know. */
function failureOf(error: Error): ErrorModel {
  if (error instanceof UnreadableStateError) return { code: 'UNREADABLE_STATE', message: error.message }
  return { code: 'INTERNAL_SERVER_ERROR', message: 'Unexpected error.' }
}

const EventFailure = builder.objectRef<ErrorModel>('EventFailure').implement({
  description:
    "Why an event was not recorded. Code `UNREADABLE_STATE`: the user's stored state cannot be read. Code `INTERNAL_SERVER_ERROR`: the service has a defect. Its log has the details.",
  interfaces: [ErrorInterface],
})

const EventOutcome = builder.objectRef<{ index: number; outcome: EventOutcomeModel }>('EventOutcome').implement({
  description: 'The outcome for one event of a call of `recordEvents`.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Index of the event in the input, from 0.' }),
    eventId: t.id({
      nullable: true,
      description:
        'Id of the event, as the client sent it. If the client sent none, the server made one. Null for a rejected event without an id.',
      resolve: ({ outcome }) => ('event' in outcome ? outcome.event.eventId : outcome.eventId),
    }),
    status: t.field({
      type: RecordStatus,
      description:
        'Whether the event is stored, and if not, why. Keep an event in your queue, to send it again, only if the status is `UNAVAILABLE` or `FAILED`.',
      resolve: ({ outcome }) => outcome.status,
    }),
    counted: t.boolean({
      description:
        'True if the event counts: it changes the state of the user and the totals of the items. False if the event is not stored, or has a reason in `notCounted`. For a duplicate, the value is the one of the event that was recorded first.',
      resolve: ({ outcome }) => 'event' in outcome && outcome.notCounted === undefined,
    }),
    notCounted: t.field({
      type: NotCountedReason,
      nullable: true,
      description:
        'Why a valid event does not count. Null if the event counts, or if the status is `REJECTED`, `UNAVAILABLE` or `FAILED`.',
      resolve: ({ outcome }) => ('event' in outcome ? outcome.notCounted : null),
    }),
    warnings: t.field({
      type: [EventWarning],
      complexity: { field: 1, multiplier: 1 },
      description:
        'Likely mistakes in the event, such as the id of an unknown slate: at most 25. Empty if none was found, or if the event is not stored.',
      resolve: ({ outcome }) => ('event' in outcome ? [...outcome.warnings] : []),
    }),
    userVersion: t.int({
      nullable: true,
      description:
        "The user's version (a number that rises with each change of the user's stored data) after the event. Null if the status is `REJECTED`, `UNAVAILABLE` or `FAILED`.",
      resolve: ({ outcome }) => ('userVersion' in outcome ? outcome.userVersion : null),
    }),
    error: t.field({
      type: InvalidInput,
      nullable: true,
      description: 'What is wrong with the event. Null unless the status is `REJECTED`.',
      resolve: ({ outcome }) => (outcome.status === 'REJECTED' ? invalidInput(outcome.error) : null),
    }),
    failure: t.field({
      type: EventFailure,
      nullable: true,
      description: 'Why the event could not be recorded. Null unless the status is `FAILED`.',
      resolve: ({ outcome }) => (outcome.status === 'FAILED' ? failureOf(outcome.error) : null),
    }),
  }),
})

const RecordEventsPayload = builder.objectRef<readonly EventOutcomeModel[]>('RecordEventsPayload').implement({
  description: 'The outcomes of a call of `recordEvents`. An invalid event never affects the other events of the call.',
  fields: (t) => {
    const count = (status: EventOutcomeModel['status'], description: string) =>
      t.int({ description, resolve: (outcomes) => outcomes.filter((outcome) => outcome.status === status).length })
    return {
      recorded: count('RECORDED', 'Number of events that this call stored.'),
      duplicates: count('DUPLICATE', 'Number of events that were already stored before, and so not stored again.'),
      discarded: count(
        'DISCARDED',
        'Number of valid events that were not stored, because their users have opted out or have not consented.',
      ),
      rejected: count('REJECTED', 'Number of invalid events.'),
      unavailable: count(
        'UNAVAILABLE',
        'Number of events with the status `UNAVAILABLE`, because the store did not answer or the service has too much to do. Send these events again.',
      ),
      retryAfterMs: t.int({
        nullable: true,
        description:
          'How long to wait, in ms, before you send the events with the status `UNAVAILABLE` again. Null if there are no such events. Also null if the service cannot say how long: then wait longer with each attempt.',
        resolve: (outcomes) => {
          const errors = outcomes.flatMap((outcome) => (outcome.status === 'UNAVAILABLE' ? [outcome.error] : []))
          return errors.find((error) => error instanceof OverloadedError)?.retryAfterMs
        },
      }),
      failed: count(
        'FAILED',
        'Number of events that could not be recorded, because the stored state cannot be read or the service has a defect.',
      ),
      // The batch multiplies it by its events.
      results: t.field({
        type: [EventOutcome],
        description: 'One outcome for each event, at most 1,000, in the order of the input.',
        complexity: { field: 1, multiplier: 1 },
        resolve: (outcomes) => outcomes.map((outcome, index) => ({ index, outcome })),
      }),
    }
  },
})

const RecordEventsResult = resultType('RecordEvents', RecordEventsPayload)

const RecordEventsInput = builder.inputType('RecordEventsInput', {
  description: 'The events that the mutation records.',
  fields: (t) => ({
    events: t.field({
      type: [RecordEventInput],
      required: true,
      description: '1 to 1,000 events, of one user or of several.',
    }),
  }),
})

builder.mutationField('recordEvents', (t) =>
  t.field({
    type: RecordEventsResult,
    nullable: true,
    description:
      'Records 1 to 1,000 events. The HTTP body may have at most 4 MiB. A WebSocket message may have at most 256 KiB from a device (an app of one user), and 1 MiB from other callers.',
    args: { input: t.arg({ type: RecordEventsInput, required: true, description: 'The events.' }) },
    complexity: ({ input }) => {
      const events = Math.min(input.events.length, MAX_BATCH)
      return { field: EVENT_COST * events, multiplier: events }
    },
    resolve: (_, { input }, { service, principal, storage }) =>
      orError(async () => {
        if (input.events.length === 0) throw new InvalidInputError('events is empty: send at least one event.', 'events')
        const events = atMost('events', input.events, MAX_BATCH).map(withSlateId)
        await storage.take(() => eventBytes(events))
        return recordOwnEvents(service.ingest, principal, events)
      }),
  }),
)
