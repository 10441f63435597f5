import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WireType } from '@bufbuild/protobuf/wire'
import { FEATURE_LAYOUT_VERSION } from '../../src/accumulators/accumulator-set.ts'
import { contractKey } from '../../src/ranking/model-contract.ts'
import { OnnxWriter } from './onnx-writer.ts'

export type Weights = Readonly<Record<string, number>>

/** A contract that the service can meet, but for what is said otherwise. */
export function contractOf(weights: Weights, otherwise: object = {}): object {
  const half = { value: 0.5, low: 0.4, high: 0.6 }
  return {
    format: 1,
    features: Object.keys(weights).map((name) => ({ name, type: 'float32' })),
    positionFeature: null,
    positionAtServing: null,
    layoutVersion: FEATURE_LAYOUT_VERSION,
    accumulators: {},
    dataHash: 'c0ffee',
    dataNames: ['none'],
    trainedAt: '2025-03-01T12:00:00Z',
    trees: 1,
    metrics: { ndcg10: half, mrr20: half, hr20: half, auc: null, rows: 100, decisions: 10, missed: 1 },
    calibration: { slope: 1, intercept: 0 },
    versions: { none: '1' },
    ...otherwise,
  }
}

/** Writes a model folder: score = sigmoid of the sum of weight * feature, a missing one counting as 0. */
export async function writeLinearModel(modelDir: string, name: string, weights: Weights, otherwise?: object): Promise<void> {
  const folder = join(modelDir, name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'model.onnx'), linearModel(weights, otherwise))
}

/** The bytes of such a model, as ONNX. Field numbers are those of onnx.proto. */
export function linearModel(weights: Weights, otherwise?: object): Uint8Array {
  const onnx = new OnnxWriter()
  const node = (operator: string, inputs: readonly string[], output: string) =>
    onnx.message(1, () => {
      for (const input of inputs) onnx.text(1, input)
      onnx.text(2, output)
      onnx.text(4, operator)
    })
  const tensor = (name: string, values: readonly number[], dimensions: readonly number[]) =>
    onnx.message(5, () => {
      for (const dimension of dimensions) onnx.whole(1, dimension)
      onnx.whole(2, 1)
      for (const value of values) onnx.bytes.tag(4, WireType.Bit32).float(value)
      onnx.text(8, name)
    })
  const width = Object.keys(weights).length
  onnx.whole(1, 8)
  onnx.message(7, () => {
    node('IsNaN', ['features'], 'missing')
    node('Where', ['missing', 'zero', 'features'], 'present')
    node('MatMul', ['present', 'weights'], 'sum')
    node('Sigmoid', ['sum'], 'score')
    onnx.text(2, 'linear')
    tensor('zero', [0], [])
    tensor('weights', Object.values(weights), [width])
    onnx.value(11, 'features', ['N', width])
    onnx.value(12, 'score', ['N'])
  })
  onnx.message(8, () => {
    onnx.text(1, '')
    onnx.whole(2, 13)
  })
  onnx.message(14, () => {
    onnx.text(1, contractKey)
    onnx.text(2, JSON.stringify(contractOf(weights, otherwise)))
  })
  return onnx.finish()
}
