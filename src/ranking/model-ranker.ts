import type { TrainingDistributions } from './training-report.ts'

/** A model that scores rows of features. */
export interface Ranker {
  readonly name: string
  /** Feature names, in the order of the columns. */
  readonly features: readonly string[]
  /** Constant values of features that are not computed, by name. The position feature is one: it is unknown before ranking. */
  readonly constants: ReadonlyMap<string, number>
  /** Explains scores, or holds the sentence that says why it cannot. */
  readonly explainer?: Explainer | { readonly unexplained: string }
  /** Distributions of the features in training, by name; absent if the training did not write them. */
  readonly distributions?: TrainingDistributions | undefined
  /** Scores the rows. @param matrix feature values, row-major, rows × features; NaN if missing */
  score(matrix: Float32Array, rows: number): Promise<Float32Array>
}

/** Says how much each feature raised or lowered a score. */
export interface Explanation {
  /** Score without any knowledge of the row: the mean output of the trees over their training data. */
  readonly base: number
  /** Contribution by column, in units of the score. `base` plus all contributions is the score. */
  readonly contributions: Float64Array
}

/** Splits a score of a model into contributions of its features. Only models that consist of trees can have an explainer. */
export interface Explainer {
  /** Explains the score of one row. @param start index of the row's first value in the matrix */
  explain(matrix: Float32Array, start: number): Explanation
}
