import type { UploadResult } from '../events/uploads.ts'
import { atMost } from './argument-checks.ts'
import { builder } from './builder.ts'
import { ErrorInterface, type FieldErrorModel, invalidInput } from './error.ts'

const MAX_ROWS = 1000

const ItemInput = builder.inputType('ItemInput', {
  fields: (t) => ({
    itemId: t.id({ required: true }),
    attributes: t.field({
      type: 'JSONObject',
      required: true,
      description:
        'Merged into the stored attributes; null removes one. An attribute that the domain declares as a number must be from -1e12 to 1e12. One that it declares as a key must be a string or a list of strings.',
    }),
    available: t.boolean({ description: 'If absent: true for a new item, unchanged for a known one.' }),
  }),
})

const UserInput = builder.inputType('UserInput', {
  fields: (t) => ({
    userId: t.id({ required: true }),
    optOut: t.boolean({
      description:
        'True: the service records nothing more about this user, uses nothing that it knows, and recommends as for a new user.',
    }),
    attributes: t.field({
      type: 'JSONObject',
      required: true,
      description:
        "Merged into the stored attributes; null removes one. The user's attribute `segment` selects the offline list of that segment.",
    }),
  }),
})

const OfflineItemInput = builder.inputType('OfflineItemInput', {
  fields: (t) => ({
    itemId: t.id({ required: true }),
    score: t.float({ required: true, description: 'Any finite number. Higher scores come first.' }),
  }),
})

const OfflineListOwner = builder.inputType('OfflineListOwner', {
  description: 'Whose list it is: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    userId: t.id({ description: 'The user whose list this is.' }),
    segment: t.string({
      description: 'The segment whose list this is. The list of the segment `default` serves users without another list.',
    }),
  }),
})

const OfflineRecommendationsInput = builder.inputType('OfflineRecommendationsInput', {
  description: 'A list of items that you ranked elsewhere, for one user or one segment.',
  fields: (t) => ({
    owner: t.field({ type: OfflineListOwner, description: 'Whose list it is. A list without an owner is refused.' }),
    userId: t.id({ description: 'The user whose list this is.', deprecationReason: 'Pass owner: { userId }.' }),
    segment: t.string({ description: 'The segment whose list this is.', deprecationReason: 'Pass owner: { segment }.' }),
    generatedAt: t.field({ type: 'DateTime', description: 'When the list was computed. The time of the upload if absent.' }),
    items: t.field({ type: [OfflineItemInput], required: true, description: 'Up to 1,000 items. They replace the stored list.' }),
  }),
})

const UpsertError = builder.objectRef<FieldErrorModel & { readonly index: number }>('UpsertError').implement({
  interfaces: [ErrorInterface],
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'Index of the refused row in the input, from 0.' }),
    field: t.string({ nullable: true, description: 'The field of the row that is wrong.', resolve: ({ field }) => field }),
  }),
})

const UpsertPayload = builder.objectRef<UploadResult>('UpsertPayload').implement({
  fields: (t) => ({
    accepted: t.exposeInt('accepted', { description: 'Number of rows stored.' }),
    rejected: t.int({
      description: 'Number of rows refused; errors has one entry for each.',
      resolve: ({ errors }) => errors.length,
    }),
    // The upload multiplies it by its rows.
    errors: t.field({
      type: [UpsertError],
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ errors }) => errors.map((error) => ({ index: error.index, ...invalidInput(error) })),
    }),
  }),
})

/** Cost of an upload, by its rows. */
function rows(input: readonly unknown[]): { field: number; multiplier: number } {
  const length = Math.min(input.length, MAX_ROWS)
  return { field: 10 * length, multiplier: length }
}

builder.mutationFields((t) => ({
  upsertItems: t.field({
    description: 'Adds or changes up to 1,000 items.',
    type: UpsertPayload,
    nullable: true,
    complexity: ({ input }) => rows(input),
    args: { input: t.arg({ type: [ItemInput], required: true }) },
    resolve: (_, { input }, { service }) => service.uploads.upsertItems(atMost('input', input, MAX_ROWS)),
  }),
  deleteItems: t.field({
    type: UpsertPayload,
    nullable: true,
    complexity: ({ itemIds }) => rows(itemIds),
    description:
      'Removes items from the catalogue, so that they are no longer recommended. Features keep what events on these items added, until it expires. To pause an item instead, upload it with available: false.',
    args: { itemIds: t.arg.idList({ required: true }) },
    resolve: (_, { itemIds }, { service }) => service.uploads.deleteItems(atMost('itemIds', itemIds, MAX_ROWS)),
  }),
  upsertUsers: t.field({
    description: 'Adds or changes attributes of up to 1,000 users, or opts them out.',
    type: UpsertPayload,
    nullable: true,
    complexity: ({ input }) => rows(input),
    args: { input: t.arg({ type: [UserInput], required: true }) },
    resolve: (_, { input }, { service }) => service.uploads.upsertUsers(atMost('input', input, MAX_ROWS)),
  }),
  uploadOfflineRecommendations: t.field({
    type: UpsertPayload,
    nullable: true,
    complexity: ({ input }) => rows(input),
    description: 'Replaces the offline list of each named user or segment: items that you ranked elsewhere.',
    args: { input: t.arg({ type: [OfflineRecommendationsInput], required: true }) },
    resolve: (_, { input }, { service }) => service.uploads.uploadOfflineRecommendations(atMost('input', input, MAX_ROWS)),
  }),
}))
