import { type InvalidInputError, LiverankError, UnreadableStateError } from '../errors.ts'
import type { EventOutcome as EventOutcomeModel } from '../events/arrival.ts'
import type { RecordedEvent } from '../state/log/entry.ts'
import { builder, ErrorInterface } from './builder.ts'
import { Item } from './item.ts'
import { atMost } from './limits.ts'
import { Slate, SlateInput, singleSlate, slateCost, slateRequest } from './slate.ts'

const MAX_BATCH = 1000

const EventInput = builder.inputType('EventInput', {
  fields: (t) => ({
    eventId: t.id({
      description:
        "Idempotency key of this user's event, chosen by the client and sent again on every retry. Seen before, as long as late events are accepted (7 days by default): nothing changes, even if the rest differs. Made by the server if absent, and then a retry counts twice.",
    }),
    userId: t.id({ required: true }),
    itemId: t.id({ description: 'Absent for events about no item (session_start, search).' }),
    eventType: t.string({
      required: true,
      description:
        'Any type. Types in the configuration have weights and meanings; others are logged and count only where an accumulator asks for them.',
    }),
    eventAttributes: t.field({
      type: 'JSONObject',
      description:
        'Anything that describes the event. Reserved: price, quantity and value are numbers from -1e12 to 1e12; position is a whole number from 1, the top, to 10,000; surface, device, locale, query and traffic are texts of at most 128 characters.',
    }),
    timestamp: t.field({ type: 'Timestamp', description: "When it happened. The server's time if absent." }),
    sessionId: t.id(),
    recommendationId: t.id({ description: 'The slate that the user acted on, for attribution.' }),
    positions: t.intList({
      description: 'Of an impression of a slate: its positions that became visible, in one event without itemId.',
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
      description: 'Null where the catalogue does not know the item.',
      resolve: ({ itemId }, _, { service }) => (itemId === undefined ? null : service.catalogue.get(itemId)),
    }),
  }),
})

/** What an error says, as data: an Error that is returned is thrown by GraphQL. */
interface InvalidEvent {
  readonly message: string
  readonly field: string | undefined
}

function invalidEvent({ message, field }: InvalidInputError): InvalidEvent {
  return { message, field }
}

const InvalidEventError = builder.objectRef<InvalidEvent>('InvalidEventError').implement({
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
      description: 'As sent, with what the server filled in. Of a duplicate too: what was sent, not what was recorded first.',
      resolve: ({ event }) => event,
    }),
    duplicate: t.boolean({
      description: 'True when this eventId had been recorded already: nothing changed.',
      resolve: ({ status }) => status === 'DUPLICATE',
    }),
    userVersion: t.exposeInt('userVersion', {
      description: "Raised by every event that changed the user's state. A slate with version >= this reflects the event.",
    }),
    recommendations: t.field({
      type: Slate,
      nullable: true,
      description:
        'Re-ranked after this event, in the same round trip. Null, with an error beside it, when ranking failed: the event stays recorded.',
      args: { input: t.arg({ type: SlateInput }) },
      complexity: ({ input }) => slateCost(input?.first ?? 10),
      resolve: ({ event }, { input }, context) =>
        singleSlate(context, slateRequest(event.userId, input ?? { first: 10 }, context.service), 'EVENT'),
    }),
  }),
})

const RecordEventResult = builder.unionType('RecordEventResult', {
  types: [RecordEventPayload, InvalidEventError],
  resolveType: (value) => ('event' in value ? 'RecordEventPayload' : 'InvalidEventError'),
})

const RecordStatus = builder.enumType('RecordStatus', {
  values: {
    RECORDED: {},
    DUPLICATE: {},
    REJECTED: { description: 'Will never be accepted: do not send it again.' },
    UNAVAILABLE: { description: 'The store did not answer: send it again with the same eventId.' },
    FAILED: {
      description:
        'Nothing was recorded, because of stored state that cannot be read or of a defect. Sending it again helps when an operator has mended that.',
    },
  } as const,
})

/** Why an event could not be recorded, as far as clients may know. */
interface Failure {
  readonly code: string
  readonly message: string
}

function failureOf(error: Error): Failure {
  if (error instanceof UnreadableStateError) return { code: error.code, message: error.message }
  return { code: 'INTERNAL_SERVER_ERROR', message: 'Unexpected error.' }
}

const EventFailure = builder.objectRef<Failure>('EventFailure').implement({
  interfaces: [ErrorInterface],
  fields: (t) => ({
    code: t.exposeString('code', {
      description: "UNREADABLE_STATE: the user's stored state cannot be read. INTERNAL_SERVER_ERROR: a defect, which is logged.",
    }),
  }),
})

const EventOutcome = builder.objectRef<{ index: number; outcome: EventOutcomeModel }>('EventOutcome').implement({
  fields: (t) => ({
    index: t.exposeInt('index'),
    eventId: t.id({
      nullable: true,
      description: 'As sent or as made by the server; null for a rejected event without one.',
      resolve: ({ outcome }) => ('event' in outcome ? outcome.event.eventId : outcome.eventId),
    }),
    status: t.field({ type: RecordStatus, resolve: ({ outcome }) => outcome.status }),
    userVersion: t.int({
      nullable: true,
      description: 'Null unless recorded or a duplicate.',
      resolve: ({ outcome }) => ('userVersion' in outcome ? outcome.userVersion : null),
    }),
    error: t.field({
      type: InvalidEventError,
      nullable: true,
      resolve: ({ outcome }) => (outcome.status === 'REJECTED' ? invalidEvent(outcome.error) : null),
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
  description: 'A batch is never refused for one bad event: each has its own status, in the order given.',
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
    type: RecordEventResult,
    complexity: 300,
    args: { input: t.arg({ type: EventInput, required: true }) },
    resolve: async (_, { input }, { service }) => {
      const [outcome] = await service.ingest.record([input])
      if (outcome.status === 'UNAVAILABLE' || outcome.status === 'FAILED') throw outcome.error
      return outcome.status === 'REJECTED' ? invalidEvent(outcome.error) : outcome
    },
  }),
  recordEvents: t.field({
    type: RecordEventsPayload,
    description: 'Up to 1,000, and within the size of a request or of a WebSocket message.',
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
