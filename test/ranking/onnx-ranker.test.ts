import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensurePython, runPython } from '../../lab/commands/python-environment.ts'
import { DatasetWriter, SPLITS, type Split } from '../../lab/learning/dataset-writer.ts'
import { Random } from '../../lab/random.ts'
import { contractKey } from '../../src/ranking/model-contract.ts'
import type { Explainer } from '../../src/ranking/model-ranker.ts'
import { OnnxRanker, readOnnxMetadata } from '../../src/ranking/onnx-ranker.ts'
import { HOUR } from '../../src/time-units.ts'
import { itWhenLong } from '../support/long.ts'
import { inUnitsOfScore, readParity } from '../support/parity-rows.ts'
import { scratchDirectory } from '../support/temporary-directory.ts'

const features = ['item_ctr_7d', 'seconds_since_view', 'user_events', 'noise', 'position']
const slate = 12
const known = { features: new Set(features.slice(0, -1)), layoutVersion: 3 }
const training = fileURLToPath(new URL('../../training/', import.meta.url))

let python: string
let folder: string
let modelFolder: string
const progress: string[] = []

/** Slates in which items with a high click rate, and those never viewed before (missing), are clicked. */
function writeDataset(dataset: string, decisions: Readonly<Record<Split, number>>): void {
  const random = new Random(17)
  const writer = new DatasetWriter(
    dataset,
    {
      features,
      positionFeature: 'position',
      label: 'impressions',
      objective: 'order',
      monotone: {},
      rankings: ['rate'],
      gap: 0,
      layoutVersion: 3,
      accumulators: { halfLives: [3600, 604800] },
      dataHash: 'c0ffee',
      dataNames: ['synthetic'],
    },
    random,
  )
  writer.beginLog()
  let at = 0
  for (const split of SPLITS) {
    for (let decision = 0; decision < decisions[split]; decision++) {
      const rows = Array.from({ length: slate }, (_, row) => slateRow(random, 1 + row))
      const matrix = Float32Array.from(rows.flatMap(({ values }) => values))
      const labels = Float32Array.from(rows, ({ label }) => label)
      const rates = Float32Array.from(rows, ({ values }) => values[0])
      const ranked = { scores: rates, inSession: new Uint8Array(slate) }
      writer.add(split, { at: at++ * HOUR, userId: `u${at % 40}`, kind: 'shown' }, matrix, labels, ranked)
    }
  }
  writer.finish()
}

function slateRow(random: Random, position: number): { values: number[]; label: number } {
  const rate = random.uniform()
  const viewed = random.uniform() < 0.6
  const values = [rate, viewed ? random.uniform() * 1e6 : Number.NaN, random.integer(0, 49), random.uniform(), position]
  const clicked = random.uniform() < (0.6 * rate + (viewed ? 0 : 0.3)) / Math.sqrt(position)
  return { values, label: clicked ? (random.uniform() < 0.2 ? 2 : 1) : 0 }
}

/** A copy of the trained model under another name, with another file of bytes. */
async function altered(name: string, change: (model: Uint8Array) => Uint8Array): Promise<string> {
  const copy = join(folder, name)
  await cp(modelFolder, copy, { recursive: true })
  await writeFile(join(copy, 'model.onnx'), change(await readFile(join(modelFolder, 'model.onnx'))))
  return copy
}

