import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Random } from '../lab/random.ts'
import type { FeatureInput } from '../src/accumulators/feature-input.ts'
import { featureMatrix } from '../src/accumulators/feature-matrix.ts'
import { MAX_DIMENSIONS } from '../src/catalogue/item-vectors.ts'
import { InvalidInputError } from '../src/errors.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { readTreeModel } from '../src/ranking/tree-model.ts'
import type { Service } from '../src/service.ts'
import { rank } from '../src/slate/rank.ts'
import { readFeatureInput } from '../src/slate/read-feature-input.ts'
import { scoreParts } from '../src/slate/seen-vectors.ts'
import type { SlateRequest } from '../src/slate/slate.ts'
import { itemKey } from '../src/state/slots.ts'
import { numberOption } from './support/command-options.ts'
import { onEachStore } from './support/on-each-store.ts'
import { quantile } from './support/quantile.ts'

const USAGE = `liverank bench recommend [--model FOLDER] [--rounds N] [--items N] [--vectors N]

What a recommendation of some 200 candidates takes on each store, beside the run of its model alone on the same rows and one trip to the
store, that reads the rows of these candidates. They are taken in turn, so many times (500), each time for another user. Medians are
printed, and what a tenth stay below, of the time and of the processor time of the process, which other work on the machine disturbs less. FOLDER: a model folder (models/default). Of the items (2000) each has a
vector of so many numbers (none); the search for the nearest is a step of its own then.
`

/** Items that are acted on. */
const MET = 2000
const GROUP = 400
const USERS = 400
const FIRST = 10
/** Vectors point into so many directions, more or less. */
const KINDS = 500

/** Steps of a recommendation, and what they are compared with: ms of each user, by the clock and of the processor. */
type Times = Map<string, { readonly wall: number[]; readonly processor: number[] }>

export default async function recommend(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string', default: join(PACKAGE_ROOT, 'models/default') },
      rounds: { type: 'string', default: '500' },
      items: { type: 'string', default: String(MET) },
      vectors: { type: 'string', default: '0' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const rounds = numberOption('rounds', values.rounds, 10, 100_000)
  const items = numberOption('items', values.items, MET, 10_000_000)
  const dimensions = numberOption('vectors', values.vectors, 0, MAX_DIMENSIONS)
  const folder = resolve(values.model)
  await onEachStore(folder, async (service) => {
    await fill(service, items, dimensions)
    await report(service, folder, rounds)
  })
}

/** Users who act on ten items each, of a group of items that goes together, so that there are as many candidates as there may be. */
async function fill({ uploads, ingest, store }: Service, items: number, dimensions: number): Promise<void> {
  const random = new Random(1, 'vectors')
  const vector = () => Array.from({ length: dimensions }, () => random.normal())
  const kinds = Array.from({ length: KINDS }, vector)
  // As uploads have them, of a few digits each.
  const like = (kind: readonly number[]) => kind.map((element) => Math.round(1000 * (element + random.normal())) / 1000)
  const item = (n: number) => ({
    itemId: `item-${n}`,
    attributes: {
      ...{ category: `c${n % 20}`, brand: `b${n % 60}`, price: 5 + (n % 300) },
      ...(dimensions > 0 && { embedding: like(kinds[n % KINDS]) }),
    },
  })
  for (let start = 0; start < items; start += 500)
    await uploads.upsertItems(Array.from({ length: Math.min(500, items - start) }, (_, i) => item(start + i)))
  const now = Date.now()
  for (let user = 0; user < USERS; user++) {
    await ingest.record(
      Array.from({ length: 10 }, (_, n) => ({
        userId: `user-${user}`,
        itemId: `item-${((user % 5) * GROUP + ((user * 7919 + n * n * 37) % GROUP)) % MET}`,
        eventType: n % 4 === 3 ? 'add_to_cart' : 'view',
        timestamp: now - (10 - n) * 20_000,
      })),
    )
  }
  await store.settle()
}

type Steps = Record<string, (unread: FeatureInput) => unknown>

/** Takes the time of each step. @param times undefined: the times are not kept */
async function takeTimes(
  steps: Steps,
  read: () => Promise<FeatureInput>,
  round: number,
  times: Times | undefined,
): Promise<void> {
  // Others go first in another round, so that what one leaves in caches is not another's.
  const names = Object.keys(steps)
  const turn = round % names.length
  for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
    // What is found once for all features of an input is not found before its time.
    const unread = await read()
    // What a step left to be done is not the next one's.
    await setImmediate()
    const used = process.cpuUsage()
    const began = performance.now()
    await steps[name](unread)
    const wall = performance.now() - began
    const { user, system } = process.cpuUsage(used)
    const taken = times?.get(name) ?? { wall: [], processor: [] }
    times?.set(name, taken)
    taken.wall.push(wall)
    taken.processor.push((user + system) / 1000)
  }
}

