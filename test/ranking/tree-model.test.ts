import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseModelContract } from '../../src/ranking/model-contract.ts'
import type { Explanation } from '../../src/ranking/model-ranker.ts'
import { readOnnxMetadata } from '../../src/ranking/onnx-ranker.ts'
import { InferenceSession, Tensor } from '../../src/ranking/onnx-runtime.ts'
import { readTreeModel, TreeModel } from '../../src/ranking/tree-model.ts'
import { checkProperty } from '../support/check-property.ts'
import { inUnitsOfScore, readParity } from '../support/parity-rows.ts'
import { coverOf, type Mode, type Tree, type TreeFile, treeModel } from '../support/tree-file.ts'

const COLUMNS = 4
/** Thresholds and values come from the same few numbers, so that values on thresholds are the rule. */
const NUMBERS = [-3.5, -1, -0.1, 0, 0.1, 1 / 3, 1, 2, 1e6].map(Math.fround)
const MODES: readonly Mode[] = ['BRANCH_LT', 'BRANCH_LEQ', 'BRANCH_GT', 'BRANCH_GTE', 'BRANCH_EQ', 'BRANCH_NEQ']

const leaf = fc.record({ weight: fc.double({ min: -1, max: 1, noNaN: true }), cover: fc.integer({ min: 1, max: 50 }) })
const { tree } = fc.letrec<{ tree: Tree; inner: Tree }>((tie) => ({
  tree: fc.oneof({ depthSize: 'medium', maxDepth: 6 }, leaf, { arbitrary: tie('inner'), weight: 4 }),
  inner: fc.record({
    column: fc.nat(COLUMNS - 1),
    mode: fc.constantFrom(...MODES),
    threshold: fc.constantFrom(...NUMBERS),
    missingIsTrue: fc.boolean(),
    whenTrue: tie('tree'),
    whenFalse: tie('tree'),
  }),
}))
const calibration = fc.record({
  slope: fc.double({ min: 0.1, max: 3, noNaN: true }),
  intercept: fc.double({ min: -4, max: 2, noNaN: true }),
})
const bit = fc.constantFrom(0 as const, 1 as const)
const regressor = fc.record(
  {
    base: fc.double({ min: -1, max: 1, noNaN: true }),
    aggregate: fc.constantFrom('SUM' as const, 'AVERAGE' as const),
    calibration,
  },
  { requiredKeys: ['base', 'aggregate'] },
)
const file: fc.Arbitrary<TreeFile> = fc
  .tuple(fc.array(tree, { minLength: 1, maxLength: 8 }), regressor)
  .map(([trees, more]) => ({ trees, columns: COLUMNS, ...more }))
const classifiers: fc.Arbitrary<TreeFile> = fc.record({
  trees: fc.array(tree, { minLength: 1, maxLength: 8 }),
  columns: fc.constant(COLUMNS),
  postTransform: fc.constantFrom('NONE' as const, 'LOGISTIC' as const),
  classifier: fc.record({ leavesOf: bit }),
})
const cell = fc.oneof(fc.constantFrom(Number.NaN, ...NUMBERS), fc.double({ min: -5, max: 5, noNaN: true }))
const rows = fc
  .array(fc.array(cell, { minLength: COLUMNS, maxLength: COLUMNS }), { minLength: 1, maxLength: 30 })
  .map((values) => Float32Array.from(values.flat()))

function read(bytes: Uint8Array, columns = COLUMNS): TreeModel {
  const model = readTreeModel(bytes, 'score', columns)
  if (typeof model === 'string') throw new Error(model)
  return model
}

async function runtimeScores(bytes: Uint8Array, matrix: Float32Array, columns = COLUMNS): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 })
  const results = await session.run({ features: new Tensor('float32', matrix, [matrix.length / columns, columns]) })
  await session.release()
  return results.score.data as Float32Array
}

/** The largest difference; NaN where there is one. */
function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length)
  return Array.from(a, (value, i) => Math.abs(value - b[i])).reduce((most, one) => Math.max(most, one), 0)
}

function explained(model: TreeModel, matrix: Float32Array, start: number): Explanation {
  if (!model.explainer) throw new Error('The model has no covers.')
  return model.explainer.explain(matrix, start)
}

/** Mean of a tree where only the columns in `known`, a set of bits, are those of the row: the definition behind the algorithm. */
function expectation(tree: Tree, row: Float32Array, known: number): number {
  if ('weight' in tree) return Math.fround(tree.weight)
  const { whenTrue, whenFalse } = tree
  if ((known >> tree.column) & 1) {
    return expectation(goesTrue(tree, row[tree.column]) ? whenTrue : whenFalse, row, known)
  }
  const [a, b] = [coverOf(whenTrue), coverOf(whenFalse)]
  return (a * expectation(whenTrue, row, known) + b * expectation(whenFalse, row, known)) / (a + b)
}

function goesTrue({ mode, threshold, missingIsTrue }: Exclude<Tree, { weight: number }>, value: number): boolean {
  if (Number.isNaN(value) && missingIsTrue) return true
  return {
    BRANCH_LT: value < threshold,
    BRANCH_LEQ: value <= threshold,
    BRANCH_GT: value > threshold,
    BRANCH_GTE: value >= threshold,
    BRANCH_EQ: value === threshold,
    BRANCH_NEQ: value !== threshold,
  }[mode]
}

