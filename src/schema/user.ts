import { type DefaultConnectionArguments, resolveCursorConnection } from '@pothos/plugin-relay'
import type { Feature } from '../accumulators/accumulator.ts'
import { findSession } from '../accumulators/session.ts'
import { recentlySeen } from '../accumulators/user-item.ts'
import { featureValues, type NamedValue } from '../analysis/feature-values.ts'
import { type EventPlace, indexOfPlace } from '../analysis/user-events.ts'
import { userHash } from '../auth/audit-entry.ts'
import { ForbiddenError, LiverankError, MergedIdError } from '../errors.ts'
import { checkId } from '../events/validate-event.ts'
import type { Service } from '../service/service.ts'
import { readFeatureInput, readKnownUser } from '../slate/read-feature-input.ts'
import type { Erased, Lingering } from '../state/erasure-outcome.ts'
import { KEPT_EVENTS } from '../state/kept-events.ts'
import type { RecordedEvent } from '../state/log-entry.ts'
import type { UserValue } from '../state/user-value.ts'
import { mapInTurns } from '../turns.ts'
import { builder, EVENTS_OF_ID } from './builder.ts'
import { type Context, refuseMergedDevice } from './context.ts'
import { orError, resultType } from './error.ts'
import { Event, keptEvents } from './event.ts'
import { featureCount, featuresNamed } from './feature-names.ts'
import { FeatureValue } from './feature-value.ts'
import { Item, pick, pickCost } from './item.ts'
import { pageSize, pageSizes, withoutEmptyCursors } from './pages.ts'
import { MERGE_BYTES } from './stored-bytes.ts'

/** A known user with the state of a moment. All fields of the type `User` are read from it. */
export interface UserModel {
  readonly userId: string
  readonly value: UserValue
}

/** Users that are read in one turn of the event loop: with full histories and all features, they take 0.4 ms each. */
export const USERS_A_TURN = 25
/** Kinds of features of a user. */
export const OF_USER = ['USER', 'SESSION'] as const

/** Reads a user; null if nothing is known about the user. @throws MergedIdError for a device whose user was merged into another one */
export async function readUser({ service, principal }: Context, userId: string): Promise<UserModel | null> {
  const { userId: owner, user: value } = await readKnownUser(service, userId, service.clock.now())
  if (principal.role === 'device' && owner !== userId) throw new MergedIdError()
  return value.version === 0 ? null : { userId, value }
}

/** Reads features of a user, of the user with each item, or of the user's session, from one state. */
export async function userFeatureValues(service: Service, value: UserValue, features: readonly Feature[]): Promise<NamedValue[]> {
  const { store, accumulators, domain, catalogue, clock } = service
  const now = clock.now()
  const session = findSession(value, undefined, now, domain.expiry.session)
  const input = await readFeatureInput({ now, user: value, session, itemIds: [] }, store, accumulators, domain, catalogue)
  return featureValues(features, input, 0)
}

const RecentItem = builder.objectRef<{ itemId: string; at: number }>('RecentItem').implement({
  description: 'An item that a user acted on.',
  fields: (t) => ({
    itemId: t.exposeID('itemId', { description: 'Id of the item.' }),
    item: t.field({
      type: Item,
      nullable: true,
      description: 'The item. Null if the catalogue does not have it.',
      resolve: ({ itemId }, _, { service }) => service.catalogue.get(itemId),
    }),
    lastEventAt: t.field({
      type: 'DateTime',
      description: 'Time of the latest event of the user on the item. Impressions do not count.',
      resolve: ({ at }) => new Date(at),
    }),
  }),
})

const EventEdge = builder.edgeObject({ type: Event, name: 'EventEdge' })
const EventConnection = builder.connectionObject({ type: Event, name: 'EventConnection' }, EventEdge)

function eventCursor({ timestamp, eventId }: RecordedEvent): string {
  return Buffer.from(`${timestamp}:${eventId}`).toString('base64url')
}

/** @throws LiverankError BAD_USER_INPUT if the text is not a cursor of an event */
function placeOf(cursor: string): EventPlace {
  const [, timestamp, eventId] = /^(\d{1,16}):(.+)$/su.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (timestamp === undefined || eventId === undefined)
    throw new LiverankError('BAD_USER_INPUT', `Invalid cursor ${cursor}: pass a cursor that this query returned.`)
  return { timestamp: Number(timestamp), eventId }
}

export const User = builder.objectRef<UserModel>('User')

