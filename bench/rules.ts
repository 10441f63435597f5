import { basename, join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { graphql } from 'graphql'
import { LOCAL_PRINCIPAL } from '../src/auth/principal.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import type { ItemFilter } from '../src/rules/item-filter.ts'
import type { Rules } from '../src/rules/rules.ts'
import { ItemFeatureLoader } from '../src/schema/item-feature-loader.ts'
import { schema } from '../src/schema/schema.ts'
import type { Service } from '../src/service/service.ts'
import { numberOption, storesOption } from './support/command-options.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import { heldMemory } from './support/held-memory.ts'
import { onEachStore } from './support/on-each-store.ts'
import { medianAndTenth, quantile } from './support/quantile.ts'

const USAGE = `liverank bench rules [--store embedded|redis|both] [--items N] [--rounds N] [--model FOLDER]

What rules add to a recommendation, and what filters of any selectivity take in a catalogue of so many items (100000), on each store.
Everything is taken in turn, so many times (200), each time for another user; answers to items(filter) and trending(filter) are those of
GraphQL, a quarter of that many. Also the memory of the columns that filters are answered from, which is the same on each store.
FOLDER: a model folder (models/default).
`

const figures = new Figures('rules', {
  items: 'items in the catalogue, 4000 to 10000000',
  rounds: 'times that each was taken',
  wallMs: 'median and p10 of the time, ms, above 0; other work on the machine lengthens it',
  processorMs:
    'median and p10 of the CPU time of the process, ms; other work lengthens it less. Of the case calibration: of a fixed piece of work',
  settings: CALIBRATION_KEYS.settings,
  wallRatio: 'median of the time, divided by that of no rules or no filter',
  processorRatio: 'median of the CPU time, divided by that of no rules or no filter',
  mb: 'memory of the column, MiB',
  bytesPerItem: 'memory of the column for each item, bytes',
  atMost: 'targets: wallRatio of all rules together, wallMs with a filter',
})

const USERS = 200
const GROUP = 400
const FIRST = 20
/** Rounds that are not counted: what is compiled in them is not part of the cost of a filter. */
const WARM_ROUNDS = 10
/** How often the fixed piece of work is measured. */
const CALIBRATION_ROUNDS = 10
const RULED = 'a recommendation of 20'
const ALL_RULES = 'all rules'
const COMPARED = 'a recommendation of 20 beside an item'
const SEEN = 'a recommendation of 20 to someone who acted on 150 items'
/** Users who acted on so many items. */
const ACTIVE_USERS = 20
const SEEN_ITEMS = 150

/** Those of the items: the title and the price of each are its own, others are shared. */
const ATTRIBUTES = ['title', 'category', 'brand', 'price', 'isRed', 'season']

/** ms of each turn. */
interface Taken {
  readonly wall: number[]
  readonly processor: number[]
}

type Steps = ReadonlyMap<string, (user: string) => Promise<unknown>>

export default async function rules(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      store: { type: 'string', default: 'both' },
      items: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '200' },
      model: { type: 'string', default: join(PACKAGE_ROOT, 'models/default') },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const stores = storesOption(values.store)
  const items = numberOption('items', values.items, 4000, 10_000_000)
  const rounds = numberOption('rounds', values.rounds, 1, 100_000)
  const folder = resolve(values.model)
  await onEachStore(stores, folder, async (service) => {
    await fill(service, items)
    if (service.store.name === stores[0]) await reportColumns(service)
    report(service, items, RULED, { wallRatio: 1.1 }, await takeTurns(ruled(service), rounds))
    report(service, items, COMPARED, { wallMs: 10 }, await takeTurns(compared(service), rounds))
    await fillSeen(service, items)
    report(service, items, SEEN, { wallRatio: 1.1 }, await takeTurns(leftOut(service), rounds))
    for (const [title, step] of Object.entries(answers(service)))
      report(service, items, title, { wallMs: 10 }, await takeTurns(ofFilters(filters(items), step), Math.ceil(rounds / 4)))
  })
  figures.printCalibration({ model: basename(folder), items })
}

/** Users who act on ten items each, of a group that goes together; the newest items are those of the highest numbers. */
async function fill({ uploads, ingest, store }: Service, items: number): Promise<void> {
  const item = (n: number) => ({
    itemId: `item-${n}`,
    attributes: {
      title: `A thing of number ${n}`,
      category: `c${n % 20}`,
      brand: `b${n % 1000}`,
      price: (n * 7919) % items,
      isRed: n % 2 === 0,
      season: n < items / 20 ? 'long ago' : 'now',
    },
  })
  for (let start = 0; start < items; start += 500)
    await uploads.upsertItems(Array.from({ length: Math.min(500, items - start) }, (_, i) => item(start + i)))
  const now = Date.now()
  const middle = items / 2
  for (let user = 0; user < USERS; user++) {
    await ingest.record(
      Array.from({ length: 10 }, (_, n) => ({
        userId: `user-${user}`,
        itemId: `item-${middle + (user % 5) * GROUP + ((user * 7919 + n * n * 37) % GROUP)}`,
        eventType: n % 4 === 3 ? 'add_to_cart' : 'view',
        timestamp: now - (10 - n) * 20_000,
      })),
    )
  }
  await uploads.upsertUsers(
    Array.from({ length: USERS }, (_, n) => ({
      userId: `user-${n}`,
      attributes: { favourite: [`c${n % 20}`, `c${(n + 7) % 20}`] },
    })),
  )
  await store.settle()
}

