import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Random } from '../lab/random.ts'
import { featureMatrix } from '../src/accumulators/accumulator-set.ts'
import type { FeatureInput } from '../src/accumulators/feature-input.ts'
import { MAX_DIMENSIONS } from '../src/catalogue/item-vectors.ts'
import { InvalidInputError } from '../src/errors.ts'
import { PACKAGE_ROOT } from '../src/package-root.ts'
import { readTreeModel } from '../src/ranking/tree-model.ts'
import type { Service } from '../src/service/service.ts'
import { givenItems } from '../src/slate/given-items.ts'
import { rank } from '../src/slate/rank.ts'
import { readFeatureInput } from '../src/slate/read-feature-input.ts'
import { scoreParts } from '../src/slate/seen-vectors.ts'
import type { SlateRequest } from '../src/slate/slate.ts'
import { itemKey } from '../src/state/slots.ts'
import { numberOption, type StoreName, storesOption } from './support/command-options.ts'
import { CALIBRATION_KEYS, Figures } from './support/figures.ts'
import { onEachStore } from './support/on-each-store.ts'
import { medianAndTenth, quantile } from './support/quantile.ts'

const USAGE = `liverank bench recommend [--store embedded|redis|both] [--model FOLDER] [--rounds N] [--items N] [--vectors N]

What a recommendation of some 200 candidates takes on each store, beside the run of its model alone on the same rows and one trip to the
store, that reads the rows of these candidates, and a recommendation of 500 candidates that the request gives. They are taken in turn, so many times (500), each time for another user. FOLDER: a model
folder (models/default). Of the items (2000) each has a vector of so many numbers (none); the search for the nearest is a step of its
own then.
`

const figures = new Figures('recommend', {
  candidates: 'median of the number of candidates',
  rounds: 'times that each step was taken, 1 to 100000',
  wallMs: 'median and p10 of the time, ms, above 0; other work on the machine lengthens it',
  processorMs:
    'median and p10 of the CPU time of the process, ms; other work lengthens it less. Of the case calibration: of a fixed piece of work',
  settings: CALIBRATION_KEYS.settings,
  wallRatio: 'of two times: quotient of the medians, and of the p10',
  processorRatio: 'of two CPU times: quotient of the medians, and of the p10',
  atMost: 'target: wallRatio',
})

/** Items that are acted on. */
const MET = 2000
const GROUP = 400
const USERS = 400
const FIRST = 10
/** Number of directions into which vectors roughly point. */
const KINDS = 500
/** Rounds that are not counted: what is compiled in them is not part of the cost of a slate. */
const WARM_ROUNDS = 20
/** How often the fixed piece of work is measured. */
const CALIBRATION_ROUNDS = 10
/** Candidates that a request gives. */
const GIVEN_CANDIDATES = 500
const GIVEN_CASE = `${GIVEN_CANDIDATES} given candidates`
/** How many times as long as another slate a slate of given candidates may take. */
const GIVEN_AT_MOST = 2.5
const TREES = 'walk through the trees'

/** Items of all groups, as a search finds them. */
const GIVEN = Array.from({ length: GIVEN_CANDIDATES }, (_, n) => ({ itemId: `item-${(n * 7) % MET}`, score: 1 / (n + 1) }))

/** Steps of a recommendation, and what they are compared with: ms of each user, by the clock and of the processor. */
type Times = Map<string, { readonly wall: number[]; readonly processor: number[] }>

