import type { TreeEnsemble } from './tree-ensemble.ts'

/**
 * Computes the contribution of each column of a row to its sum of leaves, relative to the mean over the training data. These are
 * Shapley values by path-dependent TreeSHAP (algorithm 2 of Lundberg, Erion and Lee, "Consistent individualized feature attribution
 * for tree ensembles", 2018): at a node of an unknown column, both branches count in proportion to their covers. They equal
 * XGBoost's `pred_contribs`.
 */
export class TreeContributions {
  readonly #trees: TreeEnsemble
  readonly #cover: Float32Array
  readonly #columns: number
  /** Mean sum of leaves over the training data, from the covers. */
  readonly mean: number
  // One path a depth, one behind the other: the columns that decided so far, each once, behind a first element that stands for none.
  /** Column of an element. */
  readonly #column: Int32Array
  /** Share of the training data that goes on along the path where the column is not known. */
  readonly #zero: Float64Array
  /** 1 where the row itself goes on along the path, else 0. */
  readonly #one: Float64Array
  /** Sum of the weights of all sets of columns of a size, by the size. */
  readonly #weight: Float64Array
  #matrix: Float32Array = new Float32Array()
  #start = 0
  #into = new Float64Array()

  /** @param columns number of columns of a row */
  constructor(trees: TreeEnsemble, cover: Float32Array, columns: number) {
    this.#trees = trees
    this.#columns = columns
    this.#cover = cover
    this.mean = Array.from(trees.roots, (root) => this.#meanOf(root)).reduce((sum, mean) => sum + mean, 0)
    const size = ((trees.depth + 1) * (trees.depth + 2)) / 2
    this.#column = new Int32Array(size)
    this.#zero = new Float64Array(size)
    this.#one = new Float64Array(size)
    this.#weight = new Float64Array(size)
  }

  /**
   * Returns the contributions of one row, by column. Together with `mean` they add up to the row's sum of leaves.
   * @param start index of the row's first value in the matrix
   */
  of(matrix: Float32Array, start: number): Float64Array {
    this.#matrix = matrix
    this.#start = start
    this.#into = new Float64Array(this.#columns)
    for (const root of this.#trees.roots) this.#visit(root, 0, 0, 1, 1, -1)
    return this.#into
  }

  #meanOf(node: number): number {
    if (this.#trees.column[node] < 0) return this.#trees.weight[node]
    const [a, b] = this.#trees.children(node)
    const all = this.#cover[a] + this.#cover[b]
    return (this.#cover[a] * this.#meanOf(a) + this.#cover[b] * this.#meanOf(b)) / all
  }

  /**
   * @param parent where the path of the node above begins, which has `length` elements
   * @param zero, one, column the element to put behind it
   */
  #visit(node: number, parent: number, length: number, zero: number, one: number, column: number): void {
    const path = parent + length
    for (let at = parent; at < path; at++) {
      this.#column[at + length] = this.#column[at]
      this.#zero[at + length] = this.#zero[at]
      this.#one[at + length] = this.#one[at]
      this.#weight[at + length] = this.#weight[at]
    }
    this.#extend(path, length, zero, one, column)
    const trees = this.#trees
    if (trees.column[node] < 0) {
      for (let at = 1; at <= length; at++) {
        const share = this.#unwoundSum(path, length, at) * (this.#one[path + at] - this.#zero[path + at])
        this.#into[this.#column[path + at]] += share * trees.weight[node]
      }
      return
    }
    const split = trees.column[node]
    const [a, b] = trees.children(node)
    const hot = trees.next(node, this.#matrix, this.#start)
    const all = this.#cover[a] + this.#cover[b]
    let zeroBefore = 1
    let oneBefore = 1
    let elements = length + 1
    for (let at = 1; at < elements; at++) {
      if (this.#column[path + at] !== split) continue
      // A column that decides again: its two decisions become one.
      zeroBefore = this.#zero[path + at]
      oneBefore = this.#one[path + at]
      this.#unwind(path, elements - 1, at)
      elements--
      break
    }
    for (const child of hot === a ? [a, b] : [b, a]) {
      this.#visit(child, path, elements, (zeroBefore * this.#cover[child]) / all, child === hot ? oneBefore : 0, split)
    }
  }

  /** Puts an element at `last`, and takes it into the weights. */
  #extend(path: number, last: number, zero: number, one: number, column: number): void {
    const weight = this.#weight
    this.#column[path + last] = column
    this.#zero[path + last] = zero
    this.#one[path + last] = one
    weight[path + last] = last === 0 ? 1 : 0
    for (let at = last - 1; at >= 0; at--) {
      weight[path + at + 1] += (one * weight[path + at] * (at + 1)) / (last + 1)
      weight[path + at] = (zero * weight[path + at] * (last - at)) / (last + 1)
    }
  }

  /** Takes the element `out` away, of those up to `last`. */
  #unwind(path: number, last: number, out: number): void {
    const weight = this.#weight
    const zero = this.#zero[path + out]
    const one = this.#one[path + out]
    let next = weight[path + last]
    for (let at = last - 1; at >= 0; at--) {
      if (one !== 0) {
        const before = weight[path + at]
        weight[path + at] = (next * (last + 1)) / ((at + 1) * one)
        next = before - (weight[path + at] * zero * (last - at)) / (last + 1)
      } else weight[path + at] = (weight[path + at] * (last + 1)) / (zero * (last - at))
    }
    for (let at = out; at < last; at++) {
      this.#column[path + at] = this.#column[path + at + 1]
      this.#zero[path + at] = this.#zero[path + at + 1]
      this.#one[path + at] = this.#one[path + at + 1]
    }
  }

  /** Sum of the weights that `#unwind` would leave. */
  #unwoundSum(path: number, last: number, out: number): number {
    const weight = this.#weight
    const zero = this.#zero[path + out]
    const one = this.#one[path + out]
    let next = weight[path + last]
    let total = 0
    for (let at = last - 1; at >= 0; at--) {
      if (one !== 0) {
        const left = (next * (last + 1)) / ((at + 1) * one)
        total += left
        next = weight[path + at] - (left * zero * (last - at)) / (last + 1)
      } else if (zero !== 0) total += (weight[path + at] * (last + 1)) / (zero * (last - at))
    }
    return total
  }
}
