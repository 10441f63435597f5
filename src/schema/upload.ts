import type { RefusedRow, RowWarning, UploadResult } from '../events/uploads.ts'
import { ATTRIBUTE_WARNINGS, type AttributeWarningCode } from '../events/warnings.ts'
import { atMost } from './argument-checks.ts'
import { builder } from './builder.ts'
import { ErrorInterface, type ErrorModel, orError, resultType } from './error.ts'
import { USER_BYTES } from './stored-bytes.ts'

const MAX_ROWS = 1000

const ItemInput = builder.inputType('ItemInput', {
  description: 'An item to add or to change.',
  fields: (t) => ({
    itemId: t.id({ required: true, description: 'Id of the item: 1 to 128 characters.' }),
    attributes: t.field({
      type: 'JSONObject',
      required: true,
      description:
        'Attributes to change. Attributes that are not named here stay as they are, and null removes an attribute. The domain may declare that an attribute is a number (from -1e12 to 1e12) or a key (a string or a list of strings). A value of another type is then invalid.',
    }),
    available: t.boolean({
      description: 'Whether the item may be recommended. If absent, true for a new item, and unchanged for a known item.',
    }),
  }),
})

const UserInput = builder.inputType('UserInput', {
  description: 'Attributes of a user, and whether the user has consented or opted out.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Id of the user: 1 to 128 characters.' }),
    optOut: t.boolean({
      description:
        'With true, the user opts out: the service records nothing more about the user, and does not use what it has stored about the user. The user then gets the recommendations of a new user. With false, the user opts in again. If absent or null, nothing changes.',
    }),
    consent: t.boolean({
      description:
        'The answer of the user, if your app asks users for consent. With true, the service may record the user from now on, unless the user has opted out (`optOut`). With false, it records nothing more about the user, and does not use what it has stored. The stored data stays until you erase the user. If absent or null, the answer does not change. The setting `CONSENT` says whether the service records users who have not answered.',
    }),
    attributes: t.field({
      type: 'JSONObject',
      required: true,
      description:
        'Attributes to change. Attributes that are not named here stay as they are, and null removes an attribute. The attribute `segment` names the segment (group of users) to which the user belongs. The service computes features from the attributes that the domain declares as `userAttributes`. The service also stores all other attributes.',
    }),
  }),
})

const OfflineItemInput = builder.inputType('OfflineItemInput', {
  description: 'An item of an offline list, with the score that you computed for it.',
  fields: (t) => ({
    itemId: t.id({ required: true, description: 'Id of the item. It may be uploaded later.' }),
    score: t.float({ required: true, description: 'Any finite number. Higher scores come first.' }),
  }),
})

const OfflineListOwner = builder.inputType('OfflineListOwner', {
  description: 'The user or the segment (group of users) to whom the list belongs. Pass exactly one field.',
  isOneOf: true,
  fields: (t) => ({
    userId: t.id({ description: 'The user whose list this is.' }),
    segment: t.string({
      description:
        'The segment (group of users) whose list this is. Users without another list get the list of the segment `default`.',
    }),
  }),
})

const OfflineRecommendationsInput = builder.inputType('OfflineRecommendationsInput', {
  description: 'A list of items that you ranked elsewhere, for one user or one segment.',
  fields: (t) => ({
    owner: t.field({
      type: OfflineListOwner,
      description:
        'The user or segment whose list it is. You must pass it, unless you pass one of the deprecated fields `userId` and `segment`.',
    }),
    userId: t.id({ description: 'The user whose list this is.', deprecationReason: 'Pass owner: { userId }.' }),
    segment: t.string({ description: 'The segment whose list this is.', deprecationReason: 'Pass owner: { segment }.' }),
    generatedAt: t.field({ type: 'DateTime', description: 'When the list was computed. If absent, the time of the upload.' }),
    items: t.field({ type: [OfflineItemInput], required: true, description: 'Up to 1,000 items. They replace the stored list.' }),
  }),
})

/** Returns a refused row as an error in the data. */
export function asData(row: RefusedRow): ErrorModel & { readonly index: number } {
  return { ...row, code: row.code ?? 'BAD_USER_INPUT' }
}

