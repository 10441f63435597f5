import type { Feature } from '../accumulators/accumulator.ts'
import { findSession } from '../accumulators/session.ts'
import { featureValues, type NamedValue } from '../analysis/feature-values.ts'
import { liveFeatures } from '../live/live-features.ts'
import { DEFAULT_MIN_INTERVAL_MS } from '../live/live-stream.ts'
import type { Service } from '../service/service.ts'
import { readFeatureInput, readKnownUser } from '../slate/read-feature-input.ts'
import { mapInTurns } from '../turns.ts'
import { atMost, within } from './argument-checks.ts'
import { builder } from './builder.ts'
import { BESIDE_FEATURES, featureCount, featuresNamed, LIST_OF_FEATURES } from './feature-names.ts'
import { FeatureValue } from './feature-value.ts'
import { OF_ITEM } from './item.ts'
import { OF_USER, USERS_A_TURN, userFeatureValues } from './user.ts'

const MAX_ENTITIES = 500

interface UserFeaturesModel {
  readonly userId: string
  readonly version: number
  readonly asOf: Date
  readonly features: readonly NamedValue[]
}

const UserFeatures = builder.objectRef<UserFeaturesModel>('UserFeatures').implement({
  description: 'Features of one user and of the latest session of this user.',
  fields: (t) => ({
    userId: t.exposeID('userId', { description: 'The user, as named in the request.', complexity: BESIDE_FEATURES }),
    version: t.exposeInt('version', {
      complexity: BESIDE_FEATURES,
      description: 'A number that rises with each change of the stored data of the user. It is 0 for a user without events.',
    }),
    asOf: t.field({
      type: 'DateTime',
      description:
        'The time of the answer. Features that depend on time, such as counts that decay, have their values of this moment.',
      complexity: BESIDE_FEATURES,
      resolve: ({ asOf }) => asOf,
    }),
    features: t.field({
      type: [FeatureValue],
      description: 'The features, in the order of the request.',
      complexity: LIST_OF_FEATURES,
      resolve: ({ features }) => features,
    }),
  }),
})

const ItemFeatures = builder.objectRef<{ itemId: string; features: readonly NamedValue[] }>('ItemFeatures').implement({
  description: 'Features of one item. If the item is unknown, their values are null.',
  fields: (t) => ({
    itemId: t.exposeID('itemId', { description: 'The item, as named in the request.', complexity: BESIDE_FEATURES }),
    features: t.field({
      type: [FeatureValue],
      description: 'The features, in the order of the request.',
      complexity: LIST_OF_FEATURES,
      resolve: ({ features }) => features,
    }),
  }),
})

interface SessionFeaturesModel {
  readonly userId: string
  readonly sessionId: string
  readonly features: readonly NamedValue[]
}

const SessionFeatures = builder.objectRef<SessionFeaturesModel>('SessionFeatures').implement({
  description: 'Features of one session.',
  fields: (t) => ({
    userId: t.exposeID('userId', { description: 'The user, as named in the request.', complexity: BESIDE_FEATURES }),
    sessionId: t.exposeID('sessionId', { description: 'Id of the session.', complexity: BESIDE_FEATURES }),
    features: t.field({
      type: [FeatureValue],
      description: 'The features, in the order of the request.',
      complexity: LIST_OF_FEATURES,
      resolve: ({ features }) => features,
    }),
  }),
})

async function userFeatures(service: Service, userId: string, features: readonly Feature[]): Promise<UserFeaturesModel> {
  const now = service.clock.now()
  const { user: value } = await readKnownUser(service, userId, now)
  return { userId, version: value.version, asOf: new Date(now), features: await userFeatureValues(service, value, features) }
}

builder.queryFields((t) => ({
  userFeatures: t.field({
    description: 'Features of the named users.',
    type: [UserFeatures],
    nullable: { list: true, items: false },
    args: {
      userIds: t.arg.idList({ required: true, description: 'Ids of the users, at most 500.' }),
      names: t.arg.stringList({ description: 'Names of features. If absent, all features.' }),
    },
    complexity: ({ userIds, names }, { service: { accumulators } }) => ({
      field: 80 * userIds.length,
      multiplier: userIds.length * featureCount(accumulators, OF_USER, names),
    }),
    resolve: (_, { userIds, names }, { service }) => {
      const features = featuresNamed(service.accumulators, OF_USER, names)
      const known = atMost('userIds', userIds, MAX_ENTITIES)
      return mapInTurns(known, USERS_A_TURN, (userId) => userFeatures(service, userId, features))
    },
  }),
  itemFeatures: t.field({
    description: 'Features of the named items.',
    type: [ItemFeatures],
    nullable: { list: true, items: false },
    args: {
      itemIds: t.arg.idList({ required: true, description: 'Ids of the items, at most 500.' }),
      names: t.arg.stringList({ description: 'Names of features. If absent, all features.' }),
    },
    complexity: ({ itemIds, names }, { service: { accumulators } }) => ({
      field: 5 * itemIds.length,
      multiplier: itemIds.length * featureCount(accumulators, OF_ITEM, names),
    }),
    resolve: (_, { itemIds, names }, { service, itemFeatures }) => {
      const features = featuresNamed(service.accumulators, OF_ITEM, names)
      return Promise.all(
        atMost('itemIds', itemIds, MAX_ENTITIES).map(async (itemId) => ({
          itemId,
          features: await itemFeatures.values(itemId, features),
        })),
      )
    },
  }),
}))

