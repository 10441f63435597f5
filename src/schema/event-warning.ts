import { EVENT_WARNINGS, type EventWarningCode, type EventWarning as EventWarningModel } from '../events/event-warnings.ts'
import { builder } from './builder.ts'

const described = Object.entries(EVENT_WARNINGS).map(([code, description]) => [code, { description }] as const)

const WarningCode = builder.enumType('EventWarningCode', {
  description: 'Kind of a likely mistake in an event. The service records the event all the same.',
  values: Object.fromEntries(described) as Record<EventWarningCode, { description: string }>,
})

export const EventWarning = builder.objectRef<EventWarningModel>('EventWarning').implement({
  description: 'A likely mistake in an event. The service recorded the event all the same.',
  fields: (t) => ({
    code: t.expose('code', { type: WarningCode, description: 'Kind of the mistake.' }),
    message: t.exposeString('message', { description: 'What is wrong, where, and what to send, in English.' }),
  }),
})
