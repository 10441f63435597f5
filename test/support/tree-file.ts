import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WireType } from '@bufbuild/protobuf/wire'
import { contractKey } from '../../src/ranking/model-contract.ts'
import { contractOf } from './linear-model.ts'
import { OnnxWriter } from './onnx-writer.ts'

export type Mode = 'BRANCH_LT' | 'BRANCH_LEQ' | 'BRANCH_GT' | 'BRANCH_GTE' | 'BRANCH_EQ' | 'BRANCH_NEQ'

export type Tree =
  | { readonly weight: number; readonly cover: number }
  | {
      readonly column: number
      readonly mode: Mode
      readonly threshold: number
      readonly missingIsTrue: boolean
      readonly whenTrue: Tree
      readonly whenFalse: Tree
    }

export interface TreeFile {
  readonly trees: readonly Tree[]
  readonly columns: number
  /** What the sum of the leaves begins with. */
  readonly base?: number
  readonly aggregate?: 'SUM' | 'AVERAGE' | 'MAX'
  readonly postTransform?: 'NONE' | 'LOGISTIC'
  /** A classifier of two classes instead of a regressor: which class its leaves are of. The score is that of the second. */
  readonly classifier?: { readonly leavesOf: 0 | 1 }
  /** After the trees: sigmoid(slope * sum + intercept), if given. */
  readonly calibration?: { readonly slope: number; readonly intercept: number }
  /** Whether the covers are kept, as they should be or as ones. */
  readonly covers?: 'kept' | 'ones' | 'none'
  /** Features of the contract; c0, c1 and so on if absent. */
  readonly features?: readonly string[]
  /** Entries of the contract that differ. */
  readonly contract?: object
}

/** Share of the training data that comes to a node. */
export function coverOf(tree: Tree): number {
  return 'weight' in tree ? tree.cover : coverOf(tree.whenTrue) + coverOf(tree.whenFalse)
}

export async function writeTreeModel(modelDir: string, name: string, file: TreeFile): Promise<void> {
  const folder = join(modelDir, name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'model.onnx'), treeModel(file))
}

