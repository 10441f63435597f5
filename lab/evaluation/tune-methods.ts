import { Random } from '../random.ts'
import type { Kind } from './method-ranking.ts'
import { PLACES } from './row-table.ts'
import type { TunableMethod, Variant } from './tunable-method.ts'
import type { TuningLog, ValidationRow } from './tuning-log.ts'

/** Variants of a method that rank best on rows before the test period. */
export interface TunedMethod {
  /** For rows whose next item may be one of the session. */
  readonly all: Variant
  /** For rows whose next item is new to the session. */
  readonly new: Variant
  /**
   * Whether lists of the variant for all rows leave out the item that was acted on last. They do where that ranks better: in a
   * log in which nobody acts on the same item twice in a row.
   */
  readonly dropsLast: boolean
}

/**
 * Rounds of the search, which is successive halving (Jamieson and Talwalkar, 2016): many variants are compared on few rows, and
 * the best of them on more. `kept` is the number of variants that go on for each of the two kinds of rows; after the last round,
 * none does.
 */
const ROUNDS: readonly { readonly rows: number; readonly kept?: number }[] = [
  { rows: 200, kept: 4 },
  { rows: 400, kept: 2 },
  { rows: 800 },
]
/** Number of variants of each method in the first round. */
const VARIANTS = 24

/** What a variant reached on the rows of one round. */
interface Standing {
  readonly variant: Variant
  /** Sums of reciprocal ranks among the first 20. */
  readonly sums: { all: number; withoutLast: number; new: number }
}

/**
 * Returns for each method the variants with the highest MRR@20 on the validation rows, for all rows and for new rows apart. Each
 * method has at most 24 variants, and each variant is scored on at most about 1,400 rows.
 */
export function tuneMethods<Name extends string>(
  log: TuningLog,
  methods: Readonly<Record<Name, TunableMethod>>,
  seed: number,
): Record<Name, TunedMethod> {
  const names = Object.keys(methods) as Name[]
  let standings = new Map(
    names.map((name) => [name, methods[name].variants(VARIANTS, new Random(seed, 'tuning', name)).map(standingOf)]),
  )
  ROUNDS.forEach(({ rows, kept }, round) => {
    const random = new Random(seed, 'tuning rows', round)
    for (const row of log.play(() => random.uniform() < rows / log.rows))
      for (const of of standings.values()) for (const standing of of) judge(standing, row)
    if (kept !== undefined)
      standings = new Map(
        names.map((name) => [name, survivors(standings.get(name)!, kept).map(({ variant }) => standingOf(variant))]),
      )
  })
  return Object.fromEntries(
    names.map((name) => {
      const [all] = bestFor('all', standings.get(name)!)
      const [fresh] = bestFor('new', standings.get(name)!)
      return [name, { all: all.variant, new: fresh.variant, dropsLast: all.sums.withoutLast > all.sums.all }]
    }),
  ) as Record<Name, TunedMethod>
}

function standingOf(variant: Variant): Standing {
  return { variant, sums: { all: 0, withoutLast: 0, new: 0 } }
}

function judge({ variant, sums }: Standing, { session, items, next, index }: ValidationRow): void {
  const scored = variant.score(index, session)
  const last = new Set(session.prefix.slice(-1))
  const worth = (without?: ReadonlySet<string>) => {
    const place = scored.best(PLACES, without).indexOf(next.itemId)
    return place < 0 ? 0 : 1 / (place + 1)
  }
  sums.all += worth()
  sums.withoutLast += worth(last)
  if (next.isNew) sums.new += worth(items)
}

function survivors(standings: readonly Standing[], kept: number): Standing[] {
  return [...new Set([...bestFor('all', standings).slice(0, kept), ...bestFor('new', standings).slice(0, kept)])]
}

/** Returns the variants, best first. Of equal ones, the one drawn earlier is first: so the standard is before all. */
function bestFor(kind: Kind, standings: readonly Standing[]): Standing[] {
  const reached = ({ sums }: Standing) => (kind === 'new' ? sums.new : Math.max(sums.all, sums.withoutLast))
  return [...standings].sort((a, b) => reached(b) - reached(a))
}