/** Error of one row of an upload. */
export const UpsertError = builder.objectRef<ErrorModel & { readonly index: number }>('UpsertError').implement({
  description:
    'The reason why the service refused one element of an upload: an item, a user, or an *offline list* (items that you ranked outside the service). The service stored the valid elements. For an element of `uploadNeighbourLists`, which is a list of similar items, it stored nothing of the part.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Index of the refused item, user or list in the input, from 0.' }),
  }),
})

const describedWarnings = Object.entries(ATTRIBUTE_WARNINGS).map(([code, description]) => [code, { description }] as const)

const UpsertWarningCode = builder.enumType('UpsertWarningCode', {
  description: 'Kinds of warnings about uploaded attributes.',
  values: Object.fromEntries(describedWarnings) as Record<AttributeWarningCode, { description: string }>,
})

const UpsertWarning = builder.objectRef<RowWarning>('UpsertWarning').implement({
  description:
    'An attribute of an uploaded user that has no effect, or only in part. The service stored the attribute all the same. Only domains that declare `userAttributes` cause such warnings.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Index of the user in the input, from 0.' }),
    code: t.expose('code', { type: UpsertWarningCode, description: 'Kind of the problem.' }),
    message: t.exposeString('message', { description: 'What is wrong, where, and what to send, in English.' }),
    field: t.exposeString('field', { description: 'Path of the attribute within the user, such as `attributes.city`.' }),
  }),
})

const DeleteItemError = builder
  .objectRef<ErrorModel & { readonly index: number; readonly itemId: string }>('DeleteItemError')
  .implement({
    description:
      'Why an item was not deleted. Code `NOT_FOUND`: the catalogue does not have the item. Code `BAD_USER_INPUT`: the text cannot be the id of an item.',
    interfaces: [ErrorInterface],
    fields: (t) => ({
      index: t.exposeInt('index', { description: 'Index of the id in the input, from 0.' }),
      itemId: t.exposeID('itemId', { description: 'The id of the item, as the client sent it.' }),
    }),
  })

const DeleteItemsPayload = builder
  .objectRef<{ readonly result: UploadResult; readonly itemIds: readonly string[] }>('DeleteItemsPayload')
  .implement({
    description: 'The result of `deleteItems`.',
    fields: (t) => ({
      deleted: t.int({ description: 'Number of items deleted.', resolve: ({ result }) => result.accepted }),
      rejected: t.int({
        description: 'Number of ids that could not be deleted. The field `errors` has one entry for each.',
        resolve: ({ result }) => result.errors.length,
      }),
      // The mutation multiplies it by its ids.
      errors: t.field({
        type: [DeleteItemError],
        complexity: { field: 1, multiplier: 1 },
        description: 'One entry for each id that could not be deleted, at most 1,000, in the order of the input.',
        resolve: ({ result, itemIds }) =>
          result.errors.map((error) => ({ ...asData(error), itemId: itemIds[error.index], field: undefined })),
      }),
    }),
  })

const UpsertPayload = builder.objectRef<UploadResult>('UpsertPayload').implement({
  description: 'The result of a mutation that uploads items, users or offline lists.',
  fields: (t) => ({
    accepted: t.exposeInt('accepted', { description: 'Number of items, users or lists that the service stored.' }),
    rejected: t.int({
      description: 'Number of items, users or lists that the service refused. The field `errors` has one entry for each.',
      resolve: ({ errors }) => errors.length,
    }),
    // The upload multiplies it by its rows.
    errors: t.field({
      type: [UpsertError],
      description: 'One entry for each refused item, user or list, at most 1,000, in the order of the input.',
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ errors }) => errors.map(asData),
    }),
    warnings: t.field({
      type: [UpsertWarning],
      description:
        'Attributes of stored users that have no effect, for example because the domain does not declare them, in the order of the input. At most 20 for each user. Empty for items and offline lists.',
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ warnings }) => warnings,
    }),
  }),
})

/** Cost of storing an item, a user, or an offline list without its items, and of an item of an offline list. */
const [ITEM_COST, USER_COST, LIST_COST, LISTED_COST] = [40, 30, 30, 1]
/** Further points for a row of a user that another row names too: the rows of one user are stored one after the other. */
const REPEATED_COST = 150

const DeleteItemsResult = resultType('DeleteItems', DeleteItemsPayload)
const UpsertItemsResult = resultType('UpsertItems', UpsertPayload)
const UpsertUsersResult = resultType('UpsertUsers', UpsertPayload)
const UploadOfflineRecommendationsResult = resultType('UploadOfflineRecommendations', UpsertPayload)

