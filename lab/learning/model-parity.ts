import { type FileHandle, open } from 'node:fs/promises'
import { LiverankError } from '../../src/errors.ts'
import { type OnnxRanker, TOLERANCE } from '../../src/ranking/onnx-ranker.ts'

/** Rows looked at together, so that a large test split does not fill memory. */
const BATCH = 8192

/** How far scores of the same rows differ. `walk` is for the walk through the trees from which contributions come. */
export interface Parity {
  /** Number of rows of the test split. */
  readonly rows: number
  /** The largest differences from Python's score of the same row. */
  readonly service: number
  readonly walk: number
}

/**
 * Scores every row of a training set's test split as the service does, and by the walk through the trees that contributions come from, and
 * compares both with Python's scores.
 * @param features file of the split: float32 [rows, features], row after row
 * @param scores file of Python's: float32 [rows]
 * @throws LiverankError MODEL_CONTRACT when a score is more than 1e-5 apart, naming the row, or when the model cannot be read as trees
 */
export async function checkParity(ranker: OnnxRanker, features: string, scores: string): Promise<Parity> {
  const { trees } = ranker
  if (typeof trees === 'string') throw new LiverankError('MODEL_CONTRACT', `The model cannot be read as trees: ${trees}.`)
  const { length: width } = ranker.features
  const position = ranker.features.findIndex((name) => ranker.constants.has(name))
  const parity = { rows: 0, service: 0, walk: 0 }
  const [matrices, wanted] = await Promise.all([open(features), open(scores)])
  try {
    for (;;) {
      const python = await readNumbers(wanted, BATCH, parity.rows)
      if (python.length === 0) return parity
      const matrix = await readNumbers(matrices, python.length * width, parity.rows * width)
      if (position >= 0)
        for (let at = position; at < matrix.length; at += width) matrix[at] = ranker.constants.get(ranker.features[position])!
      const served = await ranker.score(matrix, python.length)
      const walked = trees.score(matrix, python.length)
      for (let row = 0; row < python.length; row++) {
        parity.service = Math.max(parity.service, apart('The service', served[row], python[row], parity.rows + row))
        parity.walk = Math.max(parity.walk, apart('The tree walk', walked[row], python[row], parity.rows + row))
      }
      parity.rows += python.length
    }
  } finally {
    await Promise.all([matrices.close(), wanted.close()])
  }
}

function apart(who: string, score: number, python: number, row: number): number {
  const difference = Math.abs(score - python)
  if (difference <= TOLERANCE) return difference
  throw new LiverankError(
    'MODEL_CONTRACT',
    `${who} scores row ${row} of the test split as ${score}, but Python scores it as ${python}: do not use this model, and report the difference.`,
  )
}

/** @returns as many of them as the file has */
async function readNumbers(file: FileHandle, most: number, from: number): Promise<Float32Array> {
  const numbers = new Float32Array(most)
  const bytes = new Uint8Array(numbers.buffer)
  const { bytesRead } = await file.read(bytes, 0, bytes.length, from * Float32Array.BYTES_PER_ELEMENT)
  return numbers.subarray(0, bytesRead / Float32Array.BYTES_PER_ELEMENT)
}
