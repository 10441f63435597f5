import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const paritySchema = z.object({
  features: z.array(z.string()),
  tolerance: z.number(),
  rows: z.array(z.array(z.number().nullable())),
  scores: z.array(z.number()),
  /** Of the first rows, what XGBoost says that each feature adds to the raw score; absent from models of before. */
  contributions: z.array(z.array(z.number())).optional(),
  /** The raw score that they are added to. */
  base: z.number().optional(),
})

export interface ParityRows extends z.infer<typeof paritySchema> {
  /** All rows, NaN where a value is missing. */
  readonly matrix: Float32Array
}

/** The rows that a model folder carries with what Python gave for them. */
export function readParity(folder: string): ParityRows {
  const parity = paritySchema.parse(JSON.parse(readFileSync(join(folder, 'parity.json'), 'utf8')))
  return { ...parity, matrix: Float32Array.from(parity.rows.flat(), (value) => value ?? Number.NaN) }
}

/**
 * XGBoost's contributions in units of the score: each has the share of the difference to the score at `base` that it has of the
 * difference of raw scores. By row; `base` comes last.
 */
export function inUnitsOfScore({ contributions, base }: ParityRows, { slope, intercept }: { slope: number; intercept: number }) {
  if (!contributions || base === undefined) throw new Error('These parity rows hold no contributions.')
  const probability = (raw: number) => 1 / (1 + Math.exp(-(slope * raw + intercept)))
  return contributions.map((row) => {
    const by = row.reduce((sum, one) => sum + one, 0)
    const scale = (probability(base + by) - probability(base)) / by
    return [...row.map((one) => one * scale), probability(base)]
  })
}
