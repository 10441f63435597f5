import type { ServiceFigures } from '../analysis/service-status.ts'
import { failures } from '../invariant.ts'
import { packageVersion } from '../package-root.ts'
import type { StorePolicy } from '../state/store-health.ts'
import { builder } from './builder.ts'
import { Latency } from './latency.ts'

const version = packageVersion()

const StorePolicyObject = builder.objectRef<StorePolicy>('StorePolicy').implement({
  description: 'Settings of Redis that decide whether Redis can lose recorded events.',
  fields: (t) => ({
    maxmemoryPolicies: t.exposeStringList('maxmemoryPolicies', {
      description:
        'The values of the setting maxmemory-policy on the Redis masters. With any value other than noeviction, recorded events can be lost.',
    }),
    evicts: t.exposeBoolean('evicts', {
      description: 'Whether a Redis master may delete data of the service when its memory is full.',
    }),
    appendOnly: t.exposeBoolean('appendOnly', {
      description:
        'Whether each Redis server to which the service writes (master) keeps an append-only file. Without this file, a restart of Redis loses data.',
    }),
  }),
})

const StoreKind = builder.enumType('StoreKind', {
  description: 'Where the service keeps its data.',
  values: {
    EMBEDDED: {
      value: 'embedded',
      description: 'The embedded store: the memory of one process, and files in the folder `DATA_DIR`.',
    },
    REDIS: { value: 'redis', description: 'Redis, which several processes can share.' },
  } as const,
})

const ServiceStatus = builder.objectRef<ServiceFigures>('ServiceStatus').implement({
  description:
    'Activity and health of the service. Rates and durations are those of the last minute, over all processes that share the store.',
  fields: (t) => ({
    version: t.string({ description: 'Version of the package in the answering process.', resolve: () => version }),
    store: t.field({
      type: StoreKind,
      description: 'Where the service keeps its data: in Redis, or in the embedded store.',
      resolve: (_, __, { service }) => service.store.name,
    }),
    storePolicy: t.field({
      type: StorePolicyObject,
      nullable: true,
      description:
        'Settings of Redis, which the service reads every 30 seconds. Null for the embedded store. Also null if Redis refuses the command `INFO`.',
      resolve: (_, __, { service }) => service.storeHealth.policy,
    }),
    storeLosses: t.int({
      description: 'How often the store has lost data since the answering process started.',
      resolve: (_, __, { service }) => service.storeHealth.losses,
    }),
    storeWarnings: t.stringList({
      description: 'One sentence for each setting of Redis because of which recorded events could be lost.',
      resolve: (_, __, { service }) => [...service.storeHealth.warnings],
    }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'When the answering process started.',
      resolve: (_, __, { service }) => new Date(service.activity.startedAt),
    }),
    eventsPerSecond: t.exposeFloat('eventsPerSecond', {
      description: 'Number of events recorded per second. Duplicates are not included.',
    }),
    slatesPerSecond: t.exposeFloat('slatesPerSecond', {
      description: 'Number of slates made per second, for queries, for `recordEvent` and for subscriptions.',
    }),
    subscribers: t.exposeInt('subscribers', { description: 'Number of open subscriptions to slates and to features.' }),
  }),
})

builder.objectFields(ServiceStatus, (t) => ({
  foldLagMs: t.float({
    nullable: true,
    description:
      'How late totals over all users are, in ms: the age of the oldest recorded event that they do not include yet. Null while the store does not answer.',
    resolve: ({ foldLag }) => foldLag,
  }),
  poisonedEntries: t.int({
    nullable: true,
    description:
      'Number of log entries that contain a value that the service cannot use, such as an infinite number. The service leaves such values out of all totals. In a healthy store, the number is 0. Null while the store does not answer.',
    resolve: ({ poisonedEntries }) => poisonedEntries,
  }),
  failedAssertions: t.int({
    description:
      'How often a check of the service on itself (an assertion) has failed since the answering process started. If it is above 0, the service has a defect: report it, with the log.',
    resolve: () => failures(),
  }),
  clockSteps: t.int({
    description:
      'How often the clock of the machine has jumped by more than five minutes since the answering process started. If the clock is synchronised, the number is 0.',
    resolve: (_, __, { service }) => service.clockSteps.count(),
  }),
  recommendationMs: t.field({
    type: Latency,
    nullable: true,
    description:
      'Time from a request for a slate until the slate is made and stored, without the network. Null if the last minute had no such request.',
    resolve: ({ recommendationMs }) => recommendationMs,
  }),
  eventToSlateMs: t.field({
    type: Latency,
    nullable: true,
    description:
      'Time from recording an event until a subscription sends the slate that it caused, including the wait for `minIntervalMs`. If several events lead to one slate, the time starts with the oldest of them. Null if the last minute had no such slate.',
    resolve: ({ eventToSlateMs }) => eventToSlateMs,
  }),
}))

builder.queryField('status', (t) =>
  t.field({
    description: 'Activity and health of the service.',
    type: ServiceStatus,
    nullable: true,
    resolve: (_, __, { service }) => service.status.read(),
  }),
)
