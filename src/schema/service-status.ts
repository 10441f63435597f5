import type { ServiceFigures } from '../analysis/service-status.ts'
import { MOST_NAMES } from '../events/unknown-names.ts'
import { failures } from '../invariant.ts'
import type { Percentiles } from '../latency-histogram.ts'
import { packageVersion } from '../package-root.ts'
import type { StorePolicy } from '../state/opened-store.ts'
import { builder } from './builder.ts'
import { NeighbourLists } from './neighbour-lists.ts'

const Latency = builder.objectRef<Percentiles>('Latency').implement({
  description: 'Percentiles of a duration, in ms. Each is at most 2 % too high, because it is rounded up.',
  fields: (t) => ({
    p50: t.exposeFloat('p50', { description: 'The median, in ms: half of the durations are at most this long.' }),
    p95: t.exposeFloat('p95', { description: 'The 95th percentile, in ms: 95 % of the durations are at most this long.' }),
    p99: t.exposeFloat('p99', { description: 'The 99th percentile, in ms: 99 % of the durations are at most this long.' }),
  }),
})

const version = packageVersion()

const StorePolicyObject = builder.objectRef<StorePolicy>('StorePolicy').implement({
  description:
    'Settings of Redis that decide whether Redis can lose recorded events. A master is a Redis server to which the service writes.',
  fields: (t) => ({
    maxmemoryPolicies: t.exposeStringList('maxmemoryPolicies', {
      description:
        'The values of the Redis setting maxmemory-policy on all masters. With any value other than noeviction, recorded events can be lost.',
    }),
    evicts: t.exposeBoolean('evicts', {
      description: 'True if a master may delete data of the service when its memory is full.',
    }),
    appendOnly: t.exposeBoolean('appendOnly', {
      description: 'True if each master keeps an append-only file. Without this file, a restart of Redis loses data.',
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
        'Settings of Redis that decide whether Redis can lose recorded events. The service reads them every 30 seconds. Null for the embedded store, or if Redis refuses the command `INFO`, with which the service reads them.',
      resolve: (_, __, { service }) => service.storeHealth.policy,
    }),
    storeLosses: t.int({
      description: 'How often Redis has lost data since the answering process started. For the embedded store, it is always 0.',
      resolve: (_, __, { service }) => service.storeHealth.losses,
    }),
    storeWarnings: t.stringList({
      description:
        'One sentence for each setting of Redis that may cause a loss of recorded events, and one if the clock of Redis is wrong by more than a day.',
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
      'The service adds each recorded event to totals over all users, such as the clicks on an item, a little later. The field is the age, in ms, of the oldest event that it has not added yet. Null while the store does not answer.',
    resolve: ({ foldLag }) => foldLag,
  }),
  poisonedEntries: t.int({
    nullable: true,
    description:
      'The store keeps a log of all recorded events. The field is the number of log entries with a value that the service cannot use, such as an infinite number. The service leaves such values out of all totals. In a healthy store, the number is 0. Null while the store does not answer.',
    resolve: ({ poisonedEntries }) => poisonedEntries,
  }),
  failedAssertions: t.int({
    description:
      'How often a check of the service on itself (an assertion) has failed since the answering process started. If it is above 0, the service has a defect: report it, with the log.',
    resolve: () => failures(),
  }),
  neighbourLists: t.field({
    type: NeighbourLists,
    nullable: true,
    description:
      'The neighbour lists (similar items, computed outside the service) of the answering process. The field `warning` says if they are old. Null if no lists were uploaded.',
    resolve: (_, __, { service }) => service.neighbourLists.latest,
  }),
  clockSteps: t.int({
    description:
      'How often the clock of the machine has jumped by more than five minutes since the answering process started. With a synchronised clock, it is 0.',
    resolve: (_, __, { service }) => service.clockWatch.steps(),
  }),
  clockWarning: t.string({
    nullable: true,
    description:
      'One sentence if the clock of the machine differs from the time of the service by more than a day. The service then keeps its own time, and deletes nothing because of the clock. The sentence says what to do. Null if both agree.',
    resolve: (_, __, { service }) => service.clockWatch.warning,
  }),
  undeclaredEventTypes: t.stringList({
    description: `Event types that the domain does not declare, of events that the answering process received since it started: the latest ${MOST_NAMES}, each once.`,
    resolve: (_, __, { service }) => service.ingest.unknownNames.types,
  }),
  unknownItems: t.stringList({
    description: `Ids of items that were never uploaded, of events that the answering process received since it started: the latest ${MOST_NAMES}, each once.`,
    resolve: (_, __, { service }) => service.ingest.unknownNames.items,
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
      'Time from the recording of an event until a subscription sends the slate that the event caused. It includes the wait for `minIntervalMs`, the shortest time between two slates of a subscription. If several events cause one slate, the time starts with the oldest of them. Null if the last minute had no such slate.',
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
