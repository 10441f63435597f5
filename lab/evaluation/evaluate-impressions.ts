import { LiverankError } from '../../src/errors.ts'
import type { LogProblems } from '../../src/import/log-problems.ts'
import { EVERY_SURFACE } from '../learning/given-order.ts'
import { type BootstrapEstimate, ClusteredMeans } from './bootstrap.ts'
import { evaluateShownLists, type ShownLists } from './evaluate-shown-lists.ts'
import type { ExposureRow } from './exposure.ts'
import type { Interval } from './hit-rate-and-mrr.ts'
import { IMPRESSION_BASELINES, type ImpressionOptions, type JudgedImpressions, judgeImpressions } from './judge-impressions.ts'
import type { System } from './next-item-baselines.ts'
import { FEW_ACTIONS } from './row-table.ts'
import { SETTINGS, type Setting } from './setting.ts'
import { withinUser } from './within-user.ts'

/** Groups of impressions that are ordered together: all impressions of a user, or those of a user on one surface. */
export const LISTED_BY = ['user', 'surface'] as const
export type ListedBy = (typeof LISTED_BY)[number]

/** Impressions with figures of their own: all, and those before which their user had acted fewer than three times. */
export const IMPRESSION_SLICES = ['all', 'fewActions'] as const
export type ImpressionSlice = (typeof IMPRESSION_SLICES)[number]

/** Returns what a slice contains, to follow a heading. */
export function sliceTitle(slice: ImpressionSlice): string {
  return slice === 'all' ? '' : `, impressions before which the user had acted fewer than ${FEW_ACTIONS} times`
}

/** Means over lists, with 95 % bootstrap intervals over users. */
export interface ImpressionFigures {
  readonly setting: Setting
  readonly listedBy: ListedBy
  readonly slice: ImpressionSlice
  readonly method: string
  readonly users: number
  /** Number of lists. It equals the number of users if each user has one list. */
  readonly lists: number
  readonly ndcg10: number
  readonly auc: number
  readonly intervals: { readonly ndcg10: Interval; readonly auc: Interval }
}

/** Difference of two methods, in the same measures. */
export interface ImpressionDifference extends ImpressionFigures {
  /** Method that is subtracted from `method`, over the same lists. */
  readonly against: string
}

/** Result of an evaluation that asks how well methods order what users were shown: clicked items should come first. */
export interface ImpressionReport {
  readonly kind: 'impressions'
  readonly folder: string
  readonly events: number
  readonly problems: LogProblems
  readonly test: {
    readonly split: 'declared' | 'time'
    readonly from: string
    readonly impressions: number
    /** Who clicked some and not others: the rest has no order to judge. */
    readonly users: number
  }
  readonly systems: readonly { readonly method: string; readonly what: string }[]
  readonly figures: readonly ImpressionFigures[]
  readonly differences: readonly ImpressionDifference[]
  /** What users were shown, by value of each protected attribute that the domain uses. */
  readonly exposure: readonly ExposureRow[]
  /** Figures about the order within each list that was shown at once. */
  readonly shownLists: ShownLists
}

export interface ImpressionEvaluationOptions extends ImpressionOptions {
  /** The first is the full system. */
  readonly systems: readonly (System & { readonly what: string })[]
  readonly problems: LogProblems
}

/** @throws LiverankError UNUSABLE_DATA when nobody was shown what they clicked beside what they did not */
export async function evaluateImpressions(options: ImpressionEvaluationOptions): Promise<ImpressionReport> {
  const { data, period, systems, problems } = options
  const judged = await judgeImpressions(options)
  const methods = [...IMPRESSION_BASELINES, ...systems.map(({ method }) => method)]
  const full = systems[0].method
  const figures: ImpressionFigures[] = []
  const differences: ImpressionDifference[] = []
  let users = 0
  for (const setting of SETTINGS) {
    for (const [listedBy, slice] of listsOf(judged)) {
      const means = meansOver(
        judged,
        methods.map((method) => `${setting}/${method}`),
        listedBy,
        slice,
      )
      if (means.rows === 0) continue
      if (listedBy === 'user' && slice === 'all') users = means.clusters
      const of = (method: string) => methods.indexOf(method) * 2
      const common = { setting, listedBy, slice, users: means.clusters, lists: means.rows }
      for (const method of methods) figures.push({ ...common, method, ...both((measure) => means.mean(of(method) + measure)) })
      for (const against of methods.filter((method) => method !== full))
        differences.push({
          ...common,
          method: full,
          against,
          ...both((measure) => means.difference(of(full) + measure, of(against) + measure)),
        })
    }
  }
  if (users === 0) {
    throw new LiverankError(
      'UNUSABLE_DATA',
      `${data.folder}: no user clicked some impressions of the test period and ignored others, so no order can be evaluated. Use a longer log, or --only next_item.`,
    )
  }
  return {
    kind: 'impressions',
    folder: data.folder,
    events: period.events,
    problems,
    test: {
      split: period.isDeclared ? 'declared' : 'time',
      from: new Date(period.startsAt).toISOString(),
      impressions: judged.clicked.length,
      users,
    },
    systems: systems.map(({ method, what }) => ({ method, what })),
    figures,
    differences,
    exposure: judged.exposure,
    shownLists: evaluateShownLists(
      judged,
      systems.map(({ method }) => method),
      options.givenOrder.surfaces.filter((surface) => surface !== EVERY_SURFACE),
    ),
  }
}

/** By user, by surface where there are several, and by user for the users with few actions where there are others. */
function listsOf({ surfaces, actions }: JudgedImpressions): readonly (readonly [ListedBy, ImpressionSlice])[] {
  const few = actions.filter((count) => count < FEW_ACTIONS).length
  return [
    ['user', 'all'],
    ...(surfaces.some((surface) => surface !== surfaces[0]) ? [['surface', 'all'] as const] : []),
    ...(few > 0 && few < actions.length ? [['user', 'fewActions'] as const] : []),
  ]
}

/** Two columns for each of the judged: NDCG@10 and AUC. */
function meansOver(
  { users, surfaces, actions, clicked, scores }: JudgedImpressions,
  columns: readonly string[],
  listedBy: ListedBy,
  slice: ImpressionSlice,
): ClusteredMeans {
  const lists = new Map<string, number[]>()
  users.forEach((user, at) => {
    if (slice === 'fewActions' && actions[at] >= FEW_ACTIONS) return
    const list = listedBy === 'user' ? String(user) : `${user} ${surfaces[at] ?? ''}`
    const held = lists.get(list)
    if (held) held.push(at)
    else lists.set(list, [at])
  })
  const means = new ClusteredMeans(columns.length * 2)
  for (const places of lists.values()) {
    const labels = places.map((at) => clicked[at])
    const found = columns.flatMap((column) => {
      const of = scores.get(column)!
      const judged = withinUser(
        places.map((at) => of[at]),
        labels,
      )
      return judged ? [judged.ndcg10, judged.auc] : []
    })
    if (found.length > 0) means.add(users[places[0]], found)
  }
  return means
}

function both(estimate: (measure: 0 | 1) => BootstrapEstimate): Pick<ImpressionFigures, 'ndcg10' | 'auc' | 'intervals'> {
  const [ndcg10, auc] = [estimate(0), estimate(1)]
  return {
    ndcg10: ndcg10.value,
    auc: auc.value,
    intervals: { ndcg10: [ndcg10.low, ndcg10.high], auc: [auc.low, auc.high] },
  }
}