builder.node(User, {
  description: 'A user, with what the service knows about the user now.',
  id: { resolve: ({ userId }) => userId },
  isTypeOf: (user) => typeof user === 'object' && user !== null && 'value' in user,
  // A refusal is the error of its place in `nodes`, and takes no other node with it.
  loadMany: (userIds, context) =>
    mapInTurns(userIds, USERS_A_TURN, (userId) =>
      readUser(context, userId).catch((error: unknown) => {
        if (error instanceof MergedIdError) return error as never
        throw error
      }),
    ),
  fields: (t) => ({
    userId: t.exposeID('userId', { description: 'Id of the user, as in the field `userId` of events.' }),
    attributes: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'Uploaded attributes of the user. With `names`, only these attributes.',
      args: { names: t.arg.stringList({ description: 'Names of attributes, at most 200. If absent, all attributes.' }) },
      complexity: pickCost,
      resolve: ({ value }, { names }) => pick(value.attributes, names),
    }),
    version: t.int({
      description: 'A number that rises with each change of the stored data of the user.',
      resolve: ({ value }) => value.version,
    }),
    features: t.field({
      type: [FeatureValue],
      nullable: { list: true, items: false },
      description:
        "Features of the user and of the user's latest session (visit) at this moment. With `names`, only these features.",
      args: { names: t.arg.stringList({ description: 'Names of features. If absent, all features.' }) },
      complexity: ({ names }, { service }) => ({ field: 200, multiplier: featureCount(service.accumulators, OF_USER, names) }),
      resolve: ({ value }, { names }, { service }) =>
        userFeatureValues(service, value, featuresNamed(service.accumulators, OF_USER, names)),
    }),
    feature: t.float({
      nullable: true,
      description: 'Present value of one feature. Null if there is no data yet.',
      args: {
        name: t.arg.string({ required: true, description: 'Name of a feature that describes a user or a session (visit).' }),
      },
      complexity: 200,
      resolve: async ({ value }, { name }, { service }) => {
        const [feature] = await userFeatureValues(service, value, featuresNamed(service.accumulators, OF_USER, [name]))
        return feature.value
      },
    }),
    recentItems: t.field({
      type: [RecentItem],
      nullable: { list: true, items: false },
      description: 'Items that the user acted on lately, latest first.',
      args: { first: t.arg.int({ required: true, defaultValue: 10, description: 'Number of items to return, 0 to 500.' }) },
      complexity: ({ first }) => ({ field: 50, multiplier: first }),
      resolve: ({ value }, { first }, { service: { clock, domain } }) =>
        recentlySeen(value, clock.now(), domain.expiry.pair).slice(0, pageSize(first)),
    }),
    events: t.connection(
      {
        type: Event,
        nullable: true,
        description: 'The latest 200 events of the user, latest first.',
        complexity: ({ first, last }) => ({ field: EVENTS_OF_ID, multiplier: first ?? last ?? 20 }),
        resolve: ({ userId }, args, context) => pageOfEvents(userId, args, context),
      },
      EventConnection,
      EventEdge,
    ),
  }),
})

/** A page of the kept events of a user, latest first. */
async function pageOfEvents(userId: string, args: DefaultConnectionArguments, context: Context) {
  const { first, last, after, before } = args
  const known = await keptEvents(userId, context)
  // The user may have been merged since it was read.
  await refuseMergedDevice(context, userId)
  const page = await resolveCursorConnection<RecordedEvent[]>(
    { args: pageSizes({ first, last, after, before }), defaultSize: 20, maxSize: KEPT_EVENTS, toCursor: eventCursor },
    ({ before, after, limit, inverted }) => {
      const behind = after === undefined ? { index: 0, found: false } : indexOfPlace(known, placeOf(after))
      const from = behind.found ? behind.index + 1 : behind.index
      const to = before === undefined ? known.length : indexOfPlace(known, placeOf(before)).index
      return inverted
        ? known.slice(Math.max(from, to - limit), Math.max(from, to)).reverse()
        : known.slice(from, Math.min(to, from + limit))
    },
  )
  return withoutEmptyCursors(page)
}

interface Merged {
  readonly userId: string
  readonly merged: boolean
}

const MergeUsersPayload = builder.objectRef<Merged>('MergeUsersPayload').implement({
  description: 'The result of `mergeUsers`: the two user ids now belong to one user.',
  fields: (t) => ({
    user: t.field({
      type: User,
      description: 'The user after the merge.',
      resolve: async ({ userId }, _, { service }) => ({
        userId,
        value: (await readKnownUser(service, userId, service.clock.now())).user,
      }),
    }),
    merged: t.exposeBoolean('merged', {
      description: 'True if this call merged the two ids. False if they had been merged before.',
    }),
  }),
})

const MergeUsersResult = resultType('MergeUsers', MergeUsersPayload)

/** @throws ForbiddenError if the token is not one of a device of this user */
async function checkProof({ authenticator }: Service, userId: string, token: string): Promise<void> {
  const proven = await authenticator.prove(token)
  if (proven.role !== 'device' || proven.userId !== userId)
    throw new ForbiddenError('fromToken: the token is not one of the user in `from`.')
}

