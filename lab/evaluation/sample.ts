import type { NextItems } from '../learning/next-items.ts'
import { Random } from '../random.ts'
import type { TestPeriod } from './test-period.ts'

/** Draws a share of what comes by. */
export class Sample {
  readonly #random: Random
  readonly #share: number

  constructor(random: Random, share: number) {
    this.#random = random
    this.#share = share
  }

  draws(): boolean {
    return this.#share >= 1 || this.#random.uniform() < this.#share
  }
}

/** Returns how many of the rows are at an event of the test period. @param rows by number of their event */
export function countInTest(rows: ReadonlyMap<number, unknown>, { before }: TestPeriod): number {
  return [...rows.keys()].filter((number) => number >= before).length
}

/**
 * Returns a draw of the rows to judge. It is asked once for each row of a session that began in the test period, in the order of the
 * log, and then draws the same rows for the same seed.
 * @param mostRows number of rows to judge, about
 */
export function sampleOfRows(
  { byEvent }: Pick<NextItems, 'byEvent'>,
  period: TestPeriod,
  mostRows: number,
  seed: number,
): Sample {
  return new Sample(new Random(seed, 'rows'), mostRows / countInTest(byEvent, period))
}
