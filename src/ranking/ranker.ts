/** A model that scores rows of features. */
export interface Ranker {
  readonly name: string
  /** Names of the features, in the order of the columns. */
  readonly features: readonly string[]
  /** Value for all rows of those features that are not computed: that of the position, which nobody knows before ranking. */
  readonly constants: ReadonlyMap<string, number>
  /** @param matrix row-major, rows × features, NaN where missing */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>
}
