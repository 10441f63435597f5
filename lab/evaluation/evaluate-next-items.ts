import { LiverankError } from '../../src/errors.ts'
import { type LogProblems, noProblems } from '../../src/import/log-problems.ts'
import { DAY } from '../../src/time-units.ts'
import { readNextItems } from '../learning/play-log.ts'
import { type FitEase, servedLists } from '../offline/served-lists.ts'
import type { Comparison } from '../verdicts/comparison.ts'
import { compareMethods, type JudgedSystem, judgingsOf } from './compare-methods.ts'
import type { ListSummary } from './coverage-and-diversity.ts'
import { doubtsOf } from './doubts.ts'
import type { Ease } from './ease.ts'
import type { ExposureRow } from './exposure.ts'
import { type MethodFigures, RowFigures } from './hit-rate-and-mrr.ts'
import { columnOf, type JudgedRows, type JudgeOptions, judgeNextItems, methodsOf } from './judge-next-items.ts'
import type { SlateRow } from './judge-slates.ts'
import { BASELINES, EASE, type System } from './next-item-baselines.ts'
import { DETAILED_ROW_SETS, type DetailedRowSet, ROW_SETS, type RowSet, SLICED_ROW_SETS } from './row-sets.ts'
import { SLICES, type Slice } from './row-table.ts'
import { sampleOfRows } from './sample.ts'
import { readSequenceLog, type SequenceLog } from './sequence-log.ts'
import type { SequenceModels } from './sequence-models.ts'
import { SESSION_METHOD_NAMES, SESSION_METHODS } from './session-methods.ts'
import { SETTINGS, type Setting } from './setting.ts'
import type { TestPeriod } from './test-period.ts'
import type { Parameters } from './tunable-method.ts'
import { tuneMethods } from './tune-methods.ts'
import { TuningLog } from './tuning-log.ts'

/** Figures of one method on one set of rows, in one setting. */
export interface MethodRow extends MethodFigures {
  readonly setting: Setting
  readonly rowSet: RowSet
  readonly method: string
}

/** Difference of two methods on the same rows, with intervals of paired draws. */
export interface DifferenceRow extends MethodRow {
  /** Method that is subtracted from `method`. */
  readonly against: string
}

/** Figures of one method on a part of the rows, such as those of new users. */
export interface SliceRow extends MethodRow {
  readonly slice: Slice
}

/** Difference of two methods over the rows of a slice. */
export interface SliceDifferenceRow extends DifferenceRow {
  readonly slice: Slice
}

/** Figures of one method if a part of the state lags behind the events. */
export interface DelayRow extends MethodFigures {
  readonly rowSet: DetailedRowSet
  readonly method: string
  /** Part of the state that is late; `seconds` says by how much. */
  readonly state: 'own' | 'shared'
  readonly seconds: number
  /** Share of the rows whose session went on sooner than that: of these the user's own state lacks the last action, by construction. */
  readonly sooner: number
  /** Difference from the figure without delay. */
  readonly difference: MethodFigures
}

/** How varied the lists of one method are in one setting. */
export interface ListRow extends ListSummary {
  readonly setting: Setting
  readonly method: string
}

/** How often the candidates contain the next item. No ranking of these candidates can have a higher hit rate. */
export interface RecallRow {
  readonly setting: Setting
  readonly rowSet: RowSet
  /** Share of the rows whose next item is among the first 100 of a source, or in the union of all candidates. */
  readonly recall: Readonly<Record<string, number>>
}

/** Parameters of one baseline, chosen on rows before the test period. */
export interface TunedRow {
  readonly method: string
  /** Parameters for the sets of rows whose next item may be one of the session. */
  readonly all: Parameters
  /** Parameters for the sets of rows whose next item is new to the session or to the user. */
  readonly new: Parameters
  /** Whether lists for all rows leave out the item that was acted on last. */
  readonly dropsLast: boolean
}

