import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ServiceFigures } from '../analysis/service-status.ts'
import { failures } from '../invariant.ts'
import { PACKAGE_ROOT } from '../package-root.ts'
import type { StorePolicy } from '../state/store-health.ts'
import { builder } from './builder.ts'
import { Latency } from './latency.ts'

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')))

const StorePolicyObject = builder.objectRef<StorePolicy>('StorePolicy').implement({
  description: 'Settings of Redis that decide whether it keeps what it acknowledges.',
  fields: (t) => ({
    maxmemoryPolicies: t.exposeStringList('maxmemoryPolicies', {
      description: 'maxmemory-policy of the masters, each policy once. Anything but noeviction loses acknowledged events.',
    }),
    evicts: t.exposeBoolean('evicts', { description: 'Whether a master may drop keys when its memory is full.' }),
    appendOnly: t.exposeBoolean('appendOnly', { description: 'Whether every master writes an append-only file.' }),
  }),
})

const ServiceStatus = builder.objectRef<ServiceFigures>('ServiceStatus').implement({
  description: 'What the service is doing now, over the last minute, across replicas where they share a store.',
  fields: (t) => ({
    version: t.string({ description: 'Of the process that answers.', resolve: () => version }),
    store: t.string({ description: 'embedded or redis.', resolve: (_, __, { service }) => service.store.name }),
    storePolicy: t.field({
      type: StorePolicyObject,
      nullable: true,
      description: 'Null for the embedded store, and where Redis does not allow INFO. Read every 30 seconds.',
      resolve: (_, __, { service }) => service.storeHealth.policy,
    }),
    storeLosses: t.int({
      description: 'How often the process that answers saw the store lose data since its start.',
      resolve: (_, __, { service }) => service.storeHealth.losses,
    }),
    storeWarnings: t.stringList({
      description: 'What may lose acknowledged data, a sentence each.',
      resolve: (_, __, { service }) => [...service.storeHealth.warnings],
    }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'Of the process that answers.',
      resolve: (_, __, { service }) => new Date(service.activity.startedAt),
    }),
    eventsPerSecond: t.exposeFloat('eventsPerSecond', { description: 'Recorded for the first time.' }),
    slatesPerSecond: t.exposeFloat('slatesPerSecond'),
    subscribers: t.exposeInt('subscribers', { description: 'Streams of slates and of features that are open.' }),
    foldLagMs: t.float({
      nullable: true,
      description: 'Age of the oldest event that the shared figures lack; null while the store does not answer.',
      resolve: ({ foldLag }) => foldLag,
    }),
    poisonedEntries: t.int({
      nullable: true,
      description:
        'Log entries that were left out of the shared figures, wholly or in part, since they cannot be added, and were set aside for the operator. 0 in a healthy store; null while the store does not answer.',
      resolve: ({ poisonedEntries }) => poisonedEntries,
    }),
    failedAssertions: t.int({
      description:
        'Operations and additions that an assertion refused since the process that answers started. 0 in a healthy service.',
      resolve: () => failures(),
    }),
    clockSteps: t.int({
      description:
        'How often the wall clock of the process that answers stepped by more than five minutes since its start. 0 on a machine whose time is synchronised.',
      resolve: (_, __, { service }) => service.clockSteps.count(),
    }),
    recommendationMs: t.field({
      type: Latency,
      nullable: true,
      description: 'From a request to its slate, within the service. Null where there was none.',
      resolve: ({ recommendationMs }) => recommendationMs,
    }),
    eventToSlateMs: t.field({
      type: Latency,
      nullable: true,
      description:
        'From the recording of an event to the slate on a stream that answers to it; of events that share one, the oldest counts. minIntervalMs is part of it. Null where there was none.',
      resolve: ({ eventToSlateMs }) => eventToSlateMs,
    }),
  }),
})

builder.queryField('status', (t) =>
  t.field({ type: ServiceStatus, nullable: true, resolve: (_, __, { service }) => service.status.read() }),
)
