import type { EventOutcome as EventOutcomeModel } from '../events/arriving-event.ts'
import { builder } from './builder.ts'
import { InvalidInput, invalidInput } from './error.ts'
import { Event, EventWarning, NotCountedReason } from './event.ts'
import { RecordEventInput } from './event-input.ts'
import { recommendationIdOf } from './node-id.ts'
import { Slate, SlateInput, slateAfterEvent, slateRequest } from './slate.ts'
import { slateCost } from './slate-cost.ts'
import { eventBytes } from './stored-bytes.ts'

/** Returns the event with the `recommendationId` of its slate, which a client may also name by its global id. */
export function withSlateId<E extends typeof RecordEventInput.$inferInput>(event: E): E {
  const { recommendationId } = event
  if (recommendationId == null) return event
  const id = recommendationIdOf(recommendationId)
  return id === recommendationId ? event : { ...event, recommendationId: id }
}

type Kept = Extract<EventOutcomeModel, { userVersion: number }>

const RecordEventPayload = builder.objectRef<Kept>('RecordEventPayload').implement({
  description: 'The outcome for a valid event of `recordEvent`.',
  fields: (t) => ({
    event: t.field({
      type: Event,
      description:
        'The event as the client sent it. If the client sent no `eventId` or `timestamp`, the server added one. The field is also present for a duplicate.',
      resolve: ({ event }) => event,
    }),
    duplicate: t.boolean({
      description: 'True if an event with this `eventId` was already recorded, so that nothing changed.',
      resolve: ({ status }) => status === 'DUPLICATE',
    }),
    counted: t.boolean({
      description:
        'True if the event counts: it changes the state of the user and the totals of the items. False if the event has a reason in `notCounted`. For a duplicate, the value is the one of the event that was recorded first.',
      resolve: ({ notCounted }) => notCounted === undefined,
    }),
    notCounted: t.field({
      type: NotCountedReason,
      nullable: true,
      description: 'Why the event does not count. Null if it counts.',
      resolve: ({ notCounted }) => notCounted,
    }),
    warnings: t.field({
      type: [EventWarning],
      complexity: { field: 1, multiplier: 1 },
      description:
        'Likely mistakes in the event, such as the id of an unknown slate: at most 25. Empty if none was found. Look at the warnings while you integrate the service.',
      resolve: ({ warnings }) => [...warnings],
    }),
    userVersion: t.exposeInt('userVersion', {
      description:
        "The user's version (a number that rises with each change of the user's stored data) after the event. A slate with this version or a higher one reflects the event.",
    }),
    recommendations: t.field({
      type: Slate,
      nullable: true,
      description:
        'A new slate, which takes this event into account. Null, with a GraphQL error, if the service could not make the slate. The event is recorded even then.',
      args: {
        input: t.arg({
          type: SlateInput,
          description:
            'The slate to make. If absent, a slate of ten items for no particular surface (place where slates appear).',
        }),
      },
      complexity: ({ input }, context) => slateCost(input ?? { first: 10 }, context),
      resolve: ({ event }, { input }, context) =>
        slateAfterEvent(context, slateRequest(event.userId, input ?? { first: 10, ordered: false }, context)),
    }),
  }),
})

// Without `resultType`: an event passes as few files as possible.
const RecordEventResult = builder.unionType('RecordEventResult', {
  description: '`RecordEventPayload` if the event is valid. Otherwise an error that says what is wrong with the event.',
  types: [RecordEventPayload, InvalidInput],
  resolveType: (value) => ('event' in value ? 'RecordEventPayload' : 'InvalidInputError'),
})

builder.mutationField('recordEvent', (t) =>
  t.field({
    description:
      'Records one event. The answer is null, with a GraphQL error, in two cases. `UNAVAILABLE`: the store did not answer, or the service has too much to do. Then send the event again with the same `eventId`. `UNREADABLE_STATE`: the stored state of the user cannot be read. Then an operator must first restore the store from a backup, or erase the user.',
    type: RecordEventResult,
    nullable: true,
    complexity: 300,
    args: { input: t.arg({ type: RecordEventInput, required: true, description: 'The event.' }) },
    resolve: async (_, { input }, { service, storage, principal }) => {
      await storage.take(() => eventBytes([input]))
      const [outcome] = await service.ingest.record([withSlateId(input)], principal.role === 'device' ? 'device' : 'server')
      if (outcome.status === 'UNAVAILABLE' || outcome.status === 'FAILED') throw outcome.error
      return outcome.status === 'REJECTED' ? invalidInput(outcome.error) : outcome
    },
  }),
)
