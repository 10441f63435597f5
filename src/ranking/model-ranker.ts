/** A model that scores rows of features. */
export interface Ranker {
  readonly name: string
  /** Names of the features, in the order of the columns. */
  readonly features: readonly string[]
  /** Value for all rows of those features that are not computed: that of the position, which nobody knows before ranking. */
  readonly constants: ReadonlyMap<string, number>
  /** What says what a score is made of, or the sentence why it cannot be said. */
  readonly explainer?: Explainer | { readonly unexplained: string }
  /** @param matrix row-major, rows × features, NaN where missing */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>
}

/** What a score is made of. */
export interface Explanation {
  /** The score where the model knows nothing of the row: the trees give what they give on average over their training data. */
  readonly base: number
  /** By column, in units of the score: with `base` they add up to it. */
  readonly contributions: Float64Array
}

export interface Explainer {
  /** @param start where the row begins in the matrix */
  explain(matrix: Float32Array, start: number): Explanation
}