/** Shapley values by their definition: over all sets of the other columns. */
function shapley(trees: readonly Tree[], row: Float32Array): number[] {
  const value = Array.from({ length: 2 ** COLUMNS }, (_, known) =>
    trees.reduce((sum, one) => sum + expectation(one, row, known), 0),
  )
  const factorial = [1, 1, 2, 6, 24]
  return Array.from({ length: COLUMNS }, (_, column) => {
    let sum = 0
    for (let known = 0; known < value.length; known++) {
      if ((known >> column) & 1) continue
      const size = [...known.toString(2)].filter((digit) => digit === '1').length
      const weight = (factorial[size] * factorial[COLUMNS - 1 - size]) / factorial[COLUMNS]
      sum += weight * (value[known | (1 << column)] - value[known])
    }
    return sum
  })
}

describe('a tree model', () => {
  it('gives the scores of onnxruntime, even on thresholds and for missing values', async () => {
    const agrees = fc.asyncProperty(fc.oneof(file, classifiers), rows, async (model, matrix) => {
      const bytes = treeModel(model)
      const own = read(bytes).score(matrix, matrix.length / COLUMNS)
      expect(furthest(own, await runtimeScores(bytes, matrix))).toBeLessThanOrEqual(1e-5)
    })
    await checkProperty(agrees, 300)
  })

  it('says what each column adds: Shapley values by their definition', async () => {
    const agrees = fc.property(fc.array(tree, { minLength: 1, maxLength: 4 }), rows, (trees, matrix) => {
      const model = read(treeModel({ trees, columns: COLUMNS }))
      for (let start = 0; start < matrix.length; start += COLUMNS) {
        const { contributions } = explained(model, matrix, start)
        expect(furthest(contributions, shapley(trees, matrix.subarray(start, start + COLUMNS)))).toBeLessThan(1e-9)
      }
    })
    await checkProperty(agrees, 200)
  })

  it('gives contributions that add up to the score, in its units and in the proportions of the log-odds', async () => {
    const addsUp = fc.property(file, rows, (model, matrix) => {
      const calibrated = read(treeModel(model))
      const plain = read(treeModel({ trees: model.trees, columns: COLUMNS }))
      const scores = calibrated.score(matrix, matrix.length / COLUMNS)
      for (let row = 0; row < scores.length; row++) {
        const { base, contributions } = explained(calibrated, matrix, row * COLUMNS)
        const sum = contributions.reduce((total, one) => total + one, base)
        expect(Math.abs(sum - scores[row])).toBeLessThan(1e-5)
        const raw = explained(plain, matrix, row * COLUMNS).contributions
        const ratio = Math.max(...contributions.map(Math.abs)) / Math.max(...raw.map(Math.abs))
        if (Number.isFinite(ratio))
          expect(
            furthest(
              contributions,
              raw.map((one) => one * ratio),
            ),
          ).toBeLessThan(1e-6)
      }
    })
    await checkProperty(addsUp, 200)
  })

  const stump: Tree = {
    column: 1,
    mode: 'BRANCH_LT',
    threshold: 0.5,
    missingIsTrue: true,
    whenTrue: { weight: -1, cover: 30 },
    whenFalse: { weight: 1, cover: 10 },
  }

  it('gives scores but no contributions if its nodes have no covers', () => {
    for (const covers of ['ones', 'none'] as const) {
      const model = read(treeModel({ trees: [stump], columns: COLUMNS, covers }))
      expect(model.explainer).toBeUndefined()
      expect(model.score(Float32Array.of(0, 0, 0, 0, 0, 1, 0, 0), 2)).toEqual(Float32Array.of(-1, 1))
    }
  })

  it.each([
    ['its trees are aggregated by MAX', { aggregate: 'MAX' as const }],
    ['its trees are followed by LOGISTIC', { postTransform: 'LOGISTIC' as const }],
    ['a node reads a column that does not exist', { trees: [{ ...stump, column: 4 }] }],
  ])('is not read if %s', (reason, otherwise) => {
    expect(readTreeModel(treeModel({ trees: [stump], columns: COLUMNS, ...otherwise }), 'score', COLUMNS)).toBe(reason)
  })

  it('can be read from any bytes: each failure is a sentence', () => {
    const bytes = treeModel({ trees: [stump, stump], columns: COLUMNS, calibration: { slope: 1, intercept: 0 } })
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (at, value, isCut) => {
        const damaged = isCut ? bytes.slice(0, at) : Uint8Array.from(bytes, (byte, i) => (i === at ? value : byte))
        const read = readTreeModel(damaged, 'score', COLUMNS)
        expect(typeof read === 'string' || read instanceof TreeModel).toBe(true)
      }),
      { numRuns: 2000, seed: 5 },
    )
  })
})

const models = fileURLToPath(new URL('../../models/', import.meta.url))

describe.each(readdirSync(models).filter((name) => existsSync(join(models, name, 'parity.json'))))('models/%s', (name) => {
  const parity = readParity(join(models, name))
  const columns = parity.features.length
  const readBytes = () => readFile(join(models, name, 'model.onnx'))

  it('scores its rows alike in Python, in the runtime and by a walk through its trees', async () => {
    const bytes = await readBytes()
    const own = read(bytes, columns).score(parity.matrix, parity.rows.length)
    expect(furthest(own, parity.scores)).toBeLessThanOrEqual(1e-5)
    expect(furthest(own, await runtimeScores(bytes, parity.matrix, columns))).toBeLessThanOrEqual(1e-5)
  })

  it('gives the same contributions of features as XGBoost', async () => {
    const bytes = await readBytes()
    const model = read(bytes, columns)
    const { calibration } = parseModelContract(readOnnxMetadata(bytes))
    inUnitsOfScore(parity, calibration).forEach((expected, row) => {
      const { base, contributions } = explained(model, parity.matrix, row * columns)
      expect(furthest([...contributions, base], expected)).toBeLessThanOrEqual(1e-5)
    })
  })
})