export default async function recommend(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      store: { type: 'string', default: 'both' },
      model: { type: 'string', default: join(PACKAGE_ROOT, 'models/default') },
      rounds: { type: 'string', default: '500' },
      items: { type: 'string', default: String(MET) },
      vectors: { type: 'string', default: '0' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return figures.printHelp(USAGE)
  const stores = storesOption(values.store)
  const rounds = numberOption('rounds', values.rounds, 1, 100_000)
  const items = numberOption('items', values.items, MET, 10_000_000)
  const dimensions = numberOption('vectors', values.vectors, 0, MAX_DIMENSIONS)
  const folder = resolve(values.model)
  await onEachStore(stores, folder, async (service) => {
    await fill(service, items, dimensions)
    await report(service, folder, rounds)
  })
  figures.printCalibration({ model: basename(folder), items, vectors: dimensions })
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
  const steps = await stepsOf(service, folder)
  const times: Times = new Map()
  const candidates: number[] = []
  const warm = Math.min(WARM_ROUNDS, rounds)
  for (let round = 0; round < warm + rounds; round++) {
    const one = await steps(`user-${round % USERS}`)
    await takeTimes(one.steps, one.read, round, round < warm ? undefined : times)
    if (round >= warm) candidates.push(one.candidates)
    if (round % CALIBRATION_ROUNDS === 0) figures.calibrate()
  }
  print(service.store.name, candidates, times)
}

/** What is taken in turn for a user. */
interface Turn {
  readonly candidates: number
  readonly read: () => Promise<FeatureInput>
  readonly steps: Steps
}

/** @throws InvalidInputError if the model of the folder is not served */
async function stepsOf(service: Service, folder: string): Promise<(userId: string) => Promise<Turn>> {
  const { recommender, models, store, accumulators, domain, catalogue } = service
  const ranker = models.loaded(basename(folder))
  if (!ranker) throw new InvalidInputError(`${folder} is not served.`)
  const walk = readTreeModel(await readFile(`${folder}/model.onnx`), 'score', ranker.features.length)
  const features = ranker.features.map(
    (name) => accumulators.features.get(name) ?? { column: () => () => ranker.constants.get(name) ?? Number.NaN },
  )
  return async (userId) => {
    const request: SlateRequest = { userId, first: FIRST, surface: 'home', sessionId: undefined, device: undefined }
    const given = givenItems(GIVEN, true)
    const { input } = await recommender.candidates(request)
    const matrix = featureMatrix(features, input)
    const rows = input.itemIds.length
    const keys = input.itemIds.map(itemKey)
    const { items, vectors } = await recommender.recommend(request, 'INITIAL')
    const { now, user, session, sources, itemIds } = input
    const unread = { now, user, session, surface: 'home', itemIds, sources }
    const read = () => readFeatureInput(unread, store, accumulators, domain, catalogue)
    const steps: Steps = {
      whole: () => recommender.recommend(request, 'INITIAL'),
      [GIVEN_CASE]: () => recommender.recommend({ ...request, given }, 'INITIAL'),
      model: () => ranker.score(matrix, rows),
      'store trip': () => store.readRows('item', keys),
      ping: () => store.ping(),
      'candidates and what features are read from': () => recommender.candidates(request),
      'what features are read from': read,
      features: (input) => featureMatrix(features, input),
      'features and model': (input) => rank(input, ranker, accumulators),
      'all but keeping the slate': () => recommender.rank(request),
    }
    const direction = catalogue.vectors.mean(input.anchors.map(({ itemId }) => itemId))
    if (direction)
      steps['nearest vectors'] = () => catalogue.vectors.nearest(direction, 20, (itemId) => catalogue.recommendable(itemId))
    if (typeof walk !== 'string') steps[TREES] = () => walk.score(matrix, rows)
    const { explainer } = ranker
    if (vectors && !('unexplained' in explainer!))
      steps[`contributions of ${FIRST} items`] = () => items.map((item) => scoreParts(item, vectors, explainer!))
    return { candidates: rows, read, steps }
  }
}

function print(store: StoreName, candidates: readonly number[], times: Times): void {
  const size = { candidates: quantile(candidates, 0.5), rounds: candidates.length }
  for (const [name, { wall, processor }] of times)
    figures.print({ store, case: name, ...size, wallMs: medianAndTenth(wall), processorMs: medianAndTenth(processor) })
  const ratio = (name: string, kind: 'wall' | 'processor', over: readonly string[]) => {
    const at = (step: string, share: number) => quantile(times.get(step)![kind], share)
    const of = (share: number) => at(name, share) / over.reduce((sum, step) => sum + at(step, share), 0)
    return { median: of(0.5), p10: of(0.1) }
  }
  const ratios = (name: string, over: readonly string[]) => ({
    wallRatio: ratio(name, 'wall', over),
    processorRatio: ratio(name, 'processor', over),
  })
  const whole = ratios('whole', ['model', 'model', 'store trip'])
  figures.print({ store, case: 'whole / (2 x model + store trip)', ...size, ...whole, atMost: { wallRatio: 1 } })
  const given = ratios(GIVEN_CASE, ['whole'])
  figures.print({ store, case: `${GIVEN_CASE} / whole`, ...size, ...given, atMost: { wallRatio: GIVEN_AT_MOST } })
  if (times.has(TREES)) figures.print({ store, case: `${TREES} / model`, ...size, ...ratios(TREES, ['model']) })
}
