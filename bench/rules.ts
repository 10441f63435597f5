import { join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { graphql } from 'graphql'
import { LOCAL_PRINCIPAL } from '../src/auth/principal.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import type { ItemFilter } from '../src/rules/item-filter.ts'
import type { Rules } from '../src/rules/rules.ts'
import { ItemFeatureLoader } from '../src/schema/item-feature-loader.ts'
import { schema } from '../src/schema/schema.ts'
import type { Service } from '../src/service.ts'
import { numberOption } from './support/command-options.ts'
import { heldMemory } from './support/held-memory.ts'
import { onEachStore } from './support/on-each-store.ts'
import { quantile } from './support/quantile.ts'

const USAGE = `liverank bench rules [--items N] [--rounds N] [--model FOLDER]

What rules add to a recommendation, and what filters of any selectivity take in a catalogue of so many items (100000), on each store.
Everything is taken in turn, so many times (200), each time for another user; answers to items(filter) and trending(filter) are those of
GraphQL. Printed are the median and what a tenth stay below of the time, which other work on the machine disturbs, and of the processor
time of the process, which it disturbs less; and the memory of the columns that filters are answered from. FOLDER: a model folder (models/default).
`

const USERS = 200
const GROUP = 400
const FIRST = 20

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
      items: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '200' },
      model: { type: 'string', default: join(PACKAGE_ROOT, 'models/default') },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const items = numberOption('items', values.items, 4000, 10_000_000)
  const rounds = numberOption('rounds', values.rounds, 10, 100_000)
  const folder = resolve(values.model)
  await onEachStore(folder, async (service, url) => {
    await fill(service, items)
    if (url === undefined) await reportColumns(service)
    console.log(`\n${service.store.name}, ${items} items, ${rounds} times; ms`)
    report('a recommendation of 20', await takeTurns(ruled(service), rounds))
    for (const [title, step] of Object.entries(answers(service)))
      report(title, await takeTurns(ofFilters(filters(items), step), Math.ceil(rounds / 4)))
  })
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
  await store.settle()
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

function recommend({ recommender }: Service, userId: string, rules: Rules | undefined): Promise<unknown> {
  const request = {
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
  const sets = { 'no rules': undefined, 'all of these': all, ...parts }
  return new Map(Object.entries(sets).map(([name, rules]) => [name, (user: string) => recommend(service, user, rules)]))
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
  for (let round = -10; round < rounds; round++) {
    const turn = (round + 10) % names.length
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      // What a step left to be done is not the next one's.
      await setImmediate()
      const used = process.cpuUsage()
      const began = performance.now()
      await steps.get(name)!(`user-${(round + 10) % USERS}`)
      const wall = performance.now() - began
      const { user, system } = process.cpuUsage(used)
      if (round < 0) continue
      taken.get(name)!.wall.push(wall)
      taken.get(name)!.processor.push((user + system) / 1000)
    }
  }
  return taken
}

/** What the columns that filters are answered from hold, which both stores have alike. */
async function reportColumns({ catalogue }: Service): Promise<void> {
  console.log(`\n${'column'.padEnd(42)}${'MB'.padStart(10)}${'B an item'.padStart(10)}`)
  for (const name of ATTRIBUTES) {
    const before = await heldMemory()
    catalogue.column(name)
    const bytes = (await heldMemory()) - before
    const figures = [(bytes / 2 ** 20).toFixed(2), (bytes / catalogue.size).toFixed(1)]
    console.log(`  ${name.padEnd(40)}${figures.map((figure) => figure.padStart(10)).join('')}`)
  }
}

/** With what each comes to over the first. */
function report(title: string, taken: ReadonlyMap<string, Taken>): void {
  console.log(
    `\n${title.padEnd(42)}${['median', 'tenth', 'cpu med.', 'cpu tenth', 'ratio'].map((head) => head.padStart(10)).join('')}`,
  )
  const [first] = taken.values()
  for (const [name, { wall, processor }] of taken) {
    const figures = [wall, processor].flatMap((values) => [quantile(values, 0.5), quantile(values, 0.1)])
    const ratio = quantile(processor, 0.5) / quantile(first.processor, 0.5)
    console.log(`  ${name.padEnd(40)}${[...figures, ratio].map((figure) => figure.toFixed(2).padStart(10)).join('')}`)
  }
}
