import type { Explainer, Explanation } from './model-ranker.ts'
import { type Attributes, type GraphNode, type OnnxGraph, readOnnxGraph } from './onnx-graph.ts'
import { TreeContributions } from './tree-contributions.ts'
import { numbers, TreeEnsemble } from './tree-ensemble.ts'

/** What the trees' sum comes to: slope * sum + intercept, and the logistic function of that if `isLogistic`. */
interface Link {
  readonly slope: number
  readonly intercept: number
  readonly isLogistic: boolean
}

const SAME: Link = { slope: 1, intercept: 0, isLogistic: false }
const LOGISTIC: Link = { ...SAME, isLogistic: true }
/** They change the shape of what one number a row is, and no number. */
const SHAPES: ReadonlySet<string> = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'])

/** A model whose score is a calibrated sum of trees. It is read from the ONNX graph, so that it can explain scores. */
export class TreeModel {
  readonly #trees: TreeEnsemble
  readonly #link: Link
  readonly #columns: number
  /** Explains scores; undefined if the model lacks the covers of its nodes, which contributions need. */
  readonly explainer: Explainer | undefined

  constructor(trees: TreeEnsemble, link: Link, columns: number) {
    this.#trees = trees
    this.#link = link
    this.#columns = columns
    const { cover } = trees
    if (!cover) return
    const contributions = new TreeContributions(trees, cover, columns)
    this.explainer = { explain: (matrix, start) => this.#explain(contributions, matrix, start) }
  }

  /**
   * Returns the scores of the rows, within 1e-5 of those of onnxruntime.
   * @param matrix row-major, rows × columns, NaN if missing
   */
  score(matrix: Float32Array, rows: number): Float32Array {
    const { slope, intercept } = this.#link
    return Float32Array.from({ length: rows }, (_, row) =>
      this.#linked(slope * this.#trees.sum(matrix, row * this.#columns) + intercept),
    )
  }

  /**
   * Returns test rows with values at and on both sides of thresholds, and with missing values. A wrong reading of the trees would
   * show on them.
   */
  probes(rows: number): Float32Array {
    const thresholds = Array.from({ length: this.#columns }, () => [0])
    this.#trees.column.forEach((column, node) => {
      if (column >= 0) thresholds[column].push(this.#trees.threshold[node])
    })
    return Float32Array.from({ length: rows * this.#columns }, (_, at) => {
      const of = thresholds[at % this.#columns]
      const threshold = of[(at * 31) % of.length]
      return [threshold, threshold * 1.01 + 1e-3, Number.NaN, threshold * 0.99 - 1e-3][(at + Math.floor(at / 7)) % 4]
    })
  }

  /**
   * Shapley values of the trees' sum, in units of the score. Where the score is a probability each has the share of the difference to
   * `base` that it has of the difference in log-odds; so they keep their signs and proportions (the Aumann-Shapley value of the
   * logistic function).
   */
  #explain(ofTrees: TreeContributions, matrix: Float32Array, start: number): Explanation {
    const { slope, intercept, isLogistic } = this.#link
    const contributions = ofTrees.of(matrix, start)
    const from = slope * ofTrees.mean + intercept
    const by = slope * contributions.reduce((sum, contribution) => sum + contribution, 0)
    const base = this.#linked(from)
    // Where there is no difference, the slope of the logistic function.
    const steepness = Math.abs(by) > 1e-9 ? (this.#linked(from + by) - base) / by : base * (1 - base)
    const scale = isLogistic ? slope * steepness : slope
    return { base, contributions: contributions.map((contribution) => contribution * scale) }
  }

  #linked(value: number): number {
    return this.#link.isLogistic ? 1 / (1 + Math.exp(-value)) : value
  }
}

/**
 * Reads the trees of a model. Its output must be computed from one TreeEnsembleRegressor, or one TreeEnsembleClassifier of two
 * classes. Only products, sums, the logistic function and changes of shape may follow.
 * @param output name of the output
 * @param columns number of columns of the model input
 * @returns for other kinds of models, the reason as the end of a sentence
 */
export function readTreeModel(model: Uint8Array, output: string, columns: number): TreeModel | string {
  try {
    const graph = readOnnxGraph(model)
    const { trees, links, column } = chainTo(output, graph)
    const isClassifier = trees.operator === 'TreeEnsembleClassifier'
    const [ensemble, link] = isClassifier ? classifier(trees, columns, column) : regressor(trees, columns)
    return new TreeModel(ensemble, links.reduceRight(followedBy, link), columns)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

interface Chain {
  readonly trees: GraphNode
  /** What follows the trees, the last first. */
  readonly links: readonly Link[]
  /** Of several numbers a row, the one that is taken. */
  readonly column: number | undefined
}

function chainTo(output: string, { nodes, constants }: OnnxGraph): Chain {
  const makerOf = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const links: Link[] = []
  let column: number | undefined
  let name = output
  for (let steps = 0; steps <= nodes.length; steps++) {
    const node = makerOf.get(name)
    if (!node) break
    const { operator, inputs } = node
    if (operator === 'TreeEnsembleRegressor' || operator === 'TreeEnsembleClassifier') return { trees: node, links, column }
    const [value, ...others] = inputs.filter((input) => makerOf.get(input)?.operator !== 'Constant' && !constants.has(input))
    const constant = constants.get(inputs.find((input) => constants.has(input)) ?? '')
    if (value === undefined || others.length > 0) break
    const [number = Number.NaN, ...more] = constant ?? []
    const isScalar = constant !== undefined && more.length === 0
    if (operator === 'Sigmoid') links.push(LOGISTIC)
    else if (operator === 'Mul' && isScalar) links.push({ ...SAME, slope: number })
    else if (operator === 'Add' && isScalar) links.push({ ...SAME, intercept: number })
    else if ((operator === 'Gather' || operator === 'ArrayFeatureExtractor') && isScalar && column === undefined) column = number
    else if (!SHAPES.has(operator)) throw new Error(`its scores go through ${operator}`)
    name = value
  }
  throw new Error('its scores do not come from a single ensemble of trees')
}

/** One link behind another. @throws Error where that is no link */
function followedBy(first: Link, next: Link): Link {
  if (!first.isLogistic) {
    const { slope, intercept } = first
    return { slope: slope * next.slope, intercept: intercept * next.slope + next.intercept, isLogistic: next.isLogistic }
  }
  if (next.isLogistic || next.slope !== 1 || next.intercept !== 0) throw new Error('an operator follows the logistic function')
  return first
}

function regressor({ attributes }: GraphNode, columns: number): [TreeEnsemble, Link] {
  const targets = attributes.get('target_ids') ?? []
  if (targets.some((target) => target !== 0)) throw new Error('its trees return more than one number')
  const [aggregate = 'SUM'] = attributes.get('aggregate_function') ?? []
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') throw new Error(`its trees are aggregated by ${aggregate}`)
  const trees = new TreeEnsemble(attributes, columns, {
    trees: numbers(attributes, 'target_treeids'),
    nodes: numbers(attributes, 'target_nodeids'),
    weights: numbers(attributes, 'target_weights'),
  })
  const slope = aggregate === 'SUM' ? 1 : 1 / trees.roots.length
  const [intercept = 0] = attributes.has('base_values') ? numbers(attributes, 'base_values') : []
  // The runtime does not carry out another of a single number, whatever the standard says.
  if (transformOf(attributes) !== 'NONE') throw new Error(`its trees are followed by ${transformOf(attributes)}`)
  return [trees, { slope, intercept, isLogistic: false }]
}

/** A classifier of two classes whose leaves give the score of one of them, as those of boosted trees do. */
function classifier({ attributes }: GraphNode, columns: number, column: number | undefined): [TreeEnsemble, Link] {
  if (column !== 1) throw new Error('its scores are not those of the second of two classes')
  if (new Set(attributes.get('class_ids')).size !== 1) throw new Error('its leaves return scores of several classes')
  if (attributes.has('base_values')) throw new Error('its classifier has base values')
  const trees = new TreeEnsemble(attributes, columns, {
    trees: numbers(attributes, 'class_treeids'),
    nodes: numbers(attributes, 'class_nodeids'),
    weights: numbers(attributes, 'class_weights'),
  })
  const transform = transformOf(attributes)
  if (transform !== 'NONE' && transform !== 'LOGISTIC') throw new Error(`its trees are followed by ${transform}`)
  return [trees, transform === 'LOGISTIC' ? LOGISTIC : SAME]
}

function transformOf(attributes: Attributes): string | number {
  const [transform = 'NONE'] = attributes.get('post_transform') ?? []
  return transform
}
