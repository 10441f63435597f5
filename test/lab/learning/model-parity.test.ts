import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { checkParity } from '../../../lab/learning/model-parity.ts'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from '../../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { OnnxRanker } from '../../../src/ranking/onnx-ranker.ts'
import { readParity } from '../../support/parity-rows.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const MODEL = 'models/default'

/** A test split of the rows that came with the model, often enough that it takes several batches. */
async function split(change: (scores: Float32Array) => void = () => {}) {
  const { features } = new AccumulatorSet(eCommerce.accumulators)
  const ranker = await OnnxRanker.load(MODEL, { features: new Set(features.keys()), layoutVersion: FEATURE_LAYOUT_VERSION })
  onTestFinished(() => ranker.release())
  const { matrix, scores } = readParity(MODEL)
  const times = 50
  const python = Float32Array.from({ length: times * scores.length }, (_, row) => scores[row % scores.length])
  change(python)
  const folder = await temporaryDirectory()
  const [rows, wanted] = [join(folder, 'test.features.f32'), join(folder, 'test.scores.f32')]
  await writeFile(
    rows,
    Float32Array.from({ length: times * matrix.length }, (_, at) => matrix[at % matrix.length]),
  )
  await writeFile(wanted, python)
  return { rows: python.length, parity: () => checkParity(ranker, rows, wanted) }
}

it('reports how far scores of the service and of the tree walk differ from Python, over all rows of a test split', async () => {
  const { rows, parity } = await split()
  const found = await parity()
  expect(found.rows).toBe(rows)
  expect(found.service).toBeLessThan(1e-5)
  expect(found.walk).toBeLessThan(1e-5)
})

it('refuses a model if a single row differs, and names the row', async () => {
  const { parity } = await split((scores) => {
    scores[9000] += 2e-5
  })
  await expect(parity()).rejects.toMatchObject({
    code: 'MODEL_CONTRACT',
    message: expect.stringContaining('row 9000 of the test split'),
  })
})
