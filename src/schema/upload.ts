import type { UploadResult } from '../events/uploads.ts'
import { builder, ErrorInterface } from './builder.ts'
import { atMost } from './limits.ts'

const MAX_ROWS = 1000

const ItemInput = builder.inputType('ItemInput', {
  fields: (t) => ({
    itemId: t.id({ required: true }),
    attributes: t.field({
      type: 'JSONObject',
      required: true,
      description:
        'Merged into the stored attributes; null removes one. A declared number must be a number from -1e12 to 1e12. A declared key must be a string or a list of strings.',
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
      description: 'Merged into the stored attributes; null removes one. The attribute segment selects an offline list.',
    }),
  }),
})

const OfflineItemInput = builder.inputType('OfflineItemInput', {
  fields: (t) => ({ itemId: t.id({ required: true }), score: t.float({ required: true }) }),
})

const OfflineRecommendationsInput = builder.inputType('OfflineRecommendationsInput', {
  fields: (t) => ({
    userId: t.id({ description: 'Pass userId or segment. The segment default serves users without another list.' }),
    segment: t.string(),
    generatedAt: t.field({ type: 'DateTime' }),
    items: t.field({ type: [OfflineItemInput], required: true }),
  }),
})

const UpsertError = builder.objectRef<UploadResult['errors'][number]>('UpsertError').implement({
  interfaces: [ErrorInterface],
  fields: (t) => ({
    index: t.exposeInt('index'),
    field: t.string({ nullable: true, resolve: ({ field }) => field }),
  }),
})

const UpsertPayload = builder.objectRef<UploadResult>('UpsertPayload').implement({
  fields: (t) => ({
    accepted: t.exposeInt('accepted'),
    rejected: t.int({ resolve: ({ errors }) => errors.length }),
    // The upload multiplies it by its rows.
    errors: t.field({ type: [UpsertError], complexity: { field: 1, multiplier: 1 }, resolve: ({ errors }) => [...errors] }),
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
    complexity: ({ input }) => rows(input),
    args: { input: t.arg({ type: [ItemInput], required: true }) },
    resolve: (_, { input }, { service }) => service.uploads.upsertItems(atMost('input', input, MAX_ROWS)),
  }),
  deleteItems: t.field({
    type: UpsertPayload,
    complexity: ({ itemIds }) => rows(itemIds),
    description:
      'Removes items from recommendations. Their sums stay until they expire. To pause an item, upsert available: false.',
    args: { itemIds: t.arg.idList({ required: true }) },
    resolve: (_, { itemIds }, { service }) => service.uploads.deleteItems(atMost('itemIds', itemIds, MAX_ROWS)),
  }),
  upsertUsers: t.field({
    description: 'Adds or changes attributes of up to 1,000 users, or opts them out.',
    type: UpsertPayload,
    complexity: ({ input }) => rows(input),
    args: { input: t.arg({ type: [UserInput], required: true }) },
    resolve: (_, { input }, { service }) => service.uploads.upsertUsers(atMost('input', input, MAX_ROWS)),
  }),
  uploadOfflineRecommendations: t.field({
    type: UpsertPayload,
    complexity: ({ input }) => rows(input),
    description: 'Replaces the list of each named user or segment.',
    args: { input: t.arg({ type: [OfflineRecommendationsInput], required: true }) },
    resolve: (_, { input }, { service }) => service.uploads.uploadOfflineRecommendations(atMost('input', input, MAX_ROWS)),
  }),
}))
