import type { AttributeKind } from '../accumulators/accumulator.ts'
import type { EventMeaning } from '../accumulators/event-meaning.ts'
import { type Domain, sourcesOn } from '../domain/domain.ts'
import { explorationOf } from '../domain/exploration-settings.ts'
import { builder } from './builder.ts'

const EventRole = builder.enumType('EventRole', {
  description:
    'What events of a type mean to the service. For example, a video site may give its event type `play` the role `VIEW`. Features that count views then count these events.',
  values: {
    IMPRESSION: { value: 'impression', description: 'One or several items became visible to the user.' },
    VIEW: { value: 'view', description: 'The user opened an item.' },
    CLICK: { value: 'click', description: 'The user chose an item of a slate.' },
    CART: { value: 'cart', description: 'The user put an item aside to buy or use it later, for example into a cart.' },
    UNCART: {
      value: 'uncart',
      description: 'The opposite of `CART`: for example, the user removed the item from the cart.',
    },
    PURCHASE: {
      value: 'purchase',
      description: 'The user bought the item, or did with it what matters most in this application, such as booking a room.',
    },
    OTHER: { value: 'other', description: 'Any other event, such as a search. It counts as activity of the user.' },
  } as const,
})

const EventType = builder.objectRef<EventMeaning & { readonly name: string }>('EventType').implement({
  description:
    'A type of events that the domain declares. The service also records events of other types, but uses them only to know when the user was active.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the type, as events send it in `eventType`. Case matters.' }),
    role: t.expose('role', {
      type: EventRole,
      description:
        'What events of this type mean, such as a click. Two types may have the same role. Features count events by their role, not by the name of their type.',
    }),
    weight: t.exposeFloat('weight', {
      description:
        'How much interest in the item an event shows. For example, a view has 1, a purchase more, and an impression 0.',
    }),
    goal: t.exposeBoolean('goal', {
      description:
        'Whether events of this type are goals (successes of the application), such as purchases. Conversion rates count goals.',
    }),
    triggers: t.exposeBoolean('triggers', {
      description: 'Whether an event of this type causes a new slate in the open subscriptions of its user.',
    }),
  }),
})

/** A surface, and the domain that declares it. */
interface DeclaredSurface {
  readonly name: string
  readonly domain: Domain
}

const Surface = builder.objectRef<DeclaredSurface>('Surface').implement({
  description: 'A place where slates are shown, as the domain declares it.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'Name of the surface, as requests send it in `surface` and events in `eventAttributes.surface`.',
    }),
    sources: t.stringList({
      description: 'Names of the sources (code that proposes items) for slates on this surface.',
      resolve: ({ name, domain }) => sourcesOn(domain, name).map((source) => source.name),
    }),
    explorationPosition: t.int({
      nullable: true,
      description:
        'Position, from 1 (the top), at which some slates show an item drawn at random, to learn about it (exploration). Null if the surface has no exploration.',
      resolve: ({ name, domain }) => explorationOf(domain.exploration, name)?.position,
    }),
  }),
})

const ItemAttributeKind = builder.enumType('ItemAttributeKind', {
  description: 'Type of an item attribute that the domain declares.',
  values: {
    KEY: {
      value: 'key',
      description:
        'A string, such as a brand, or a list of strings, such as tags. The service counts events for each string, such as the views of one brand.',
    },
    NUMBER: { value: 'number', description: 'A number from -1e12 to 1e12.' },
  } as const,
})

const ItemAttribute = builder.objectRef<{ readonly name: string; readonly kind: AttributeKind }>('ItemAttribute').implement({
  description:
    'An item attribute, such as the brand, from which the service computes features. Items may also have attributes that the domain does not declare.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the attribute in `upsertItems`.' }),
    kind: t.expose('kind', {
      type: ItemAttributeKind,
      description: 'Type of the values of the attribute: `KEY` (texts, such as a brand) or `NUMBER`.',
    }),
  }),
})

builder.queryFields((t) => ({
  eventTypes: t.field({
    type: [EventType],
    description: 'The types of events that the domain declares.',
    resolve: (_, __, { service: { domain } }) =>
      Object.entries(domain.eventTypes).map(([name, meaning]) => ({ name, ...meaning })),
  }),
  surfaces: t.field({
    type: [Surface],
    description:
      'The surfaces (places where slates appear) that the domain declares. Requests and events may also name other surfaces, but reports such as `policyReport` do not show these separately.',
    resolve: (_, __, { service: { domain } }) => domain.surfaces.map((name) => ({ name, domain })),
  }),
  itemAttributes: t.field({
    type: [ItemAttribute],
    description: 'The item attributes from which the domain computes features.',
    resolve: (_, __, { service: { domain } }) => Object.entries(domain.attributes).map(([name, kind]) => ({ name, kind })),
  }),
}))
