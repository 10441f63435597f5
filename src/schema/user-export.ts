import { checkId } from '../events/validate-event.ts'
import type { Omitted } from '../rights/omitted-data.ts'
import type { UserExport as UserExportModel } from '../rights/user-exports.ts'
import { builder } from './builder.ts'

const OmittedKind = builder.enumType('OmittedKind', {
  description: 'Kind of data about a person that an export does not include.',
  values: {
    SHARED_SUMS: {
      description:
        "What the person's events added to totals over all users, such as the number of views of an item. The totals name nobody.",
    },
    EVENT_ID_HASHES: {
      description:
        'Hashes of the ids of events. The embedded store (without Redis) does not store to which user a hash belongs, so the export cannot include those of the person. An export from Redis includes them.',
    },
    COPIES: { description: 'Copies of the data of the person, in files of the store, on replicas of Redis, and in backups.' },
    OTHER_ARCHIVES: {
      description:
        'Old events in the archives (folders with old parts of the log) of other processes. This kind occurs only on Redis, where several processes can serve the same users.',
    },
    BEYOND_LIMIT: {
      description:
        'Data that this page does not have: a page ends after 1 MiB of JSON, or after 10 seconds of reading. The element says how to get the data. The command `liverank export --user` has no such limit.',
    },
  } as const,
})

const OmittedData = builder.objectRef<Omitted>('OmittedData').implement({
  description: 'Data about a person that an export does not include.',
  fields: (t) => ({
    kind: t.expose('kind', { type: OmittedKind, description: 'Kind of the missing data, such as `COPIES` for backups.' }),
    message: t.exposeString('message', { description: 'What the missing data is, and how to get it if that is possible.' }),
  }),
})

/** Characters of the log, and bytes of records of the person, that are read for a point. */
const [LOG_A_POINT, RECORDS_A_POINT] = [250, 8]

const UserExport = builder.objectRef<UserExportModel>('UserExport').implement({
  description: 'All that the service stores of a person, under all user ids of this person that were merged.',
  fields: (t) => ({
    userId: t.exposeID('userId', { description: 'The id that you passed to the query.' }),
    userIds: t.idList({
      description: 'All ids of the person. Events with any of these ids count for the user with the first id.',
      resolve: ({ userIds }) => [...userIds],
    }),
    exportedAt: t.field({
      type: 'DateTime',
      description: 'Time of the export.',
      resolve: ({ exportedAt }) => new Date(exportedAt),
    }),
    data: t.field({
      type: 'JSONObject',
      description:
        'The data of this page, as a JSON object with the lists `users`, `events`, `offlineLists`, `slates`, `eventIdHashes` and `log`. The reference page "Export of a person" describes the object. If nothing is stored of the person, the lists are empty.',
      resolve: ({ data }) => data,
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'Pass it in the argument `after` to get the next page. Null if this is the last page.',
    }),
    complete: t.boolean({
      description:
        'True for the last page of an export that lacks nothing because of its size. Otherwise, `notIncluded` has an element `BEYOND_LIMIT`.',
      resolve: ({ isComplete }) => isComplete,
    }),
    notIncluded: t.field({
      type: [OmittedData],
      description: 'What the export cannot include, and why: at most 5 kinds.',
      resolve: ({ omitted }) => [...omitted],
    }),
  }),
})

builder.queryField('exportUser', (t) =>
  t.field({
    type: UserExport,
    nullable: true,
    description:
      'Exports all that is stored of a person, under every id of the person, so that you can hand the data over. The export has the state, events, slates, attributes, offline lists and log entries of the person. It also works for users who opted out. The answer is a page of about 1 MiB at most; further pages have the rest. A process makes one export at a time, and other exports wait.',
    args: {
      userId: t.arg.id({ required: true, description: 'Any id of the person.' }),
      after: t.arg.string({ description: 'The `endCursor` of the page before. If absent, the first page.' }),
    },
    // How much of the log it reads is not known before. The bytes of the page are also paid as those of every answer.
    complexity: 5000,
    resolve: async (_, { userId, after }, context) => {
      checkId(userId, 'userId')
      const exported = await context.service.exports.export(userId, after ?? undefined)
      context.charge(context, exported.read.log / LOG_A_POINT + exported.read.records / RECORDS_A_POINT)
      return exported
    },
  }),
)