/** Users who viewed many items in this session, and bought every other one. */
async function fillSeen({ ingest, store }: Service, items: number): Promise<void> {
  const now = Date.now()
  for (let user = 0; user < ACTIVE_USERS; user++)
    await ingest.record(
      Array.from({ length: SEEN_ITEMS }, (_, n) => ({
        userId: `active-${user}`,
        itemId: `item-${items / 2 + (user % 5) * GROUP + ((user * 7919 + n * 37) % GROUP)}`,
        eventType: n % 2 === 0 ? 'view' : 'purchase',
        timestamp: now - (SEEN_ITEMS - n) * 1000,
      })),
    )
  await store.settle()
}

/** Slates of the same users with and without what they acted on. */
function leftOut(service: Service): Steps {
  const sets: Record<string, Rules | undefined> = {
    'nothing is left out': { seen: [] },
    'the default of the domain': undefined,
    'what was bought is left out': { seen: [{ types: ['purchase'] }] },
    'all is left out': { seen: [{}] },
  }
  const active = (user: string) => `active-${Number(user.slice('user-'.length)) % ACTIVE_USERS}`
  return new Map(Object.entries(sets).map(([name, rules]) => [name, (user: string) => recommend(service, active(user), rules)]))
}

/** Undeclared: title, isRed and season. Of `season`, what meets the filter is the oldest of all. */
function filters(items: number): Record<string, ItemFilter | undefined> {
  const is = (name: string, eq: string | boolean): ItemFilter => ({ attribute: { name, eq } })
  const cheaper = (share: number): ItemFilter => ({ attribute: { name: 'price', lt: items * share } })
  return {
    'no filter': undefined,
    'one item, by text': is('title', 'A thing of number 7'),
    'no item': is('title', 'No thing'),
    '1 in 1000, by text': is('brand', 'b7'),
    '1 in 20, by text': is('category', 'c7'),
    '1 in 20, the oldest': is('season', 'long ago'),
    'half, by truth': is('isRed', true),
    'all, by text': { attribute: { name: 'brand', exists: true } },
    '1 in 100,000, by number': cheaper(1 / 100_000),
    '1 in 1000, by number': cheaper(1 / 1000),
    '1 in 20, by number': cheaper(1 / 20),
    'half, by number': cheaper(1 / 2),
    'all, by number': cheaper(2),
    'and: 1 in 20 of 1 in 1000': { and: [is('category', 'c7'), cheaper(1 / 1000)] },
    'and: half of half': { and: [is('isRed', true), cheaper(1 / 2)] },
    'or: 1 in 1000, 1 in 1000': { or: [is('brand', 'b7'), cheaper(1 / 1000)] },
    'not: all but 1 in 1000': { not: is('brand', 'b7') },
    'not: 1 in 20, the oldest': { not: is('season', 'now') },
    'an attribute that no item has': is('unheard of', 'x'),
  }
}

function recommend(
  { recommender }: Service,
  userId: string,
  rules: Rules | undefined,
  anchorItemIds: readonly string[] = [],
): Promise<unknown> {
  const request = {
    anchorItemIds,
    ...{ userId, first: FIRST, surface: 'home', sessionId: undefined, device: undefined },
    ...(rules && { rules }),
  }
  return recommender.recommend(request, 'INITIAL')
}

const CATEGORY = (n: number): ItemFilter => ({ attribute: { name: 'category', eq: `c${n}` } })

/** Each kind of rule alone, and all of them. */
function ruled(service: Service): Steps {
  const parts: Record<string, Rules> = {
    'exclude 10 items': { exclude: Array.from({ length: 10 }, (_, n) => `item-${n * 31}`) },
    'a filter': { filter: { attribute: { name: 'price', gte: 1000 } } },
    'two boosts': {
      boost: [
        { filter: CATEGORY(3), factor: 1.5 },
        { filter: CATEGORY(4), factor: 0.5 },
      ],
    },
    'two of a brand': { limitPer: [{ attribute: 'brand', limit: 2 }] },
    'diversity 0.2': { diversity: 0.2 },
    'a pin': { pin: [{ itemId: 'item-1999', position: 3 }] },
  }
  const all: Rules = Object.assign({}, ...Object.values(parts))
  const sets = { 'no rules': undefined, [ALL_RULES]: all, ...parts }
  return new Map(Object.entries(sets).map(([name, rules]) => [name, (user: string) => recommend(service, user, rules)]))
}

