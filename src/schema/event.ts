import { LiverankError, UnreadableStateError } from '../errors.ts'
import type { EventOutcome as EventOutcomeModel } from '../events/arriving-event.ts'
import type { RecordedEvent } from '../state/log/entry.ts'
import { atMost } from './argument-checks.ts'
import { builder } from './builder.ts'
import { ErrorInterface, type ErrorModel, type FieldErrorModel, invalidInput } from './error.ts'
import { Item } from './item.ts'
import { Slate, SlateInput, slateAfterEvent, slateCost, slateRequest } from './slate.ts'

const MAX_BATCH = 1000

const EventInput = builder.inputType('EventInput', {
  fields: (t) => ({
    eventId: t.id({
      description:
        'Id of the event, chosen by the client. Send the same id on every retry. For 7 days, another event of the user with this id changes nothing, even if its other fields differ. Without an id the server makes one, and a retry may count twice.',
    }),
    userId: t.id({ required: true }),
    itemId: t.id({
      description: 'The item that the event is about. Absent for events about no item, such as session_start or search.',
    }),
    eventType: t.string({
      required: true,
      description:
        'Any type. The domain gives a role and a weight to each type that it names. The service logs other types too, and counts them as activity of the user.',
    }),
    eventAttributes: t.field({
      type: 'JSONObject',
      description:
        'Anything that describes the event. Reserved: price, quantity and value are numbers from -1e12 to 1e12; position is a whole number from 1 (the top) to 10,000; surface, device, locale, query and traffic are strings of at most 128 characters.',
    }),
    timestamp: t.field({ type: 'Timestamp', description: "When it happened. The server's time if absent." }),
    sessionId: t.id({ description: 'The visit that the event belongs to, such as the id of a browser session.' }),
    recommendationId: t.id({
      description: 'The recommendationId of the slate that the user acted on. It credits the event to that slate.',
    }),
    positions: t.intList({
      description: 'For an impression of several items of a slate, instead of itemId: the positions that became visible.',
    }),
  }),
})

export const Event = builder.objectRef<RecordedEvent>('Event').implement({
  fields: (t) => ({
    eventId: t.exposeID('eventId'),
    userId: t.exposeID('userId'),
    itemId: t.id({ nullable: true, resolve: ({ itemId }) => itemId }),
    eventType: t.exposeString('eventType'),
    eventAttributes: t.field({ type: 'JSONObject', nullable: true, resolve: ({ eventAttributes }) => eventAttributes }),
    timestamp: t.field({ type: 'Timestamp', resolve: ({ timestamp }) => timestamp }),
    sessionId: t.id({ nullable: true, resolve: ({ sessionId }) => sessionId }),
    recommendationId: t.id({ nullable: true, resolve: ({ recommendationId }) => recommendationId }),
    item: t.field({
      type: Item,
      nullable: true,
      description: 'Null if the catalogue does not have the item.',
      resolve: ({ itemId }, _, { service }) => (itemId === undefined ? null : service.catalogue.get(itemId)),
    }),
  }),
})

const InvalidEventError = builder.objectRef<FieldErrorModel>('InvalidEventError').implement({
  interfaces: [ErrorInterface],
  fields: (t) => ({
    field: t.string({
      nullable: true,
      description: 'Path within the input, such as eventAttributes.price.',
      resolve: ({ field }) => field,
    }),
  }),
})

type Kept = Extract<EventOutcomeModel, { userVersion: number }>

const RecordEventPayload = builder.objectRef<Kept>('RecordEventPayload').implement({
  fields: (t) => ({
    event: t.field({
      type: Event,
      description: 'The event as sent, plus the eventId and timestamp that the server filled in. Also present for a duplicate.',
      resolve: ({ event }) => event,
    }),
    duplicate: t.boolean({
      description: 'True if this eventId was already recorded: nothing changed.',
      resolve: ({ status }) => status === 'DUPLICATE',
    }),
    userVersion: t.exposeInt('userVersion', {
      description: "The user's version after the event. A slate with this version or a higher one reflects the event.",
    }),
    recommendations: t.field({
      type: Slate,
      nullable: true,
      description: 'A slate ranked after this event. Null, with a GraphQL error, if ranking failed; the event stays recorded.',
      args: { input: t.arg({ type: SlateInput }) },
      complexity: ({ input }) => slateCost(input?.first ?? 10),
      resolve: ({ event }, { input }, context) =>
        slateAfterEvent(context, slateRequest(event.userId, input ?? { first: 10 }, context.service)),
    }),
  }),
})