const MergeUsersInput = builder.inputType('MergeUsersInput', {
  description: 'The two ids that the mutation joins.',
  fields: (t) => ({
    from: t.id({ required: true, description: 'Id of the anonymous user.' }),
    into: t.id({ required: true, description: 'Id of the known user.' }),
    fromToken: t.string({
      description:
        'Only an app of one user (a device) must pass this: the token of the user `from`. The app sends the mutation with the token of the user `into`. The two tokens prove that both ids belong to the person who uses the app.',
    }),
  }),
})

builder.mutationField('mergeUsers', (t) =>
  t.field({
    type: MergeUsersResult,
    nullable: true,
    description:
      'Merges an anonymous user (`from`) into a known one (`into`), for example at login. All events with the id `from`, earlier and later ones, count for the user `into`.',
    args: { input: t.arg({ type: MergeUsersInput, required: true, description: 'The two ids.' }) },
    complexity: 5000,
    resolve: (_, { input: { from, into, fromToken } }, context) =>
      orError(async () => {
        const { service, principal } = context
        checkId(from, 'from')
        checkId(into, 'into')
        await refuseMergedDevice(context, into)
        if (principal.role === 'device') await checkProof(service, from, fromToken ?? '')
        await context.storage.take(() => MERGE_BYTES)
        return service.audit.perform(principal, { action: 'MERGE_USERS', target: userHash(into) }, async () => {
          const result = await service.people.merge(from, into)
          return { result, after: { from: userHash(from), into: userHash(into), merged: result.merged } }
        })
      }),
  }),
)

const LingeringKind = builder.enumType('LingeringKind', {
  description: 'Kind of data of an erased person that still exists for a while after the erasure.',
  values: {
    EVENT_ID_HASHES: {
      description:
        'Hashes of the ids of the events of the person. An app may send an event again after the erasure. By the hash, the service recognises the event, and does not count it again.',
    },
    REDIS_FILES: {
      description:
        'Data of the person in the files of Redis, and in backups. It disappears when Redis rewrites its files, and when you delete old backups.',
    },
  } as const,
})

const LingeringData = builder.objectRef<Lingering>('LingeringData').implement({
  description: 'Data of an erased person that still exists for a while after the erasure.',
  fields: (t) => ({
    kind: t.expose('kind', { type: LingeringKind, description: 'Kind of the data.' }),
    until: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'Time at which the data is gone from the store. Null for `REDIS_FILES` (earlier contents of the files of Redis), because Redis decides when it rewrites its files. Without Redis, hashes of event ids stay in the files of the service a little longer: until the service has written two more snapshots (files with its whole state).',
      resolve: ({ until }) => (until === undefined ? null : new Date(until)),
    }),
  }),
})

const EraseUserPayload = builder.objectRef<Erased>('EraseUserPayload').implement({
  description: 'The result of `eraseUser`: the person is erased.',
  fields: (t) => ({
    keys: t.exposeInt('keys', {
      description:
        'Number of stored objects that the service removed, such as the state and the slates of the user. For events, see `logEntries`.',
    }),
    logEntries: t.exposeInt('logEntries', {
      description:
        'Number of entries that the service removed from its log of recorded events. An entry contains the events that were recorded together.',
    }),
    lingering: t.field({
      type: [LingeringData],
      description:
        'Data of the person that still exists after the erasure, and until when: at most 2 kinds. Empty if the service had no data of the person.',
      resolve: ({ lingering }) => [...(lingering ?? [])],
    }),
  }),
})

const EraseUserResult = resultType('EraseUser', EraseUserPayload)

const EraseUserInput = builder.inputType('EraseUserInput', {
  description: 'The person whom the mutation erases.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Id of the user. If ids of the user were merged, any of these ids.' }),
  }),
})

builder.mutationField('eraseUser', (t) =>
  t.field({
    type: EraseUserResult,
    nullable: true,
    description:
      'Erases a person: the state, slates, offline lists and events of the user, and of all ids that were merged with this user.',
    args: { input: t.arg({ type: EraseUserInput, required: true, description: 'The person.' }) },
    // Of a small store. How much of the files, or of the log in Redis, it reads and writes is not known before.
    complexity: 20_000,
    resolve: (_, { input: { userId } }, context) =>
      orError(() => {
        const { service, principal } = context
        checkId(userId, 'userId')
        return service.audit.perform(principal, { action: 'ERASE_USER', target: userHash(userId) }, async () => {
          const result = await service.erasures.erase(userId, (points) => context.charge(context, points))
          return { result, after: { keys: result.keys, logEntries: result.logEntries } }
        })
      }),
  }),
)

builder.queryField('user', (t) =>
  t.field({
    type: User,
    nullable: true,
    description: 'A user. Null if nothing is known about this user.',
    args: {
      userId: t.arg.id({ required: true, description: 'Id of the user. If ids of the user were merged, any of these ids.' }),
    },
    complexity: 250,
    resolve: (_, { userId }, context) => readUser(context, userId),
  }),
)
