import { type Arrival, type Discovery, FOUND, type SlotFigures, STAGES, type Stage, type Standing } from './discovery.ts'
import type { ItemTruth } from './shop.ts'

/** The result of one simulation, with the parameters that distinguish it from the others. */
export interface DiscoveryRun extends Discovery {
  /** Factor on the shop's shares of slates with an exploration slot; 0 for no slots. */
  readonly times: number
  readonly seed: number
}

type Watched = Omit<Arrival, 'item'>

interface RunFigures {
  /** How often there was an exploration slot, times what the shop has; 0 for never. */
  readonly times: number
  readonly seed: number
  /** Share of the impressions. */
  readonly explored: number
  readonly clickRate: number
  readonly slots: ReadonlyMap<string, SlotFigures>
  readonly good: readonly Watched[]
  readonly others: readonly Watched[]
  readonly standing: readonly Omit<Standing, 'item'>[]
}

/** Returns the figures of a run as JSON, without the properties of the items. */
export function discoveryFigures(run: DiscoveryRun): object {
  const { slots, ...figures } = figuresOf(run)
  return { ...figures, slots: Object.fromEntries(slots) }
}

/** Returns lines of Markdown: a table of runs with and without exploration slots, and a table of the slots by surface. */
export function discoveryTable(runs: readonly DiscoveryRun[]): string[] {
  const figures = runs.map(figuresOf)
  const stages = STAGES.join(' | ')
  const lines = [
    `Each cell: how many good items reached the event, and hours for one. These hours are the time for which all items were watched, divided by that number. First and fifth: impressions on merit. Found: the ${FOUND}th.`,
    `Known: hours for ${FOUND} impressions on merit of a good item that was there from the start.`,
    '',
    `| slots | share of impressions | clicks per impression | good items | ${stages} | known | others | ${stages} |`,
    `|---${'|---:'.repeat(5 + 2 * STAGES.length)}|`,
  ]
  for (const times of new Set(runs.map(({ times }) => times))) {
    const name = times === 0 ? 'none' : times === 1 ? "the shop's" : `${times} times the shop's`
    lines.push(`| ${[name, ...cells(figures.filter((run) => run.times === times))].join(' | ')} |`)
  }
  return [...lines, '', ...slotTable(figures)]
}

function cells(of: readonly RunFigures[]): (string | number)[] {
  const mean = (read: (run: RunFigures) => number) => sum(of, read) / of.length
  const [good, others] = [of.flatMap(({ good }) => good), of.flatMap(({ others }) => others)]
  const stagesOf = (group: readonly Watched[]) => [group.length, ...STAGES.map((stage) => reachedBy(group, stage))]
  const standing = of.flatMap(({ standing }) => standing)
  const known = (FOUND * sum(standing, ({ watched }) => watched)) / sum(standing, ({ impressions }) => impressions)
  const shares = [percent(mean(({ explored }) => explored)), percent(mean(({ clickRate }) => clickRate))]
  return [...shares, ...stagesOf(good), `${known.toFixed(0)} h`, ...stagesOf(others)]
}

function slotTable(figures: readonly RunFigures[]): string[] {
  const lines = ['| exploration slots of | impressions | clicks per impression |', '|---|---:|---:|']
  for (const surface of new Set(figures.flatMap(({ slots }) => [...slots.keys()]))) {
    const impressions = sum(figures, ({ slots }) => slots.get(surface)?.impressions ?? 0)
    const clicks = sum(figures, ({ slots }) => slots.get(surface)?.clicks ?? 0)
    lines.push(`| ${surface} | ${impressions} | ${percent(clicks / impressions)} |`)
  }
  return lines
}

function reachedBy(group: readonly Watched[], stage: Stage): string {
  const reached = group.filter(({ after }) => after[stage] !== undefined).length
  const hours = sum(group, ({ after, watched }) => after[stage] ?? watched)
  return reached > 0 ? `${reached}, ${(hours / reached).toFixed(0)} h` : 'none'
}

/** Those that come in the last two days have no time to be found. */
function figuresOf({ times, seed, arrivals, standings, explored, impressions, clicks, slots }: DiscoveryRun): RunFigures {
  const timely = arrivals.filter(({ watched }) => watched >= 48)
  const of = (wanted: boolean) =>
    timely.filter(({ item }) => isGood(item) === wanted).map(({ after, watched }) => ({ after, watched }))
  const standing = standings.filter(({ item }) => isGood(item)).map(({ impressions, watched }) => ({ impressions, watched }))
  const shares = { explored: explored / impressions, clickRate: clicks / impressions }
  return { times, seed, ...shares, slots, good: of(true), others: of(false), standing }
}

/** Of the best sixth: a deviation above the mean appeal to everyone. */
function isGood({ quality }: ItemTruth): boolean {
  return quality >= 1
}

function sum<T>(rows: readonly T[], read: (row: T) => number): number {
  return rows.reduce((total, row) => total + read(row), 0)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