/** Rules that name values, and those that compare the same attributes with the user and an item on screen. */
function compared(service: Service): Steps {
  const item = 'item-1999'
  const price = service.catalogue.get(item)?.attributes.price as number
  const price20 = { gte: price * 0.8, lte: price * 1.2 }
  const sets: Record<string, Rules | undefined> = {
    'no rules': undefined,
    'a filter by two categories': { filter: { attribute: { name: 'category', in: ['c3', 'c10'] } } },
    'a filter by the categories of the user': { filter: { attribute: { name: 'category', equalsUser: 'favourite' } } },
    'a filter by prices': { filter: { attribute: { name: 'price', ...price20 } } },
    'a filter by the price of the item on screen': { filter: { attribute: { name: 'price', withinShareOfAnchor: 0.2 } } },
    'a boost of a brand': { boost: [{ filter: { attribute: { name: 'brand', eq: 'b999' } }, factor: 2 }] },
    'a boost of the brand on screen': { boost: [{ filter: { attribute: { name: 'brand', equalsAnchor: 'brand' } }, factor: 2 }] },
  }
  return new Map(Object.entries(sets).map(([name, rules]) => [name, (user: string) => recommend(service, user, rules, [item])]))
}

type Step = (filter: ItemFilter | undefined, user: string) => Promise<unknown>

function answers(service: Service): Record<string, Step> {
  const ask = (field: string, selection: string) => async (filter: ItemFilter | undefined) => {
    const source = `query($filter: ItemFilter) { ${field} { ${selection} } }`
    const contextValue = { service, principal: LOCAL_PRINCIPAL, itemFeatures: new ItemFeatureLoader(service) }
    const { errors } = await graphql({ schema, source, contextValue, variableValues: { filter } })
    if (errors) throw errors[0]
  }
  const page = 'edges { node { itemId } }'
  return {
    'a recommendation of 20 under a filter': (filter, user) => recommend(service, user, filter && { filter }),
    'items(filter, first: 20)': ask('items(filter: $filter, first: 20)', page),
    'items(filter, first: 20), with totalCount': ask('items(filter: $filter, first: 20)', `totalCount ${page}`),
    'items(filter, first: 20, orderBy: price)': ask('items(filter: $filter, first: 20, orderBy: { attribute: "price" })', page),
    'trending(filter, first: 20)': ask('trending(filter: $filter, first: 20)', 'item { itemId }'),
  }
}

function ofFilters(filters: Record<string, ItemFilter | undefined>, step: Step): Steps {
  return new Map(Object.entries(filters).map(([name, filter]) => [name, (user: string) => step(filter, user)]))
}

/** Others go first in another round, so that what one leaves in caches is not another's. */
async function takeTurns(steps: Steps, rounds: number): Promise<Map<string, Taken>> {
  const names = [...steps.keys()]
  const taken = new Map(names.map((name): [string, Taken] => [name, { wall: [], processor: [] }]))
  const warm = Math.min(WARM_ROUNDS, rounds)
  for (let round = 0; round < warm + rounds; round++) {
    if (round % CALIBRATION_ROUNDS === 0) figures.calibrate()
    const turn = round % names.length
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      // What a step left to be done is not the next one's.
      await setImmediate()
      const used = process.cpuUsage()
      const began = performance.now()
      await steps.get(name)!(`user-${round % USERS}`)
      const wall = performance.now() - began
      const { user, system } = process.cpuUsage(used)
      if (round < warm) continue
      taken.get(name)!.wall.push(wall)
      taken.get(name)!.processor.push((user + system) / 1000)
    }
  }
  return taken
}

/** What the columns that filters are answered from hold. */
async function reportColumns({ catalogue }: Service): Promise<void> {
  for (const name of ATTRIBUTES) {
    const before = await heldMemory()
    catalogue.column(name)
    const bytes = (await heldMemory()) - before
    figures.print({
      case: `column ${name}`,
      items: catalogue.size,
      mb: bytes / 2 ** 20,
      bytesPerItem: bytes / catalogue.size,
    })
  }
}

/** @param atMost targets of what a request asks for: not of the first, to which the others are compared */
function report(
  { store }: Service,
  items: number,
  title: string,
  atMost: Readonly<Record<string, number>>,
  taken: ReadonlyMap<string, Taken>,
): void {
  const [first] = taken.values()
  const ratio = (kind: keyof Taken, of: Taken) => quantile(of[kind], 0.5) / quantile(first[kind], 0.5)
  for (const [name, one] of taken)
    figures.print({
      ...{ store: store.name, case: `${title}: ${name}`, items, rounds: one.wall.length },
      ...{ wallMs: medianAndTenth(one.wall), processorMs: medianAndTenth(one.processor) },
      ...(one !== first && { wallRatio: ratio('wall', one), processorRatio: ratio('processor', one) }),
      // One rule alone has no target.
      ...(one !== first && (title !== RULED || name === ALL_RULES) && { atMost }),
    })
}