/** The bytes of an ONNX model of trees. Field numbers are those of onnx.proto. */
export function treeModel(file: TreeFile): Uint8Array {
  const { trees, columns, base = 0, aggregate = 'SUM', postTransform = 'NONE', classifier, calibration, covers = 'kept' } = file
  const onnx = new OnnxWriter()
  const attribute = (name: string, values: number | string | readonly (number | string)[], isFloat = false) =>
    onnx.message(5, () => {
      onnx.text(1, name)
      const list = Array.isArray(values) ? values : [values]
      const isList = Array.isArray(values)
      for (const value of list) {
        if (typeof value === 'string') onnx.text(isList ? 9 : 4, value)
        else if (isFloat) onnx.bytes.tag(isList ? 7 : 2, WireType.Bit32).float(value)
        else onnx.whole(isList ? 8 : 3, value)
      }
      const isText = typeof list[0] === 'string'
      onnx.whole(20, (isText ? 3 : isFloat ? 1 : 2) + (isList ? 5 : 0))
    })
  const node = (operator: string, domain: string, inputs: readonly string[], outputs: readonly string[], more = () => {}) =>
    onnx.message(1, () => {
      for (const input of inputs) onnx.text(1, input)
      for (const output of outputs) onnx.text(2, output)
      onnx.text(4, operator)
      more()
      onnx.text(7, domain)
    })
  const tensor = (name: string, values: readonly number[], dimensions: readonly number[], isFloat: boolean) =>
    onnx.message(5, () => {
      for (const dimension of dimensions) onnx.whole(1, dimension)
      onnx.whole(2, isFloat ? 1 : 7)
      onnx.text(8, name)
      const raw = Buffer.alloc(values.length * (isFloat ? 4 : 8))
      values.forEach((value, i) => {
        if (isFloat) raw.writeFloatLE(value, i * 4)
        else raw.writeBigInt64LE(BigInt(value), i * 8)
      })
      onnx.bytes.tag(9, WireType.LengthDelimited).bytes(raw)
    })
  const flat = trees.map(flatten)
  const all = flat.flatMap((nodes, tree) => nodes.map((one, id) => ({ ...one, tree, id })))
  const leaves = all.filter(({ mode }) => mode === 'LEAF')
  const target = classifier ? 'class' : 'target'
  const writeTrees = () => {
    const attributes: Record<string, readonly (number | string)[]> = {
      nodes_treeids: all.map(({ tree }) => tree),
      nodes_nodeids: all.map(({ id }) => id),
      nodes_featureids: all.map(({ column }) => column),
      nodes_modes: all.map(({ mode }) => mode),
      nodes_truenodeids: all.map(({ whenTrue }) => whenTrue),
      nodes_falsenodeids: all.map(({ whenFalse }) => whenFalse),
      nodes_missing_value_tracks_true: all.map(({ missingIsTrue }) => (missingIsTrue ? 1 : 0)),
      [`${target}_treeids`]: leaves.map(({ tree }) => tree),
      [`${target}_nodeids`]: leaves.map(({ id }) => id),
      [`${target}_ids`]: leaves.map(() => classifier?.leavesOf ?? 0),
    }
    for (const [name, values] of Object.entries(attributes)) attribute(name, values)
    attribute(
      'nodes_values',
      all.map(({ threshold }) => threshold),
      true,
    )
    attribute(
      `${target}_weights`,
      leaves.map(({ weight }) => weight),
      true,
    )
    if (covers !== 'none')
      attribute(
        'nodes_hitrates',
        all.map(({ cover }) => (covers === 'ones' ? 1 : cover)),
        true,
      )
    if (!classifier) {
      attribute('n_targets', 1)
      attribute('aggregate_function', aggregate)
      attribute('base_values', [base], true)
    } else {
      attribute('classlabels_int64s', [0, 1])
    }
    attribute('post_transform', postTransform)
  }
  onnx.whole(1, 8)
  onnx.message(7, () => {
    const operator = classifier ? 'TreeEnsembleClassifier' : 'TreeEnsembleRegressor'
    node(operator, 'ai.onnx.ml', ['features'], classifier ? ['label', 'both'] : ['sum'], writeTrees)
    if (classifier) node('Gather', '', ['both', 'taken'], ['sum'], () => attribute('axis', 1))
    if (calibration) {
      node('Mul', '', ['sum', 'slope'], ['scaled'])
      node('Add', '', ['intercept', 'scaled'], ['logit'])
      node('Sigmoid', '', ['logit'], ['probability'])
    }
    node('Reshape', '', [calibration ? 'probability' : 'sum', 'flat'], ['score'])
    onnx.text(2, 'trees')
    tensor('flat', [-1], [1], false)
    if (classifier) tensor('taken', [1], [], false)
    if (calibration) {
      tensor('slope', [calibration.slope], [1], true)
      tensor('intercept', [calibration.intercept], [1], true)
    }
    onnx.value(11, 'features', ['N', columns])
    onnx.value(12, 'score', ['N'])
  })
  for (const [domain, version] of [
    ['', 17],
    ['ai.onnx.ml', 3],
  ] as const) {
    onnx.message(8, () => {
      onnx.text(1, domain)
      onnx.whole(2, version)
    })
  }
  const names = file.features ?? Array.from({ length: columns }, (_, column) => `c${column}`)
  onnx.message(14, () => {
    onnx.text(1, contractKey)
    onnx.text(2, JSON.stringify(contractOf(Object.fromEntries(names.map((name) => [name, 0])), file.contract)))
  })
  return onnx.finish()
}

function flatten(tree: Tree): FlatNode[] {
  const nodes: FlatNode[] = []
  const add = (one: Tree): number => {
    const at = nodes.push(flatNode(one, 0, 0)) - 1
    if (!('weight' in one)) nodes[at] = flatNode(one, add(one.whenTrue), add(one.whenFalse))
    return at
  }
  add(tree)
  return nodes
}

type FlatNode = ReturnType<typeof flatNode>

function flatNode(tree: Tree, whenTrue: number, whenFalse: number) {
  const children = { whenTrue, whenFalse, cover: coverOf(tree) }
  if ('weight' in tree) return { mode: 'LEAF', column: 0, threshold: 0, missingIsTrue: false, weight: tree.weight, ...children }
  const { mode, column, threshold, missingIsTrue } = tree
  return { mode, column, threshold, missingIsTrue, weight: 0, ...children }
}
