import * as fc from 'fast-check'

/** A failure prints its seed; PROPERTY_SEED repeats it, and PROPERTY_FACTOR multiplies the runs: `npm test` makes half of them. */
const SEED = Number(process.env.PROPERTY_SEED ?? 20250303)
const FACTOR = Number(process.env.PROPERTY_FACTOR ?? 0.5)

/** How long so many more runs may take, in ms. */
export const PROPERTY_MS = 120_000 * Math.max(1, FACTOR)

/** Checks a property with the same cases on every machine. */
export async function checkProperty<T>(property: fc.IRawProperty<T>, numRuns: number): Promise<void> {
  await fc.assert(property, { seed: SEED, numRuns: Math.ceil(numRuns * FACTOR), endOnFailure: false })
}
