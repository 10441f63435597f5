import type { Principal } from '../../src/auth/principal.ts'
import { setRules as setStanding } from '../../src/events/set-rules.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { PART_BYTES } from '../../src/ranking/uploaded-model.ts'
import { encodeNodeId } from '../../src/schema/node-id.ts'
import { fullUser, itemInput, itemOf, type PricedShop, tokenOf } from './priced-shop.ts'

/** The arguments of a root field. */
interface Largest {
  /** Most entries that one of its arguments may ask for or bring; 1 if none does. */
  readonly most: number
  /** Makes the arguments of the nth call, with so many entries. */
  readonly args: (entries: number, n: number) => object
  /** Makes what the nth call needs. It is not measured. */
  readonly before?: (entries: number, n: number) => Promise<unknown>
}

/** Makes the largest arguments; undefined if the caller may not use such arguments. */
export type ArgumentsOf = (shop: PricedShop, caller: Principal) => Largest | undefined

const list = <T>(length: number, entry: (i: number) => T): T[] => Array.from({ length }, (_, i) => entry(i))
const DAY = 86_400_000
/** As many pairs of conditions as a filter may have. */
const CONDITIONS = 240

const same =
  (args: object, most = 1): ArgumentsOf =>
  () => ({ most, args: () => args })
const pages =
  (most: number, args: object = {}): ArgumentsOf =>
  () => ({ most, args: (first) => ({ first, ...args }) })

/** The user for whom the nth call is: a device may act for its own user only. */
const userOf = ({ userId }: Principal, n: number) => userId ?? fullUser(n)

/** A filter of many conditions, none of which is decided by the others. */
const filter = (conditions: number) => ({
  or: list(conditions, (i) => ({
    and: [{ attribute: { name: 'price', gt: 1000 + i } }, { attribute: { name: 'title', in: [`no ${i}`] } }],
  })),
})
const featureFilter = (conditions: number) => ({
  or: list(conditions, (i) => ({ feature: { name: 'item_views', gt: 1e6 + i } })),
})

/** Rules as large as a request may have them, with this many conditions. */
const rules = (shop: PricedShop, conditions: number) => ({
  exclude: list(1000, (i) => `gone-${i}`),
  boost: list(50, (i) => ({ filter: filter(conditions / 100), factor: 1 + i / 100 })),
  limitPer: [{ attribute: 'brand', limit: 2 }],
  pin: list(5, (i) => ({ itemId: itemOf(shop, i), position: i + 1 })),
  diversity: 0.5,
  seen: list(10, () => ({ types: ['view', 'click'] })),
})

const slate = (more: (shop: PricedShop, entries: number) => object, most = 100): ArgumentsOf => {
  return (shop, caller) => ({
    most,
    args: (entries, n) => ({
      input: { userId: userOf(caller, n), surface: 'home', first: Math.min(entries, 100), ...more(shop, entries) },
    }),
  })
}

const slates: Record<string, ArgumentsOf> = {
  '': slate(() => ({})),
  'items on screen': slate((shop) => ({ anchorItemIds: list(20, (i) => itemOf(shop, i)) })),
  candidates: slate((shop) => ({ candidates: list(500, (i) => ({ itemId: itemOf(shop, i), score: i })) })),
  rules: slate((shop) => ({ rules: rules(shop, CONDITIONS) })),
  filter: slate(() => ({ rules: { filter: filter(CONDITIONS) } })),
}

const events = (shop: PricedShop, entries: number, n: number, one: (i: number) => object): EventInput[] =>
  list(entries, (i) => ({
    userId: '',
    eventId: `b${n}-${i}`,
    eventType: i % 5 === 0 ? 'add_to_cart' : 'view',
    itemId: itemOf(shop, 37 * (i + n)),
    ...one(i),
  }))

const eventsOf = (userIdOf: (caller: Principal, n: number, i: number) => string, more: object = {}): ArgumentsOf => {
  return (shop, caller) => ({
    most: 1000,
    args: (entries, n) => ({
      input: { events: events(shop, entries, n, (i) => ({ userId: userIdOf(caller, n, i), ...more })) },
    }),
  })
}

const uploads = (
  rows: 'items' | 'lists' | 'users',
  most: number,
  rowOf: (i: number, n: number, shop: PricedShop, caller: Principal) => object,
): ArgumentsOf => {
  return (shop, caller) => ({
    most,
    args: (entries, n) => ({ input: { [rows]: list(entries, (i) => rowOf(i, n, shop, caller)) } }),
  })
}

