import type { AttributeKind } from '../accumulators/accumulator.ts'
import type { AttributeDeclaration } from '../accumulators/counted-values.ts'
import type { EventMeaning } from '../accumulators/event-meaning.ts'
import { DECLARING, type Declaring } from '../domain/declaring-keys.ts'
import { sourcesOn } from '../domain/domain.ts'
import { explorationOf } from '../domain/experiment.ts'
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
    DISMISS: { value: 'dismiss', description: 'The user does not want to see the item again.' },
    UNDISMISS: { value: 'undismiss', description: 'The opposite of `DISMISS`: slates may show the item to the user again.' },
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

/** A place where slates are shown. */
export const Surface = builder.objectRef<{ readonly name: string }>('Surface').implement({
  description: 'A place where slates are shown. The domain declares it, or only requests and events name it.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'Name of the surface, as requests send it in `surface` and events in `eventAttributes.surface`.',
    }),
    sources: t.stringList({
      nullable: true,
      description: 'Names of the sources (code that proposes items) for slates on this surface.',
      resolve: ({ name }, _, { service: { domain } }) => sourcesOn(domain, name).map((source) => source.name),
    }),
    explorationPosition: t.int({
      nullable: true,
      description:
        'Position, from 1 (the top), at which some slates show an item drawn at random, to learn about it (exploration). Null if the surface has no exploration.',
      resolve: ({ name }, _, { service: { domain } }) => explorationOf(domain.exploration, name)?.position,
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

const DeclaredAttributeOwner = builder.enumType('DeclaredAttributeOwner', {
  description: 'What has a declared attribute.',
  values: {
    USER: { value: 'userAttributes', description: 'Users: the attribute is uploaded with `upsertUsers`.' },
    CONTEXT: { value: 'contextAttributes', description: 'Requests for slates: the attribute is sent in their `context`.' },
    EVENT: { value: 'eventAttributes', description: 'Events: the attribute is sent in their `eventAttributes`.' },
  } as const,
})

const DeclaredAttributeKind = builder.enumType('DeclaredAttributeKind', {
  description: 'Type of a declared attribute of users, requests or events.',
  values: {
    KEY: { value: 'key', description: 'A string, such as a city, or a list of strings, of which the first 8 count.' },
    NUMBER: { value: 'number', description: 'A number from -1e12 to 1e12.' },
    FLAG: { value: 'flag', description: 'True or false.' },
  } as const,
})

/** A declared attribute, with its name and what has it. */
type NamedDeclaration = AttributeDeclaration & { readonly name: string; readonly owner: Declaring }

const DeclaredAttribute = builder.objectRef<NamedDeclaration>('DeclaredAttribute').implement({
  description:
    'An attribute of users, of requests or of events that the domain declares. The service computes features from its values.',
  fields: (t) => ({
    owner: t.expose('owner', {
      type: DeclaredAttributeOwner,
      description: 'Whether users, requests or events have the attribute.',
    }),
    name: t.exposeString('name', { description: 'Name of the attribute, as uploads, requests or events send it.' }),
    kind: t.expose('kind', { type: DeclaredAttributeKind, description: 'Type of the values.' }),
    values: t.stringList({
      description: 'Values of a `KEY` that have a feature of their own. Empty for other kinds.',
      resolve: (attribute) => (attribute.kind === 'key' ? [...attribute.values] : []),
    }),
    bands: t.floatList({
      description:
        'Bounds between the bands of a `NUMBER`, in ascending order. For example, [18, 30] means three bands: below 18, from 18 to below 30, and from 30. Each band has a feature of its own. Empty for other kinds.',
      resolve: (attribute) => (attribute.kind === 'number' ? [...attribute.bands] : []),
    }),
    isProtected: t.exposeBoolean('isProtected', {
      description:
        'Whether the domain declares the attribute as protected: people must not be treated differently because of it. An example is their age.',
    }),
    isUsed: t.exposeBoolean('isUsed', {
      description:
        'Whether the attribute has an effect. False for a protected attribute, unless the domain uses it all the same.',
    }),
  }),
})

builder.queryFields((t) => ({
  declaredAttributes: t.field({
    type: [DeclaredAttribute],
    nullable: { list: true, items: false },
    description:
      'The attributes of users, requests and events that the domain declares. The query `itemAttributes` returns those of items.',
    resolve: (_, __, { service: { domain } }) =>
      DECLARING.flatMap((owner) => Object.entries(domain[owner]).map(([name, declaration]) => ({ owner, name, ...declaration }))),
  }),
  eventTypes: t.field({
    type: [EventType],
    nullable: { list: true, items: false },
    description: 'The types of events that the domain declares.',
    resolve: (_, __, { service: { domain } }) =>
      Object.entries(domain.eventTypes).map(([name, meaning]) => ({ name, ...meaning })),
  }),
  surfaces: t.field({
    type: [Surface],
    nullable: { list: true, items: false },
    description:
      'The surfaces (places where slates appear) that the domain declares. Requests and events may also name other surfaces, but reports such as `policyReport` do not show these separately.',
    resolve: (_, __, { service: { domain } }) => domain.surfaces.map((name) => ({ name })),
  }),
  itemAttributes: t.field({
    type: [ItemAttribute],
    nullable: { list: true, items: false },
    description: 'The item attributes from which the domain computes features.',
    resolve: (_, __, { service: { domain } }) => Object.entries(domain.attributes).map(([name, kind]) => ({ name, kind })),
  }),
}))