builder.queryFields((t) => ({
  userItemFeatures: t.field({
    description: 'For each named item, features of the user and the item together, such as how often the user viewed the item.',
    type: [ItemFeatures],
    nullable: { list: true, items: false },
    args: {
      userId: t.arg.id({ required: true, description: 'Id of the user.' }),
      itemIds: t.arg.idList({ required: true, description: 'Ids of the items, at most 500.' }),
      names: t.arg.stringList({ description: 'Names of features. If absent, all features.' }),
    },
    complexity: ({ itemIds, names }, { service: { accumulators } }) => ({
      field: 250 + 5 * itemIds.length,
      multiplier: itemIds.length * featureCount(accumulators, ['USER_ITEM'], names),
    }),
    resolve: async (_, { userId, itemIds, names }, { service }) => {
      const { store, accumulators, domain, catalogue, neighbourLists, clock } = service
      const features = featuresNamed(accumulators, ['USER_ITEM'], names)
      const now = clock.now()
      const { user } = await readKnownUser(service, userId, now)
      const session = findSession(user, undefined, now, domain.expiry.session)
      const ofItems = { itemIds: atMost('itemIds', itemIds, MAX_ENTITIES), neighbourLists: neighbourLists.at(now) }
      const request = { now, user, session, ...ofItems }
      const input = await readFeatureInput(request, store, accumulators, domain, catalogue)
      return itemIds.map((itemId, row) => ({ itemId, features: featureValues(features, input, row) }))
    },
  }),
  sessionFeatures: t.field({
    type: SessionFeatures,
    nullable: true,
    description: 'Features of one session of a user. Null if that session has expired.',
    args: {
      userId: t.arg.id({ required: true, description: 'Id of the user.' }),
      sessionId: t.arg.id({ description: 'Id of the session. If absent, the latest session of the user.' }),
      names: t.arg.stringList({ description: 'Names of features. If absent, all features.' }),
    },
    complexity: ({ names }, { service }) => ({ field: 250, multiplier: featureCount(service.accumulators, ['SESSION'], names) }),
    resolve: async (_, { userId, sessionId, names }, { service }) => {
      const { store, accumulators, domain, catalogue, clock } = service
      const features = featuresNamed(accumulators, ['SESSION'], names)
      const now = clock.now()
      const { user } = await readKnownUser(service, userId, now)
      const session = findSession(user, sessionId ?? undefined, now, domain.expiry.session)
      if (!session) return null
      const input = await readFeatureInput({ now, user, session, itemIds: [] }, store, accumulators, domain, catalogue)
      return { userId, sessionId: session.id, features: featureValues(features, input, 0) }
    },
  }),
}))

builder.subscriptionField('userFeatures', (t) =>
  t.field({
    type: UserFeatures,
    description: 'Sends feature values of a user at once, and again after each change.',
    args: {
      userId: t.arg.id({ required: true, description: 'Id of the user.' }),
      names: t.arg.stringList({ description: 'Names of features. If absent, all features.' }),
      minIntervalMs: t.arg.int({
        required: true,
        defaultValue: DEFAULT_MIN_INTERVAL_MS,
        description: 'Shortest time between two messages, in ms, 0 to 60,000.',
      }),
    },
    complexity: ({ names }, { service }) => ({ field: 250, multiplier: featureCount(service.accumulators, OF_USER, names) }),
    subscribe: (_, { userId, names, minIntervalMs }, { service }) => {
      const features = featuresNamed(service.accumulators, OF_USER, names)
      const interval = within('minIntervalMs', minIntervalMs, 0, 60_000)
      return liveFeatures(service, userId, interval, () => userFeatures(service, userId, features))
    },
    resolve: (features) => features,
  }),
)