/** Result of an evaluation that asks how well methods predict the item on which a session acts next. */
export interface NextItemReport {
  readonly kind: 'next_item'
  readonly folder: string
  readonly events: number
  readonly problems: LogProblems
  readonly test: {
    readonly split: 'declared' | 'time'
    readonly from: string
    /** Within sessions. */
    readonly rows: number
    readonly openings: number
    /** Draws of the intervals are of these. */
    readonly users: number
    readonly items: number
  }
  /** What makes the figures less certain than they look, in sentences. */
  readonly doubts: readonly string[]
  readonly systems: readonly { readonly method: string; readonly what: string }[]
  readonly tuned: readonly TunedRow[]
  readonly figures: readonly MethodRow[]
  readonly differences: readonly DifferenceRow[]
  /** New rows, with bounds that hold for all baselines at once: what verdicts are made of. */
  readonly comparisons: readonly Comparison[]
  readonly slices: readonly SliceRow[]
  /** Differences over the rows of each slice. */
  readonly sliceDifferences: readonly SliceDifferenceRow[]
  readonly lists: readonly ListRow[]
  readonly recall: readonly RecallRow[]
  /** Figures under delay, on a sample of the rows; empty for a log of a day or less. */
  readonly delays: readonly DelayRow[]
  /** Figures of slates of 20 from the full system's scores, prequential, on a sample of the rows. */
  readonly slates: readonly SlateRow[]
  /** What lists of 20 at all rows would show to users, by value of each protected attribute that the domain uses. */
  readonly exposure: readonly ExposureRow[]
}

export interface EvaluationOptions extends Omit<JudgeOptions, 'next' | 'tuned' | 'ease' | 'sequences' | 'neighbours'> {
  /** The first is the full system. */
  readonly systems: readonly (System & JudgedSystem & { readonly what: string })[]
  /** Fits EASE to a log. Without it, EASE is no baseline, and the service has no neighbour lists. */
  readonly fitEase?: FitEase
  /** Fits models that read sessions as sequences. Without it, they are no baselines. */
  readonly fitSequences?: (log: SequenceLog) => Promise<SequenceModels>
}

/** @throws LiverankError UNUSABLE_DATA when there is nothing to judge on */
export async function evaluateNextItems(options: EvaluationOptions): Promise<NextItemReport> {
  const { data, domain, period, systems, seed } = options
  const problems = noProblems()
  const next = await readNextItems(data, domain, problems)
  const log = await TuningLog.read(data.events(noProblems()), domain, next, period)
  const tuned = tuneMethods(log, SESSION_METHODS, seed)
  const ease = await options.fitEase?.(log)
  const sequences = await options.fitSequences?.(
    await readSequenceLog(
      data.events(noProblems()),
      domain,
      next,
      period,
      sampleOfRows(next, period, options.mostRows, seed),
      seed,
    ),
  )
  const delays = spansDays(period) ? options.delays : []
  const neighbours = ease ? [{ before: period.before, lists: servedLists(ease) }] : []
  const judged = await judgeNextItems({ ...options, next, tuned, ease, sequences, neighbours, delays }).finally(() =>
    ease?.close(),
  )
  const { table, items, slates, roles } = judged
  const rowsOf = (rowSet: RowSet) => RowFigures.of(table, rowSet, new Map([['x', columnOf('static', BASELINES[0])]]))
  const { rows, users } = rowsOf('all')
  if (rows === 0) {
    throw new LiverankError(
      'UNUSABLE_DATA',
      `${data.folder}: no session that begins in the test period has a next item, so there is nothing to evaluate. Use a longer log, or an earlier --test-from.`,
    )
  }
  const methods = methodsOf({ ease, sequences, systems })
  return {
    kind: 'next_item',
    folder: data.folder,
    events: next.events,
    problems,
    test: {
      split: period.isDeclared ? 'declared' : 'time',
      from: new Date(period.startsAt).toISOString(),
      rows,
      openings: rowsOf('openings').rows,
      users,
      items: items.size,
    },
    doubts: doubtsOf(period, users),
    systems: systems.map(({ method, what }) => ({ method, what })),
    tuned: [...tunedRows(tuned), ...(ease ? [easeRow(ease)] : []), ...sequenceRows(sequences)],
    ...mainFigures(judged, methods, systems[0].method),
    comparisons: compareMethods(table, judgingsOf(methods, systems)),
    lists: SETTINGS.flatMap((setting) =>
      methods.map((method) => ({ setting, method, ...judged.lists.get(columnOf(setting, method))!.summary() })),
    ),
    recall: SETTINGS.flatMap((setting) =>
      ROW_SETS.filter((rowSet) => rowsOf(rowSet).rows > 0).map((rowSet) => ({
        setting,
        rowSet,
        recall: judged.recall[setting].summary(rowSet),
      })),
    ),
    delays: delays.length > 0 ? delayRows(judged, delays, systems[0].method) : [],
    exposure: judged.exposure,
    slates: slates.summary(items.size, ({ needs }) => needs === undefined || roles.has(needs)),
  }
}