const MODEL = { name: 'default' }

/** A model in its usual state, and the surface of the rules of this benchmark. */
const models: ArgumentsOf = ({ service: { modelChanges } }) => ({
  most: 1,
  args: () => ({ input: MODEL }),
  before: async () => {
    await modelChanges.register(MODEL.name)
    await modelChanges.activate(MODEL.name, 1)
  },
})

const neighbourLists = (lists: number, version: string) =>
  list(lists, (i) => ({
    itemId: `${version}-${i}`,
    neighbours: list(100, (j) => ({ itemId: `near-${(i + j) % 1000}`, score: 1 + j })),
  }))

/** The largest part of a model. */
const PART = Buffer.alloc(PART_BYTES, 7)

const merged = (from: string, n: number) => `${from}-${n}`

/** By root field, and by what is special, the arguments that let it do the most work for its price. */
export const ARGUMENTS: Readonly<Record<string, Readonly<Record<string, ArgumentsOf>>>> = {
  'Query.accumulators': { '': same({}) },
  'Query.attributeFeatures': {
    '': pages(500, { attribute: 'brand' }),
    values: () => ({ most: 500, args: (entries) => ({ attribute: 'brand', values: list(entries, (i) => `b${i}`) }) }),
  },
  'Query.auditLog': { '': pages(500), 'of a user': pages(500, { userId: 'nobody' }) },
  'Query.cohortValues': { '': pages(500, { cohort: 'city' }) },
  'Query.declaredAttributes': { '': same({}) },
  'Query.eventTypes': { '': same({}) },
  'Query.exportUser': { '': () => ({ most: 1, args: (_, n) => ({ userId: fullUser(n) }) }) },
  'Query.featureSummary': {
    items: ({ service }) => ({
      most: 50,
      args: (entries) => ({ entity: 'ITEM', bins: 200, names: numbersOf(service, 'ITEM', entries) }),
    }),
    users: ({ service }) => ({
      most: 50,
      args: (entries) => ({ entity: 'USER', bins: 200, names: numbersOf(service, 'USER', entries) }),
    }),
  },
  'Query.item': { '': (shop) => ({ most: 1, args: (_, n) => ({ itemId: itemOf(shop, n) }) }) },
  'Query.itemAttributes': { '': same({}) },
  'Query.itemFeatures': {
    '': (shop) => ({ most: 500, args: (entries, n) => ({ itemIds: list(entries, (i) => itemOf(shop, i + n)) }) }),
    'one name': (shop) => ({
      most: 500,
      args: (entries, n) => ({ itemIds: list(entries, (i) => itemOf(shop, i + n)), names: ['item_views'] }),
    }),
  },
  'Query.items': {
    '': pages(500),
    filter: pages(500, { filter: filter(CONDITIONS) }),
    'feature in the filter': pages(500, { filter: featureFilter(CONDITIONS), orderBy: { feature: 'item_views' } }),
    'by an attribute': pages(500, { orderBy: { attribute: 'title' } }),
  },
  'Query.keys': { '': pages(500) },
  'Query.models': { '': pages(500) },
  'Query.node': { '': (_, caller) => ({ most: 1, args: (__, n) => ({ id: encodeNodeId('User', userOf(caller, n)) }) }) },
  'Query.nodes': {
    items: (shop) => ({ most: 100, args: (entries) => ({ ids: list(entries, (i) => encodeNodeId('Item', itemOf(shop, i))) }) }),
    users: (_, caller) => ({
      most: 100,
      args: (entries) => ({ ids: list(entries, (i) => encodeNodeId('User', userOf(caller, i))) }),
    }),
  },
  'Query.policyReport': { '': () => ({ most: 1, args: () => ({ since: new Date(Date.now() - 85 * DAY).toISOString() }) }) },
  'Query.recommendations': slates,
  'Query.sessionFeatures': { '': (_, caller) => ({ most: 1, args: (__, n) => ({ userId: userOf(caller, n) }) }) },
  'Query.similarItems': { '': (shop) => ({ most: 500, args: (first, n) => ({ first, itemId: itemOf(shop, n) }) }) },
  'Query.slate': { '': ({ recommendationId }) => ({ most: 1, args: () => ({ recommendationId }) }) },
  'Query.standingRules': {
    '': (shop) => ({
      most: 500,
      args: (first) => ({ first }),
      before: () => setRules(shop),
    }),
  },
  'Query.status': { '': same({}) },
  'Query.surfaces': { '': same({}) },
  'Query.trending': {
    '': pages(500),
    filter: pages(500, { filter: filter(CONDITIONS) }),
    'feature in the filter': (shop, caller) =>
      caller.role === 'device' ? undefined : pages(500, { filter: featureFilter(CONDITIONS) })(shop, caller),
  },
  'Query.user': { '': (_, caller) => ({ most: 1, args: (__, n) => ({ userId: userOf(caller, n) }) }) },
  'Query.userFeatures': {
    '': () => ({ most: 500, args: (entries) => ({ userIds: list(entries, fullUser) }) }),
    'one name': () => ({ most: 500, args: (entries) => ({ userIds: list(entries, fullUser), names: ['user_events_1d'] }) }),
  },
  'Query.userItemFeatures': {
    '': (shop, caller) => ({
      most: 500,
      args: (entries, n) => ({ userId: userOf(caller, n), itemIds: list(entries, (i) => itemOf(shop, i)) }),
    }),
  },
  'Query.users': {
    '': pages(500),
    filter: pages(500, { filter: filter(CONDITIONS), orderBy: { feature: 'user_events_1d' } }),
  },
  'Mutation.activateModel': { '': models },
  'Mutation.createKey': { '': () => ({ most: 1, args: (_, n) => ({ input: { role: 'ANALYST', name: `key ${n}` } }) }) },
  'Mutation.deleteItems': {
    '': ({ service }) => ({
      most: 1000,
      args: (entries, n) => ({ input: { itemIds: list(entries, (i) => `deleted-${n}-${i}`) } }),
      before: (entries, n) => service.uploads.upsertItems(list(entries, (i) => itemInput(`deleted-${n}-${i}`, i))),
    }),
  },
  'Mutation.eraseUser': {
    '': (shop) => ({
      most: 1,
      args: (_, n) => ({ input: { userId: merged('erased', n) } }),
      before: (_, n) =>
        shop.service.ingest.record(events(shop, 200, n, () => ({ userId: merged('erased', n), eventId: undefined }))),
    }),
  },
  'Mutation.mergeUsers': {
    '': (shop, { role, userId }) => ({
      most: 1,
      args: (_, n) => ({
        input: {
          from: merged(`anonymous-${role}`, n),
          into: userId ?? merged('into', n),
          ...(userId !== undefined && { fromToken: proofs.get(n % PROOFS) }),
        },
      }),
      before: async (_, n) => {
        const from = merged(`anonymous-${role}`, n)
        if (userId !== undefined) proofs.set(n % PROOFS, await tokenOf('device', from))
        await shop.service.ingest.record(events(shop, 200, n, () => ({ userId: from, eventId: undefined })))
        await shop.service.ingest.record(
          events(shop, 200, n, () => ({ userId: userId ?? merged('into', n), eventId: undefined })),
        )
      },
    }),
  },
  'Mutation.recordEvent': {
    '': (shop, caller) => ({
      most: 1,
      args: (_, n) => ({ input: events(shop, 1, n, () => ({ userId: caller.userId ?? `user-${n % shop.users}` }))[0] }),
    }),
    'full history': (shop, caller) => ({
      most: 1,
      args: (_, n) => ({ input: events(shop, 1, n, () => ({ userId: userOf(caller, n) }))[0] }),
    }),
    'large attributes': (_, caller) => ({
      most: 1,
      args: (__, n) => ({
        input: {
          userId: userOf(caller, n),
          eventType: 'search',
          eventId: `large-${n}-${caller.role}`,
          eventAttributes: largeAttributes(n),
        },
      }),
    }),
  },
  'Mutation.recordEvents': {
    'one user': eventsOf((caller, n) => userOf(caller, n)),
    'a user each': (shop, caller) =>
      caller.role === 'device' ? undefined : eventsOf((_, n, i) => `new-${n}-${i}`)(shop, caller),
    refused: eventsOf((caller, n) => userOf(caller, n), { eventType: '', itemId: '' }),
    'of others': (shop, caller) => (caller.role === 'device' ? eventsOf((_, __, i) => `other-${i}`)(shop, caller) : undefined),
  },
  'Mutation.registerModel': { '': models },
  'Mutation.removeRules': {
    '': (shop) => ({ most: 1, args: () => ({ input: { surface: SURFACE } }), before: () => setRules(shop) }),
  },
  'Mutation.renewToken': {
    '': (_, { role, userId }) => ({
      most: 1,
      args: () => ({ input: { token: proofs.get(-1) } }),
      before: async () => void proofs.set(-1, await tokenOf(role, userId ?? role)),
    }),
  },
  'Mutation.retireModel': { '': models },
  'Mutation.revokeKey': { '': same({ input: { keyId: 'unknown' } }) },
  'Mutation.serveNeighbourLists': {
    '': (shop) => ({
      most: 1,
      args: (_, n) => ({
        input: { version: `served-${n}`, lists: 2000, generatedAt: new Date(Date.now() - DAY + 1000 * n).toISOString() },
      }),
      before: async (_, n) => {
        for (let part = 0; part < 20; part++)
          await shop.service.neighbourUploads.upload({
            version: `served-${n}`,
            part,
            parts: 20,
            lists: neighbourLists(100, `part-${part}`),
          })
      },
    }),
  },
  'Mutation.setRules': {
    '': (shop) => ({
      most: 1,
      args: () => ({
        input: {
          surface: SURFACE,
          rules: { ...rules(shop, 5000), exclude: list(10_000, (i) => `gone-${i}`), filter: filter(300) },
        },
      }),
    }),
  },
  'Mutation.shadowModel': { '': models },
  'Mutation.uploadModel': {
    '': () => ({
      most: 1,
      args: (_, n) => ({
        input: {
          name: `model-${n}`,
          part: 0,
          parts: 2,
          sha256: (n % 1e9).toString(16).padStart(64, '0'),
          content: PART.toString('base64'),
        },
      }),
    }),
  },
  'Mutation.uploadNeighbourLists': {
    '': () => ({
      most: 100,
      args: (entries, n) => ({
        input: { version: `uploaded-${n}`, part: 0, parts: 2, lists: neighbourLists(entries, `n${n}`) },
      }),
    }),
  },
  'Mutation.uploadOfflineRecommendations': {
    'many lists': uploads('lists', 1000, (i, n) => ({
      owner: { userId: `offline-${n}-${i}` },
      items: list(12, (j) => ({ itemId: `item-${j}`, score: j })),
    })),
    'long lists': uploads('lists', 16, (i, n) => ({
      owner: { userId: `offline-${n}-${i}` },
      items: list(1000, (j) => ({ itemId: `item-${j}`, score: j })),
    })),
  },
  'Mutation.upsertItems': {
    '': uploads('items', 500, (i, n) => itemInput(`upserted-${n % 3}-${i}`, i)),
    refused: uploads('items', 1000, () => ({ itemId: '', attributes: {} })),
  },
  'Mutation.upsertUsers': {
    '': uploads('users', 1000, (i, n, _, { userId }) => ({
      userId: userId ?? `upserted-${n}-${i}`,
      optOut: false,
      attributes: userId === undefined ? { city: `city-${i}`, note: 'x'.repeat(100) } : {},
    })),
    warned: (shop, caller) =>
      caller.role === 'device'
        ? undefined
        : uploads('users', 900, (i, n) => ({
            userId: `warned-${n}-${i}`,
            attributes: Object.fromEntries(list(20, (j) => [`unknown${j}`, j])),
          }))(shop, caller),
  },
  'Subscription.recommendations': slates,
  'Subscription.userFeatures': { '': (_, caller) => ({ most: 1, args: (__, n) => ({ userId: userOf(caller, n) }) }) },
}

const SURFACE = 'bench'
/** Proofs that were made for calls to come. */
const proofs = new Map<number, string>()
const PROOFS = 100

function largeAttributes(n: number): object {
  return Object.fromEntries(list(300, (i) => [`key${i}`, `value ${n} ${i}`]))
}

function setRules({ service }: PricedShop): Promise<unknown> {
  return setStanding(service, SURFACE, { exclude: list(1000, (i) => `gone-${i}`) })
}

function numbersOf({ accumulators }: PricedShop['service'], entity: string, most: number): string[] {
  const numbers = [...accumulators.features.values()].filter(
    (feature) => feature.entity === entity && feature.column && !feature.breakdown,
  )
  return list(most, (i) => numbers[i % numbers.length].name)
}