/** The model with its contract changed, and all else as it was. */
function withContract(model: Uint8Array, change: (contract: Record<string, unknown>) => Record<string, unknown>): Uint8Array {
  const contract: Record<string, unknown> = JSON.parse(readOnnxMetadata(model).get(contractKey) ?? '{}')
  const reader = new BinaryReader(model)
  const writer = new BinaryWriter()
  while (reader.pos < reader.len) {
    const start = reader.pos
    const [field, type] = reader.tag()
    reader.skip(type, field)
    if (field !== 14) writer.raw(model.subarray(start, reader.pos))
  }
  writer.tag(14, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string(contractKey)
  writer.tag(2, WireType.LengthDelimited).string(JSON.stringify(change(contract)))
  return writer.join().finish()
}

// The first run on a machine installs the Python packages.
beforeAll(async () => {
  python = await ensurePython(() => {})
  folder = scratchDirectory()
  modelFolder = join(folder, 'models', 'first')
  writeDataset(join(folder, 'data'), { train: 400, validation: 100, test: 120 })
  const args = ['--dataset', join(folder, 'data'), '--out', modelFolder, '--max-trees', '80']
  await runPython(python, join(training, 'fit.py'), args, (line) => progress.push(line))
}, 600_000)

describe('OnnxRanker', () => {
  it('gives the scores that Python gave', async () => {
    const ranker = await OnnxRanker.load(modelFolder, known)
    const parity = readParity(modelFolder)
    expect(parity.features).toEqual(features)
    expect(parity.rows).toHaveLength(200)
    expect(parity.rows.flat()).toContain(null)
    const { matrix } = parity
    const scores = await ranker.score(matrix, parity.rows.length)
    for (const [row, expected] of parity.scores.entries()) {
      expect(Math.abs((scores[row] ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-5)
    }
    // A model that gives the same to all would agree with itself too.
    expect(new Set(scores).size).toBeGreaterThan(100)
    // One row at a time gives what all at once give.
    expect(await ranker.score(matrix.slice(0, features.length), 1)).toEqual(scores.slice(0, 1))
    await ranker.release()
  })

  it('says what each feature adds to a score, as XGBoost does', async () => {
    const ranker = await OnnxRanker.load(modelFolder, known)
    const parity = readParity(modelFolder)
    const expected = inUnitsOfScore(parity, ranker.contract.calibration)
    expect(expected).toHaveLength(20)
    for (const [row, values] of expected.entries()) {
      const { base, contributions } = explainerOf(ranker).explain(parity.matrix, row * features.length)
      for (const [column, value] of [...contributions, base].entries())
        expect(Math.abs(value - values[column])).toBeLessThan(1e-5)
    }
    // Some feature must have moved some score.
    expect(Math.max(...expected.flat())).toBeGreaterThan(0.05)
    await ranker.release()
  })

  it('has learned from the data, missing values included', async () => {
    const ranker = await OnnxRanker.load(modelFolder, known)
    const [poor, good, unseen] = await ranker.score(
      Float32Array.of(0.05, 5e5, 20, 0.5, 1, 0.95, 5e5, 20, 0.5, 1, 0.05, Number.NaN, 20, 0.5, 1),
      3,
    )
    expect(good).toBeGreaterThan(poor ?? 1)
    expect(unseen).toBeGreaterThan(poor ?? 1)
    await ranker.release()
  })

  it('gives its name and its features', async () => {
    const ranker = await OnnxRanker.load(`${modelFolder}/`, known)
    expect(ranker.name).toBe('first')
    expect(ranker.features).toEqual(features)
    expect(ranker.contract).toMatchObject({
      positionFeature: 'position',
      positionAtServing: 1,
      layoutVersion: 3,
      accumulators: { halfLives: [3600, 604800] },
      dataHash: 'c0ffee',
    })
    expect(ranker.contract.metrics.decisions).toBe(120)
    expect(progress).toContainEqual(expect.stringMatching(/^Tree 1: NDCG@10/))
    await ranker.release()
  })

  it('scores no rows, and refuses a matrix of another size', async () => {
    const ranker = await OnnxRanker.load(modelFolder, known)
    expect(await ranker.score(new Float32Array(0), 0)).toHaveLength(0)
    await expect(ranker.score(new Float32Array(9), 2)).rejects.toThrow('2 rows of 5 features need 10 values, not 9.')
    await ranker.release()
  })

  it('names the feature that the service does not compute', async () => {
    const fewer = { features: new Set(['item_ctr_7d', 'seconds_since_view', 'noise']), layoutVersion: 3 }
    await expect(OnnxRanker.load(modelFolder, fewer)).rejects.toMatchObject({ code: 'MODEL_CONTRACT', field: 'user_events' })
  })

  it('refuses damaged files in a sentence', async () => {
    const cases = {
      absent: join(folder, 'nowhere'),
      empty: await altered('empty', () => new Uint8Array()),
      text: await altered('text', () => new TextEncoder().encode('this is no model, and never was')),
      'cut short': await altered('cut', (model) => model.subarray(0, model.length - 100)),
      // The contract can be read, and the graph cannot.
      'without a graph': await altered('hollow', (model) =>
        withContract(model.subarray(0, 2), () => JSON.parse(contractOf(model))),
      ),
      'with a broken graph': await altered('broken', (model) => {
        const broken = Uint8Array.from(model)
        const at = Buffer.from(broken).indexOf('TreeEnsembleRegressor')
        broken.set(new TextEncoder().encode('FreeEnsembleRegressor'), at)
        return broken
      }),
    }
    for (const [what, path] of Object.entries(cases)) {
      await expect(OnnxRanker.load(path, known), what).rejects.toMatchObject({
        code: 'MODEL_CONTRACT',
        message: expect.stringMatching(/^The .*: (train|name|train or copy) .*\.$/),
      })
    }
  })

  it('refuses a graph that does not take the features of its contract', async () => {
    const wider = await altered('wider', (model) =>
      withContract(model, (contract) => ({
        ...contract,
        features: [...features, 'sixth'].map((name) => ({ name, type: 'float32' })),
      })),
    )
    const all = { features: new Set([...features, 'sixth']), layoutVersion: 3 }
    await expect(OnnxRanker.load(wider, all)).rejects.toThrow(/one input "features", float32 of \[N, 6\]/)
  })
})

describe('training', () => {
  it('refuses unusable data with the sentence of the Python side', async () => {
    const dataset = join(folder, 'few')
    writeDataset(dataset, { train: 60, validation: 20, test: 20 })
    const fit = runPython(python, join(training, 'fit.py'), ['--dataset', dataset, '--out', join(folder, 'none')], () => {})
    await expect(fit).rejects.toMatchObject({
      code: 'UNUSABLE_DATA',
      message: 'The train split has 60 decisions, but at least 100 are needed: replay a longer log.',
    })
  })

  itWhenLong(
    'passes its own tests',
    async () => {
      await runPython(python, join(training, 'tests'), [], () => {})
    },
    300_000,
  )
})

function explainerOf({ explainer }: OnnxRanker): Explainer {
  if ('unexplained' in explainer) throw new Error(explainer.unexplained)
  return explainer
}

function contractOf(model: Uint8Array): string {
  return readOnnxMetadata(model).get(contractKey) ?? ''
}