function tunedRows(tuned: JudgeOptions['tuned']): TunedRow[] {
  return SESSION_METHOD_NAMES.map((method) => {
    const { all, new: fresh, dropsLast } = tuned[method]
    return { method, all: all.parameters, new: fresh.parameters, dropsLast }
  })
}

function easeRow({ options, dropsLast }: Ease): TunedRow {
  return { method: EASE, all: options.all, new: options.new, dropsLast }
}

function sequenceRows(sequences: SequenceModels | undefined): TunedRow[] {
  return [...(sequences?.models ?? [])].map(([method, { options, dropsLast }]) => ({
    method,
    all: options,
    new: options,
    dropsLast,
  }))
}

function mainFigures({ table }: JudgedRows, methods: readonly string[], full: string) {
  const figures: MethodRow[] = []
  const differences: DifferenceRow[] = []
  const slices: SliceRow[] = []
  const sliceDifferences: SliceDifferenceRow[] = []
  for (const setting of SETTINGS) {
    const columns = new Map(methods.map((method) => [method, columnOf(setting, method)]))
    for (const rowSet of ROW_SETS) {
      const rows = RowFigures.of(table, rowSet, columns)
      if (rows.rows === 0) continue
      for (const method of methods) figures.push({ setting, rowSet, method, ...rows.of(method) })
      for (const against of methods.filter((method) => method !== full))
        differences.push({ setting, rowSet, method: full, against, ...rows.difference(full, against) })
      for (const slice of SLICED_ROW_SETS.includes(rowSet) ? SLICES : []) {
        const part = RowFigures.of(table, rowSet, columns, slice)
        if (part.rows === 0 || part.rows === rows.rows) continue
        for (const method of methods) slices.push({ setting, rowSet, slice, method, ...part.of(method) })
        for (const against of methods.filter((method) => method !== full))
          sliceDifferences.push({ setting, rowSet, slice, method: full, against, ...part.difference(full, against) })
      }
    }
  }
  return { figures, differences, slices, sliceDifferences }
}

function delayRows({ delayed, sooner }: JudgedRows, delays: readonly number[], method: string): DelayRow[] {
  return DETAILED_ROW_SETS.flatMap((rowSet) =>
    (['own', 'shared'] as const).flatMap((state) => {
      const columns = new Map([['0', columnOf('prequential', method)]])
      for (const delay of delays) columns.set(String(delay), columnOf(`${state} ${delay}`, method))
      const rows = RowFigures.of(delayed, rowSet, columns)
      if (rows.rows === 0) return []
      return [0, ...delays].map((delay) => ({
        rowSet,
        method,
        state,
        seconds: delay / 1000,
        sooner: delay === 0 ? 0 : sooner[rowSet][delays.indexOf(delay)] / rows.rows,
        ...rows.of(String(delay)),
        difference: rows.difference(String(delay), '0'),
      }))
    }),
  )
}

/** A day's delay says something only where there is more than a day. */
function spansDays({ beganAt, endsAt }: TestPeriod): boolean {
  return endsAt - beganAt > DAY
}
