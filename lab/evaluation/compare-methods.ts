import { FIRST_STAGE } from '../../src/slate/first-stage.ts'
import { type Candidate, type Comparison, JUDGED_MEASURES, SHIPPED_BASELINES } from '../verdicts/comparison.ts'
import { DifferenceFamily } from '../verdicts/simultaneous-bounds.ts'
import { MEASURES, worthOf } from './hit-rate-and-mrr.ts'
import { columnOf } from './judge-next-items.ts'
import { RULE } from './next-item-baselines.ts'
import { PLACES, type RowTable } from './row-table.ts'
import { SETTINGS, type Setting } from './setting.ts'

/** A model that is judged, by the name of its method. */
export interface JudgedSystem {
  readonly method: string
  /** Present if this is the model that comes with Liverank: whether it was trained on the log. */
  readonly shipped?: { readonly hasSeenLog: boolean }
}

/** What is judged, by the name of its method in the table, and the methods that it is judged against. */
export interface Judging {
  readonly candidate: Candidate
  readonly method: string
  readonly against: readonly string[]
  readonly hasSeenLog: boolean
}

/**
 * Returns what is judged: the first system against all other methods but further models, and the shipped model against simple methods.
 * @param methods names of all methods
 */
export function judgingsOf(methods: readonly string[], systems: readonly JudgedSystem[]): Judging[] {
  const [{ method: full }] = systems
  const models = systems.map(({ method }) => method).filter((method) => method !== RULE && method !== FIRST_STAGE)
  const against = methods.filter((method) => method !== full && !models.includes(method))
  const shipped = systems.flatMap(({ method, shipped }) =>
    shipped === undefined
      ? []
      : [
          {
            candidate: 'shipped_model' as const,
            method,
            against: against.filter((one) => SHIPPED_BASELINES.includes(one)),
            ...shipped,
          },
        ],
  )
  return [{ candidate: 'full_system', method: full, against, hasSeenLog: false }, ...shipped]
}

/** Compares each candidate with its baselines on the new rows of each setting; nothing if there are none. */
export function compareMethods(table: RowTable, judged: readonly Judging[]): Comparison[] {
  return SETTINGS.flatMap((setting) => judged.flatMap((one) => compare(table, setting, one)))
}

function compare(table: RowTable, setting: Setting, { candidate, method, against, hasSeenLog }: Judging): Comparison[] {
  const columns = [method, ...against].map((name) => columnOf(setting, name))
  const families = JUDGED_MEASURES.map((measure) => ({
    measure,
    place: MEASURES.indexOf(measure),
    sums: new Float64Array(columns.length),
    family: new DifferenceFamily(against.length),
  }))
  let rows = 0
  for (const { user, ranks } of table.read('new', columns)) {
    rows++
    const worths = ranks.map((rank) => worthOf(rank, PLACES))
    for (const { place, sums, family } of families) {
      const [own, ...others] = worths.map((worth) => worth[place])
      for (const [i, worth] of [own, ...others].entries()) sums[i] += worth
      family.add(
        user,
        others.map((other) => own - other),
      )
    }
  }
  if (rows === 0 || against.length === 0) return []
  return families.map(({ measure, sums, family }) => ({
    candidate,
    setting,
    measure,
    value: sums[0] / rows,
    rows,
    users: family.clusters,
    hasSeenLog,
    against: family.bounds().map(({ value: difference, low, high, p }, i) => ({
      method: against[i],
      value: sums[i + 1] / rows,
      difference,
      bounds: Number.isNaN(p) ? null : { low, high, p },
    })),
  }))
}
