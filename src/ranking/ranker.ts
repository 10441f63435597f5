/** A model that scores rows of features. */
export interface Ranker {
  readonly name: string
  /** Names of the features, in the order of the columns. */
  readonly features: readonly string[]
  /** @param matrix row-major, rows × features, NaN where missing */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>
}
