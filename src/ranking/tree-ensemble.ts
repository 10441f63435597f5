import type { Attributes } from './onnx-graph.ts'

const MODES: readonly (number | string)[] = [
  'LEAF',
  'BRANCH_LT',
  'BRANCH_LEQ',
  'BRANCH_GT',
  'BRANCH_GTE',
  'BRANCH_EQ',
  'BRANCH_NEQ',
]

const NOT_EQUAL = MODES.indexOf('BRANCH_NEQ')

/** Weights of the leaves: what each adds to the score. */
export interface LeafWeights {
  readonly trees: readonly number[]
  readonly nodes: readonly number[]
  readonly weights: readonly number[]
}

/**
 * The trees of a TreeEnsembleRegressor or TreeEnsembleClassifier whose leaves add up to one number. Values are float32 and compared
 * as in onnxruntime: a missing value takes the branch that its node names. Operators:
 * https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html
 */
export class TreeEnsemble {
  /** Root node of each tree. */
  readonly roots: Int32Array
  /** Column that a node compares; -1 for a leaf. */
  readonly column: Int32Array
  /** Place in MODES. */
  readonly #mode: Uint8Array
  readonly threshold: Float32Array
  /** The node to go to where the comparison holds, and where it does not. */
  readonly #whenTrue: Int32Array
  readonly #whenFalse: Int32Array
  readonly #missingIsTrue: Uint8Array
  /** Weight that each leaf adds to the sum. */
  readonly weight: Float32Array
  /** Cover of each node: the amount of training data that passed it. undefined if the model has no covers or inconsistent ones. */
  readonly cover: Float32Array | undefined
  /** Number of nodes on the longest path, root and leaf included. */
  readonly depth: number

  /** @throws Error, with a sentence as its message, if the attributes do not describe trees */
  constructor(attributes: Attributes, columns: number, leaves: LeafWeights) {
    const trees = numbers(attributes, 'nodes_treeids')
    const size = trees.length
    const of = (name: string) => numbers(attributes, name, size)
    const ids = of('nodes_nodeids')
    const places = new Map<string, number>()
    for (let at = 0; at < size; at++) places.set(`${trees[at]}:${ids[at]}`, at)
    const placeOf = (tree: number, id: number) => {
      const at = places.get(`${tree}:${id}`)
      if (at === undefined) throw new Error(`tree ${tree} has no node ${id}`)
      return at
    }
    const modes = attributes.get('nodes_modes') ?? []
    if (modes.length !== size) throw new Error('nodes_modes and nodes_treeids differ in length')
    this.#mode = Uint8Array.from(modes, modeOf)
    const isLeaf = (at: number) => this.#mode[at] === 0
    const features = of('nodes_featureids')
    this.column = Int32Array.from(features, (column, at) => (isLeaf(at) ? -1 : column))
    if (this.column.some((column) => column >= columns)) throw new Error('a node reads a column that does not exist')
    this.threshold = Float32Array.from(of('nodes_values'))
    const yes = of('nodes_truenodeids')
    const no = of('nodes_falsenodeids')
    this.#whenTrue = Int32Array.from(yes, (id, at) => (isLeaf(at) ? -1 : placeOf(trees[at], id)))
    this.#whenFalse = Int32Array.from(no, (id, at) => (isLeaf(at) ? -1 : placeOf(trees[at], id)))
    this.#missingIsTrue = attributes.has('nodes_missing_value_tracks_true')
      ? Uint8Array.from(of('nodes_missing_value_tracks_true'))
      : new Uint8Array(size)
    this.weight = new Float32Array(size)
    leaves.weights.forEach((weight, i) => {
      this.weight[placeOf(leaves.trees[i], leaves.nodes[i])] += weight
    })
    const isChild = new Uint8Array(size)
    for (let at = 0; at < size; at++)
      if (!isLeaf(at)) for (const child of this.children(at)) if (isChild[child]++ > 0) throw new Error('a node has two parents')
    this.roots = Int32Array.from([...isChild.keys()].filter((at) => isChild[at] === 0))
    if (this.roots.length !== new Set(trees).size) throw new Error('a tree does not have exactly one root')
    this.depth = Math.max(0, ...Array.from(this.roots, (root) => this.#depthOf(root)))
    this.cover = this.#coversOf(attributes)
  }

  children(node: number): [whenTrue: number, whenFalse: number] {
    return [this.#whenTrue[node], this.#whenFalse[node]]
  }

  /** Returns the child node that a row takes at an inner node. @param start index of the row's first value in the matrix */
  next(node: number, matrix: Float32Array, start: number): number {
    const value = matrix[start + this.column[node]]
    const isTrue = Number.isNaN(value)
      ? this.#missingIsTrue[node] === 1 || this.#mode[node] === NOT_EQUAL
      : holds(this.#mode[node], value, this.threshold[node])
    return isTrue ? this.#whenTrue[node] : this.#whenFalse[node]
  }

  /** Returns the sum of the leaves that a row reaches. Each step is rounded to float32, as in onnxruntime. */
  sum(matrix: Float32Array, start: number): number {
    let sum = 0
    for (const root of this.roots) {
      let node = root
      while (this.column[node] >= 0) node = this.next(node, matrix, start)
      sum = Math.fround(sum + this.weight[node])
    }
    return sum
  }

  /** A row visits a node at the most once: none has two parents, and a circle has no root. */
  #depthOf(root: number): number {
    let deepest = 0
    const open: [node: number, depth: number][] = [[root, 1]]
    for (let next = open.pop(); next; next = open.pop()) {
      const [node, depth] = next
      deepest = Math.max(deepest, depth)
      if (this.column[node] >= 0) for (const child of this.children(node)) open.push([child, depth + 1])
    }
    return deepest
  }

  /** `nodes_hitrates` where they are covers: what comes to a node goes to its children. Some exporters fill them with ones. */
  #coversOf(attributes: Attributes): Float32Array | undefined {
    const covers = Float32Array.from(attributes.get('nodes_hitrates') ?? [], Number)
    if (covers.length !== this.column.length) return undefined
    const isWhole = covers.every((cover, at) => {
      if (this.column[at] < 0) return cover >= 0
      const [a, b] = this.children(at)
      return cover > 0 && Math.abs(covers[a] + covers[b] - cover) <= 1e-3 * cover
    })
    return isWhole ? covers : undefined
  }
}

function holds(mode: number, value: number, threshold: number): boolean {
  switch (mode) {
    case 1:
      return value < threshold
    case 2:
      return value <= threshold
    case 3:
      return value > threshold
    case 4:
      return value >= threshold
    case 5:
      return value === threshold
    default:
      return value !== threshold
  }
}

function modeOf(text: number | string): number {
  const mode = MODES.indexOf(text)
  if (mode < 0) throw new Error(`a node has the mode ${text}`)
  return mode
}

/**
 * Returns a numeric attribute.
 * @param length required number of values, if given
 * @throws Error naming the attribute if it is invalid
 */
export function numbers(attributes: Attributes, name: string, length?: number): readonly number[] {
  const values = attributes.get(name)
  if (!values || (length !== undefined && values.length !== length)) throw new Error(`${name} is missing or has the wrong length`)
  return values.map(Number)
}
