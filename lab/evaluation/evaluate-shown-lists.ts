import { type BootstrapEstimate, ClusteredMeans } from './bootstrap.ts'
import type { Interval } from './hit-rate-and-mrr.ts'
import { IMPRESSION_BASELINES, type JudgedImpressions, LIST_BASELINES } from './judge-impressions.ts'
import { FEW_ACTIONS } from './row-table.ts'
import { SETTINGS, type Setting } from './setting.ts'
import { LIST_MEASURES, type ListMeasure, withinSlate } from './within-slate.ts'

/** Shown lists with figures of their own: all, those of users with few actions, and those of one surface. */
export type ListPart = 'all' | 'fewActions' | `surface ${string}`

/** Returns what the lists of a part are, for a heading. */
export function titleOfPart(part: ListPart): string {
  if (part === 'all') return 'shown lists'
  if (part === 'fewActions') return `shown lists of users with fewer than ${FEW_ACTIONS} actions before`
  return `shown lists on the ${part}`
}

/** Means over shown lists, with 95 % bootstrap intervals over users. */
export interface ShownListFigures extends Readonly<Record<ListMeasure, number>> {
  readonly setting: Setting
  readonly part: ListPart
  readonly method: string
  readonly users: number
  /** Number of lists of which some items were clicked and others not. */
  readonly lists: number
  readonly intervals: Readonly<Record<ListMeasure, Interval>>
}

/** Means of the differences of two methods, with 95 % bootstrap intervals of paired draws. */
export interface ShownListDifference extends ShownListFigures {
  /** Method that is subtracted from `method`, over the same lists. */
  readonly against: string
}

/** Figures about the order within the lists that users saw at once. Both lists are empty if no list has an order to judge. */
export interface ShownLists {
  readonly figures: readonly ShownListFigures[]
  readonly differences: readonly ShownListDifference[]
}

/**
 * Judges how each method orders the items of each list that a user saw at once.
 * @param systems names of the methods beside the baselines; the first is compared with each other method
 * @param surfaces that get figures of their own
 */
export function evaluateShownLists(
  judged: JudgedImpressions,
  systems: readonly string[],
  surfaces: readonly string[],
): ShownLists {
  const methods = [...IMPRESSION_BASELINES, ...LIST_BASELINES, ...systems]
  const [full] = systems
  const lists = placesByList(judged)
  const figures: ShownListFigures[] = []
  const differences: ShownListDifference[] = []
  for (const setting of SETTINGS) {
    for (const part of ['all', 'fewActions', ...surfaces.map((name) => `surface ${name}` as const)] as const) {
      const of = lists.filter(([first]) => isIn(part, judged, first))
      // Lists of everybody have their figures already.
      if (part !== 'all' && of.length === lists.length) continue
      const means = meansOver(judged, of, methods, setting)
      if (means.rows === 0) continue
      const common = { setting, part, users: means.clusters, lists: means.rows }
      const at = (method: string) => methods.indexOf(method) * LIST_MEASURES.length
      for (const method of methods)
        figures.push({ ...common, method, ...measured((measure) => means.mean(at(method) + measure)) })
      for (const against of methods.filter((method) => method !== full))
        differences.push({
          ...common,
          method: full,
          against,
          ...measured((measure) => means.difference(at(full) + measure, at(against) + measure)),
        })
    }
  }
  return { figures, differences }
}

function isIn(part: ListPart, { actions, surfaces }: JudgedImpressions, place: number): boolean {
  if (part === 'all') return true
  if (part === 'fewActions') return actions[place] < FEW_ACTIONS
  return `surface ${surfaces[place]}` === part
}

/** Places of the items of each list in the columns. */
function placesByList({ lists }: JudgedImpressions): number[][] {
  const places: number[][] = []
  lists.forEach((list, place) => {
    places[list] ??= []
    places[list].push(place)
  })
  return places
}

function meansOver(
  { users, clicked, scores }: JudgedImpressions,
  lists: readonly (readonly number[])[],
  methods: readonly string[],
  setting: Setting,
): ClusteredMeans {
  const means = new ClusteredMeans(methods.length * LIST_MEASURES.length)
  const columns = methods.map((method) => scores.get(`${setting}/${method}`)!)
  for (const places of lists) {
    const labels = places.map((at) => clicked[at])
    const found = columns.flatMap(
      (column) =>
        withinSlate(
          places.map((at) => column[at]),
          labels,
        ) ?? [],
    )
    if (found.length > 0) means.add(users[places[0]], found)
  }
  return means
}

function measured(estimate: (measure: number) => BootstrapEstimate): Pick<ShownListFigures, ListMeasure | 'intervals'> {
  const estimates = LIST_MEASURES.map((_, measure) => estimate(measure))
  const of = <T>(read: (one: BootstrapEstimate) => T) => {
    const [mrr, ndcg, recall1, recall3] = estimates.map(read)
    return { mrr, ndcg, recall1, recall3 }
  }
  return { ...of(({ value }) => value), intervals: of(({ low, high }): Interval => [low, high]) }
}