/** Cost of an upload, by its rows. */
function rows(input: readonly unknown[], ofRow: number): { field: number; multiplier: number } {
  const length = Math.min(input.length, MAX_ROWS)
  return { field: ofRow * length, multiplier: length }
}

const DeleteItemsInput = builder.inputType('DeleteItemsInput', {
  description: 'The items that the mutation deletes.',
  fields: (t) => ({ itemIds: t.idList({ required: true, description: 'Ids of the items, at most 1,000.' }) }),
})

const UpsertItemsInput = builder.inputType('UpsertItemsInput', {
  description: 'The items that the mutation adds or changes.',
  fields: (t) => ({
    items: t.field({
      type: [ItemInput],
      required: true,
      description: 'The items, at most 1,000. If two of them have the same id, the later one counts.',
    }),
  }),
})

const UpsertUsersInput = builder.inputType('UpsertUsersInput', {
  description: 'The users whom the mutation adds or changes.',
  fields: (t) => ({
    users: t.field({
      type: [UserInput],
      required: true,
      description: 'The users, at most 1,000. If two of them have the same id, the later one counts.',
    }),
  }),
})

const UploadOfflineRecommendationsInput = builder.inputType('UploadOfflineRecommendationsInput', {
  description: 'The offline lists that the mutation stores.',
  fields: (t) => ({
    lists: t.field({ type: [OfflineRecommendationsInput], required: true, description: 'The lists, at most 1,000.' }),
  }),
})

builder.mutationFields((t) => ({
  upsertItems: t.field({
    description: 'Adds or changes up to 1,000 items.',
    type: UpsertItemsResult,
    nullable: true,
    complexity: ({ input: { items } }) => rows(items, ITEM_COST),
    args: { input: t.arg({ type: UpsertItemsInput, required: true, description: 'The items.' }) },
    resolve: (_, { input: { items } }, { service }) =>
      orError(() => service.uploads.upsertItems(atMost('items', items, MAX_ROWS))),
  }),
  deleteItems: t.field({
    type: DeleteItemsResult,
    nullable: true,
    complexity: ({ input: { itemIds } }) => rows(itemIds, ITEM_COST),
    description:
      'Deletes up to 1,000 items. If a deleted item is uploaded again, it is a new item: its former attributes and features do not count. To pause an item instead, upload it with `available: false`.',
    args: { input: t.arg({ type: DeleteItemsInput, required: true, description: 'The items to delete.' }) },
    resolve: (_, { input: { itemIds } }, { service }) =>
      orError(async () => ({ itemIds, result: await service.uploads.deleteItems(atMost('itemIds', itemIds, MAX_ROWS)) })),
  }),
  upsertUsers: t.field({
    description: 'Adds or changes attributes of up to 1,000 users, and stores whether they have consented or opted out.',
    type: UpsertUsersResult,
    nullable: true,
    complexity: ({ input: { users } }) => rows(users, USER_COST),
    args: { input: t.arg({ type: UpsertUsersInput, required: true, description: 'The users.' }) },
    resolve: (_, { input }, context) =>
      orError(async () => {
        const { service, principal, storage } = context
        const users = atMost('users', input.users, MAX_ROWS)
        await storage.take(() => USER_BYTES * users.length)
        const repeated = users.length - new Set(users.map(({ userId }) => userId)).size
        context.charge(context, REPEATED_COST * repeated)
        return service.uploads.upsertUsers(users, { refusesMerged: principal.role === 'device' })
      }),
  }),
  uploadOfflineRecommendations: t.field({
    type: UploadOfflineRecommendationsResult,
    nullable: true,
    complexity: ({ input: { lists } }) => {
      const { field, multiplier } = rows(lists, LIST_COST)
      return { field: field + LISTED_COST * lists.reduce((sum, { items }) => sum + items.length, 0), multiplier }
    },
    description:
      'Replaces the offline list of each named user or segment (group of users). An offline list is a list of items that you ranked outside the service.',
    args: { input: t.arg({ type: UploadOfflineRecommendationsInput, required: true, description: 'The lists.' }) },
    resolve: (_, { input: { lists } }, { service }) =>
      orError(() => service.uploads.uploadOfflineRecommendations(atMost('lists', lists, MAX_ROWS))),
  }),
}))