const RecordEventResult = builder.unionType('RecordEventResult', {
  types: [RecordEventPayload, InvalidEventError],
  resolveType: (value) => ('event' in value ? 'RecordEventPayload' : 'InvalidEventError'),
})

const RecordStatus = builder.enumType('RecordStatus', {
  values: {
    RECORDED: { description: 'Stored now.' },
    DUPLICATE: { description: 'An event with this eventId was already stored: nothing changed.' },
    REJECTED: { description: 'Invalid; `error` says why. Do not send it again unchanged.' },
    UNAVAILABLE: {
      description: 'The store did not answer, so the event may or may not be stored. Send it again with the same eventId.',
    },
    FAILED: {
      description:
        'Not recorded, because the stored state cannot be read or the service has a defect. Send the event again once an operator has repaired the cause.',
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
    "Why an event was not recorded. Code UNREADABLE_STATE: the user's stored state cannot be read. INTERNAL_SERVER_ERROR: a defect of the service; its log has the details.",
  interfaces: [ErrorInterface],
})

const EventOutcome = builder.objectRef<{ index: number; outcome: EventOutcomeModel }>('EventOutcome').implement({
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Index of the event in the input, from 0.' }),
    eventId: t.id({
      nullable: true,
      description: 'The id as sent, or as made by the server. Null for a rejected event that was sent without one.',
      resolve: ({ outcome }) => ('event' in outcome ? outcome.event.eventId : outcome.eventId),
    }),
    status: t.field({ type: RecordStatus, resolve: ({ outcome }) => outcome.status }),
    userVersion: t.int({
      nullable: true,
      description: "The user's version after the event. Null unless `status` is RECORDED or DUPLICATE.",
      resolve: ({ outcome }) => ('userVersion' in outcome ? outcome.userVersion : null),
    }),
    error: t.field({
      type: InvalidEventError,
      nullable: true,
      description: 'Null unless the status is REJECTED.',
      resolve: ({ outcome }) => (outcome.status === 'REJECTED' ? invalidInput(outcome.error) : null),
    }),
    failure: t.field({
      type: EventFailure,
      nullable: true,
      description: 'Null unless the status is FAILED.',
      resolve: ({ outcome }) => (outcome.status === 'FAILED' ? failureOf(outcome.error) : null),
    }),
  }),
})

const RecordEventsPayload = builder.objectRef<readonly EventOutcomeModel[]>('RecordEventsPayload').implement({
  description: 'Outcomes in the order of the input. An invalid event never affects the others.',
  fields: (t) => {
    const count = (status: EventOutcomeModel['status']) =>
      t.int({ resolve: (outcomes) => outcomes.filter((outcome) => outcome.status === status).length })
    return {
      recorded: count('RECORDED'),
      duplicates: count('DUPLICATE'),
      rejected: count('REJECTED'),
      unavailable: count('UNAVAILABLE'),
      failed: count('FAILED'),
      // The batch multiplies it by its events.
      results: t.field({
        type: [EventOutcome],
        complexity: { field: 1, multiplier: 1 },
        resolve: (outcomes) => outcomes.map((outcome, index) => ({ index, outcome })),
      }),
    }
  },
})

builder.mutationFields((t) => ({
  recordEvent: t.field({
    description: 'Records one event.',
    type: RecordEventResult,
    nullable: true,
    complexity: 300,
    args: { input: t.arg({ type: EventInput, required: true }) },
    resolve: async (_, { input }, { service }) => {
      const [outcome] = await service.ingest.record([input])
      if (outcome.status === 'UNAVAILABLE' || outcome.status === 'FAILED') throw outcome.error
      return outcome.status === 'REJECTED' ? invalidInput(outcome.error) : outcome
    },
  }),
  recordEvents: t.field({
    type: RecordEventsPayload,
    nullable: true,
    description:
      'Records up to 1,000 events, in at most 4 MiB by HTTP. A WebSocket message may have 256 KiB from a device and 1 MiB from others.',
    args: { input: t.arg({ type: [EventInput], required: true }) },
    complexity: ({ input }) => {
      const events = Math.min(input.length, MAX_BATCH)
      return { field: 30 * events, multiplier: events }
    },
    resolve: (_, { input }, { service }) => {
      if (input.length === 0) throw new LiverankError('BAD_USER_INPUT', 'The batch is empty.')
      return service.ingest.record(atMost('input', input, MAX_BATCH))
    },
  }),
}))
