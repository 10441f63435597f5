import { expiryOf } from '../candidates/offline.ts'
import { type NeighbourLists as Lists, MAX_LISTS, MAX_NEIGHBOURS } from '../catalogue/neighbour-lists.ts'
import { MAX_PARTS, type ServeInput } from '../events/neighbour-uploads.ts'
import type { RefusedRow } from '../events/uploads.ts'
import { readTime } from '../events/validate-event.ts'
import { atMost } from './argument-checks.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { NotFound, orError, resultType } from './error.ts'
import { asData, UpsertError } from './upload.ts'

/** Most lists of one part: with all their neighbours, they stay below the largest operation and the most values of its variables. */
const MAX_PART_LISTS = 100

const NeighbourInput = builder.inputType('NeighbourInput', {
  description: 'An item that is similar to the item of the list.',
  fields: (t) => ({
    itemId: t.id({ required: true, description: 'Id of the similar item. It may be uploaded later.' }),
    score: t.float({
      required: true,
      description: 'How similar the items are: above 0, at most 1e12. The service adds up scores of several lists.',
    }),
  }),
})

const NeighbourListInput = builder.inputType('NeighbourListInput', {
  description: 'An item with the items that are similar to it.',
  fields: (t) => ({
    itemId: t.id({ required: true, description: 'Id of the item that has the list. It may be uploaded later.' }),
    neighbours: t.field({
      type: [NeighbourInput],
      required: true,
      description: `Similar items, at most ${MAX_NEIGHBOURS}, in any order, without the item itself. Of an item that is named twice, the higher score counts.`,
    }),
  }),
})

/** Lists that are served. */
export const NeighbourLists = builder.objectRef<Lists>('NeighbourLists').implement({
  description:
    'A version of the *neighbour lists*: for each item, similar items that were computed outside the service, for example by `liverank offline`. The source `offline_neighbours` proposes their items.',
  fields: (t) => ({
    version: t.id({ description: 'Name of this version.', resolve: ({ served }) => served.version }),
    generatedAt: t.field({
      type: 'DateTime',
      description: 'When the lists were computed.',
      resolve: ({ served }) => new Date(served.generatedAt),
    }),
    servedAt: t.field({
      type: 'DateTime',
      description: 'Since when the service serves this version.',
      resolve: ({ served }) => new Date(served.servedAt),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'From when the service no longer uses the lists: seven days after `generatedAt`.',
      resolve: ({ served }) => new Date(expiryOf(served.generatedAt)),
    }),
    decay: t.float({
      description:
        "How fast the weight of an item in a user's history falls. After this many later items, the weight is 1/e (37 %). With 0, all items weigh the same.",
      resolve: ({ served }) => served.decay,
    }),
    lists: t.exposeInt('lists', { description: 'Number of items that have a list.' }),
    neighbours: t.exposeInt('neighbours', { description: 'Number of neighbours in all lists together.' }),
    warning: t.string({
      nullable: true,
      description: 'What is wrong if the lists are more than two days old, and what to do, in English. Otherwise null.',
      resolve: (_, __, { service: { neighbourLists, clock } }) => neighbourLists.warning(clock.now()),
    }),
  }),
})

const ServeNeighbourListsResult = resultType('ServeNeighbourLists', NeighbourLists, [NotFound])

const UploadNeighbourListsPayload = builder.objectRef<readonly RefusedRow[]>('UploadNeighbourListsPayload').implement({
  description: 'The result of `uploadNeighbourLists`.',
  fields: (t) => ({
    stored: t.boolean({
      description: 'True if the part is stored. False if a list is invalid: nothing of the part is stored then.',
      resolve: (refused) => refused.length === 0,
    }),
    // The mutation multiplies it by its lists.
    errors: t.field({
      type: [UpsertError],
      complexity: { field: 1, multiplier: 1 },
      description: `One entry for each invalid list, at most ${MAX_PART_LISTS}, in the order of the input.`,
      resolve: (refused) => refused.map(asData),
    }),
  }),
})

const UploadNeighbourListsResult = resultType('UploadNeighbourLists', UploadNeighbourListsPayload)

/** Serves a version and notes that in the audit log. */
async function serve(
  { service, principal }: Context,
  { generatedAt, ...asked }: Omit<ServeInput, 'generatedAt'> & { readonly generatedAt?: unknown },
): Promise<Lists> {
  const input = { ...asked, generatedAt: readTime(generatedAt, 'generatedAt') }
  return service.audit.perform(principal, { action: 'SERVE_NEIGHBOUR_LISTS', target: asked.version }, async () => {
    const { lists, before } = await service.neighbourUploads.serve(input)
    return { result: lists, before: before ?? undefined, after: lists.served }
  })
}

const version = {
  required: true,
  description: 'Name of the version, 1 to 128 characters. Use a new name for each computation.',
} as const

const UploadNeighbourListsInput = builder.inputType('UploadNeighbourListsInput', {
  description: 'A part of a version of the neighbour lists.',
  fields: (t) => ({
    version: t.id(version),
    part: t.int({ required: true, description: 'Number of this part, from 0.' }),
    parts: t.int({ required: true, description: `Number of all parts of this version, 1 to ${MAX_PARTS}.` }),
    lists: t.field({
      type: [NeighbourListInput],
      required: true,
      description: `The lists of this part, at most ${MAX_PART_LISTS}. Each item has one list in the whole version.`,
    }),
  }),
})

const ServeNeighbourListsInput = builder.inputType('ServeNeighbourListsInput', {
  description: 'The version of the neighbour lists that the mutation serves.',
  fields: (t) => ({
    version: t.id(version),
    generatedAt: t.field({
      type: 'DateTime',
      required: true,
      description:
        'When the lists were computed: later than those of the former version, less than seven days ago, and not in the future.',
    }),
    lists: t.int({
      required: true,
      description: `Number of lists in all parts together, 1 to ${MAX_LISTS}. The service refuses the version if it has another number.`,
    }),
    decay: t.float({
      required: true,
      defaultValue: 0,
      description:
        "After this many later items, the weight of an item in a user's history has fallen to 1/e (37 %). With 0, all items weigh the same.",
    }),
  }),
})

builder.mutationFields((t) => ({
  uploadNeighbourLists: t.field({
    type: UploadNeighbourListsResult,
    nullable: true,
    complexity: ({ input: { lists } }) => {
      const length = Math.min(lists.length, MAX_PART_LISTS)
      return { field: 100 * length, multiplier: length }
    },
    description:
      'Stores one part of a version of the neighbour lists, but does not serve it yet. Upload all parts, in any order, and then call `serveNeighbourLists`. You may send a part again, but with the same lists only. At most 3 versions can be uploaded at the same time: the start of another one removes the parts of the oldest.',
    args: { input: t.arg({ type: UploadNeighbourListsInput, required: true, description: 'The part.' }) },
    resolve: (_, { input }, { service }) =>
      orError(() => service.neighbourUploads.upload({ ...input, lists: atMost('lists', input.lists, MAX_PART_LISTS) })),
  }),
  serveNeighbourLists: t.field({
    type: ServeNeighbourListsResult,
    nullable: true,
    complexity: 10_000,
    description:
      'Serves a version of the neighbour lists, all parts of which are stored, in place of the former version. Each slate uses one version only, never parts of two.',
    args: { input: t.arg({ type: ServeNeighbourListsInput, required: true, description: 'The version.' }) },
    resolve: (_, { input }, context) => orError(() => serve(context, input)),
  }),
}))