async function report(service: Service, folder: string, rounds: number): Promise<void> {
  const { recommender, models, store, accumulators, domain, catalogue } = service
  const ranker = models.loaded(basename(folder))
  if (!ranker) throw new InvalidInputError(`${folder} is not served.`)
  const walk = readTreeModel(await readFile(`${folder}/model.onnx`), 'score', ranker.features.length)
  const features = ranker.features.map(
    (name) => accumulators.features.get(name) ?? { column: () => () => ranker.constants.get(name) ?? Number.NaN },
  )
  const times: Times = new Map()
  const candidates: number[] = []
  for (let round = -20; round < rounds; round++) {
    const request: SlateRequest = {
      userId: `user-${(round + 20) % USERS}`,
      first: FIRST,
      surface: 'home',
      sessionId: undefined,
      device: undefined,
    }
    const { input } = await recommender.candidates(request)
    const matrix = featureMatrix(features, input)
    const rows = input.itemIds.length
    const keys = input.itemIds.map(itemKey)
    const slate = await recommender.recommend(request, 'INITIAL')
    const { now, user, session, sources } = input
    const read = () =>
      readFeatureInput(
        { now, user, session, surface: 'home', itemIds: input.itemIds, sources },
        store,
        accumulators,
        domain,
        catalogue,
      )
    const steps: Steps = {
      whole: () => recommender.recommend(request, 'INITIAL'),
      model: () => ranker.score(matrix, rows),
      'store trip': () => store.readRows('item', keys),
      ping: () => store.ping(),
      'candidates and what features are read from': () => recommender.candidates(request),
      'what features are read from': read,
      features: (unread) => featureMatrix(features, unread),
      'features and model': (unread) => rank(unread, ranker, accumulators),
      'all but keeping the slate': () => recommender.rank(request),
    }
    const direction = catalogue.vectors.mean(input.anchors.map(({ itemId }) => itemId))
    if (direction)
      steps['nearest vectors'] = () => catalogue.vectors.nearest(direction, 20, (itemId) => catalogue.recommendable(itemId))
    if (typeof walk !== 'string') steps['walk through the trees'] = () => walk.score(matrix, rows)
    const { explainer } = ranker
    const { vectors } = slate
    if (vectors && !('unexplained' in explainer!)) {
      steps[`contributions of ${FIRST} items`] = () => slate.items.map((item) => scoreParts(item, vectors, explainer!))
    }
    await takeTimes(steps, read, round + 20, round < 0 ? undefined : times)
    if (round >= 0) candidates.push(rows)
  }
  print(service.store.name, candidates, times)
}

function print(store: string, candidates: readonly number[], times: Times): void {
  console.log(`\n${store}, ${quantile(candidates, 0.5)} candidates, ${candidates.length} times`)
  console.log(`${'ms'.padEnd(46)}${['median', 'tenth', 'cpu med.', 'cpu tenth'].map((head) => head.padStart(10)).join('')}`)
  type Of = (name: string) => number
  const line = (name: string, value: (of: Of) => number, digits: number) => {
    const figures = (['wall', 'processor'] as const).flatMap((kind) =>
      [0.5, 0.1].map((share) => value((step) => quantile(times.get(step)?.[kind] ?? [], share))),
    )
    console.log(`${name.padEnd(46)}${figures.map((figure) => figure.toFixed(digits).padStart(10)).join('')}`)
  }
  for (const name of times.keys()) line(name, (of) => of(name), 3)
  line('whole / (2 x model + store trip)', (of) => of('whole') / (2 * of('model') + of('store trip')), 2)
  line('walk through the trees / model', (of) => of('walk through the trees') / of('model'), 2)
}
