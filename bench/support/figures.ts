import { calibrate } from './calibration.ts'
import type { StoreName } from './command-options.ts'
import { quantile } from './quantile.ts'

/** A quantity, or its parts: the median and the extremes, for example. */
type Value = number | string | boolean | { readonly [part: string]: number | string } | undefined

export type Figure<Key extends string> = { readonly case: string; readonly store?: StoreName | undefined } & {
  readonly [K in Key]?: Value
}

const SIGNIFICANT_DIGITS = 4

const COMMON = {
  bench: 'name of the benchmark',
  store: 'embedded or redis; absent if the figure is of no store',
  case: 'what was measured',
}

const PARTS = `Keys of parts: median, least and most of the rounds; mean; p10, p50, p90 and p99, the percentiles. The keys atMost and atLeast give targets by
key: of a key with parts, the target of its median. Whole numbers are exact. Others have ${SIGNIFICANT_DIGITS} digits, null stands for no finite number.
`

/** Prints what a benchmark measures: one JSON object a line, on standard output. */
export class Figures<Key extends string> {
  readonly #bench: string
  readonly #calibrations: number[] = []
  readonly #keys: Readonly<Record<Key, string>>

  /** @param keys meaning, unit and range of each key, for `--help` */
  constructor(bench: string, keys: Readonly<Record<Key, string>>) {
    this.#bench = bench
    this.#keys = keys
  }

  /** Prints the text, and what each key means. */
  printHelp(usage: string): void {
    const keys = Object.entries<string>({ ...COMMON, ...this.#keys })
    const width = Math.max(...keys.map(([key]) => key.length)) + 2
    const lines = keys.map(([key, meaning]) => `${key.padEnd(width)}${meaning}\n`)
    process.stdout.write(`${usage}\nPrints one JSON object a line. A key that does not concern a case is absent.\n\n`)
    process.stdout.write(`${lines.join('')}\n${PARTS}`)
  }

  print({ store, case: name, ...figures }: Figure<Key>): void {
    this.#write({ ...(store && { store }), case: name, ...rounded(figures) })
  }

  /** Measures a fixed piece of work: now and then among what is measured, since the speed of a machine changes. */
  calibrate(): void {
    this.#calibrations.push(calibrate())
  }

  /**
   * Prints the CPU time of the fixed piece of work, by which `liverank bench compare` divides: the median of what `calibrate` has
   * measured, and of one more measurement.
   * @param settings what changes the costs that are measured: figures of other settings are not compared
   */
  printCalibration(settings?: Readonly<Record<string, number | string>>): void {
    this.calibrate()
    const processorMs = quantile(this.#calibrations.splice(0), 0.5)
    this.#write({ case: 'calibration', ...rounded({ processorMs, settings }) })
  }

  #write(figure: object): void {
    process.stdout.write(`${JSON.stringify({ bench: this.#bench, ...figure })}\n`)
  }
}

/** Meaning of the keys of the case `calibration`, for benchmarks whose other cases have no such keys. */
export const CALIBRATION_KEYS = {
  processorMs: 'of the case calibration: CPU time of a fixed piece of work, by which liverank bench compare divides; ms, above 0',
  settings: 'of the case calibration: the options that change costs',
}

function rounded(values: object): object {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      if (typeof value === 'object') return [key, rounded(value)]
      if (typeof value !== 'number' || Number.isInteger(value)) return [key, value]
      return [key, Number(value.toPrecision(SIGNIFICANT_DIGITS))]
    }),
  )
}
