import { type EventRole, meaningOf } from '../../src/accumulators/event-meaning.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import { type LoggedEvent, sessionKeyOf } from '../../src/import/log-lines.ts'
import { order, rank } from '../../src/slate/rank.ts'
import { actsOnItem, type NextItems } from '../learning/next-items.ts'
import { type Moment, openPlaying, playLog } from '../learning/play-log.ts'
import { openViews, type PlayedViews, type View, type ViewName } from '../learning/state-views.ts'
import type { ListsFromCut } from '../offline/served-lists.ts'
import { Random } from '../random.ts'
import { ListFigures } from './coverage-and-diversity.ts'
import type { Ease } from './ease.ts'
import { ExposureByValue, type ExposureRow } from './exposure.ts'
import { SlateJudge } from './judge-slates.ts'
import { KnownItems } from './known-items.ts'
import { LearnedBaselines } from './learned-baselines.ts'
import { listedForAll, type MethodRanking } from './method-ranking.ts'
import { atRandom, BASELINES, EASE, fromSource, popular, type System } from './next-item-baselines.ts'
import { DETAILED_ROW_SETS, type DetailedRowSet, type ItemsLeftOut, leftOutAt, type RowSet, rowSetsOf } from './row-sets.ts'
import { FEW_ACTIONS, PLACES, RowTable, type Slice } from './row-table.ts'
import { countInTest, Sample, sampleOfRows } from './sample.ts'
import { SEQUENCE_MODEL_NAMES, type SequenceModels } from './sequence-models.ts'
import type { SessionMethodName } from './session-methods.ts'
import { LoggedSessions, type SessionSoFar } from './sessions.ts'
import type { SlateVariant } from './slate-variants.ts'
import { SourceRecall } from './source-recall.ts'
import { isTest, type TestPeriod } from './test-period.ts'
import type { TunedMethod } from './tune-methods.ts'

/** Next items of items that fewer actions than this came before. */
const COLD = 10

export interface JudgeOptions {
  readonly data: DataFolder
  readonly domain: Domain
  readonly next: NextItems
  readonly period: TestPeriod
  /** The first is judged under delays too. */
  readonly systems: readonly System[]
  readonly tuned: Readonly<Record<SessionMethodName, TunedMethod>>
  /** Judged as a further baseline if given. */
  readonly ease: Ease | undefined
  /** Judged as further baselines if given. They were fitted for the same rows. */
  readonly sequences?: SequenceModels | undefined
  /** Neighbour lists to serve, in the order of their cuts; none if absent. */
  readonly neighbours?: readonly ListsFromCut[]
  /** ms */
  readonly delays: readonly number[]
  /** Rows to judge, at most: a sample, the same for all methods. */
  readonly mostRows: number
  /** Maximum number of these rows to judge under delays. Each delay takes as much work again for each row. */
  readonly mostDelayedRows: number
  /** Ways to make a slate of the first system's scores; the first is relevance alone. */
  readonly variants: readonly SlateVariant[]
  /** Rows to judge these slates on, at most: each is many arrangements. */
  readonly mostSlateRows: number
  readonly seed: number
  readonly onProgress: (events: number) => void
}

/** Everything that one pass over the log found out, before it is summed up in a report. */
export interface JudgedRows {
  readonly table: RowTable
  /** A sample of these rows, judged without and with delays. */
  readonly delayed: RowTable
  /** Number of rows of that sample, by delay, whose session went on sooner. Their state lacks the last action of the session. */
  readonly sooner: Record<DetailedRowSet, number[]>
  /** Figures about the lists, by column. */
  readonly lists: ReadonlyMap<string, ListFigures>
  readonly recall: Record<'static' | 'prequential', SourceRecall>
  readonly slates: SlateJudge
  /** What the lists of 20 would show to users, by value of protected attributes. */
  readonly exposure: readonly ExposureRow[]
  /** Roles of all events of the log. */
  readonly roles: ReadonlySet<EventRole>
  readonly items: KnownItems
}

/** Returns the names of all methods that are judged, the baselines first. */
export function methodsOf({ ease, sequences, systems }: Pick<JudgeOptions, 'ease' | 'sequences' | 'systems'>): string[] {
  const optional = [...(ease ? [EASE] : []), ...(sequences ? SEQUENCE_MODEL_NAMES : [])]
  return [...BASELINES, ...optional, ...systems.map(({ method }) => method)]
}

/** Returns the name of the column that keeps the ranks of a method in a state. */
export function columnOf(view: ViewName, method: string): string {
  return `${view}/${method}`
}

/**
 * Plays a log once, and judges every method on the rows of the test period: what each ranks among all known items for what the session
 * goes on with. A row is judged before what comes next is learned, and forgotten but for its ranks.
 * @throws LiverankError UNUSABLE_DATA when the log cannot be played
 */
export async function judgeNextItems(options: JudgeOptions): Promise<JudgedRows> {
  return new NextItemJudge(options).run()
}

/** A moment to be judged, and the session as far as it has come. */
interface Row {
  readonly moment: Moment
  readonly session: Pick<SessionSoFar, 'key' | 'prefix' | 'items'>
  readonly rowSets: readonly RowSet[]
  /** How EASE ranks, in both views alike; absent where it is not judged. */
  readonly ease: MethodRanking | undefined
}

class NextItemJudge {
  readonly #options: JudgeOptions
  readonly #items = new KnownItems()
  readonly #sessions: LoggedSessions
  readonly #learned: { readonly static: LearnedBaselines; readonly prequential: LearnedBaselines }
  readonly #table: RowTable
  readonly #delayed: RowTable
  readonly #lists = new Map<string, ListFigures>()
  readonly #slates: SlateJudge
  readonly #exposure: ExposureByValue
  readonly #roles = new Set<EventRole>()
  readonly #recall = { static: new SourceRecall(), prequential: new SourceRecall() }
  readonly #random: Random
  /** Draws of rows, each apart from all others, so that the same rows are judged whatever is judged of them. */
  readonly #rows: Sample
  readonly #openings: Sample
  readonly #delayedRows: Sample
  readonly #slateRows: Sample
  readonly #sooner: Record<DetailedRowSet, number[]>
  #views: PlayedViews | undefined
  #session: SessionSoFar | undefined

  constructor(options: JudgeOptions) {
    const { period, seed, systems, delays, next, mostRows, mostDelayedRows, variants, mostSlateRows } = options
    this.#options = options
    this.#learned = { static: new LearnedBaselines(options.tuned), prequential: new LearnedBaselines(options.tuned) }
    this.#sessions = new LoggedSessions(period)
    this.#random = new Random(seed, 'random among candidates')
    const [most, openings] = [countInTest(next.byEvent, period), countInTest(next.firsts, period)]
    const judged = Math.min(most, mostRows)
    this.#rows = sampleOfRows(next, period, mostRows, seed)
    this.#openings = new Sample(new Random(seed, 'openings'), mostRows / openings)
    this.#delayedRows = new Sample(new Random(seed, 'rows under delay'), mostDelayedRows / judged)
    this.#slateRows = new Sample(new Random(seed, 'rows judged as slates'), mostSlateRows / judged)
    this.#slates = new SlateJudge(variants)
    this.#exposure = new ExposureByValue(options.domain)
    const methods = methodsOf(options)
    const main = (['static', 'prequential'] as const).flatMap((view) => methods.map((method) => columnOf(view, method)))
    const behind = delays.flatMap((delay) =>
      (['own', 'shared'] as const).map((which) => columnOf(`${which} ${delay}`, systems[0].method)),
    )
    this.#table = new RowTable(main, most + openings)
    this.#sooner = { all: delays.map(() => 0), new: delays.map(() => 0) }
    this.#delayed = new RowTable([columnOf('prequential', systems[0].method), ...behind], delays.length > 0 ? most : 0)
  }

  async run(): Promise<JudgedRows> {
    const { data, domain, next, period, delays, neighbours = [] } = this.#options
    const open: NonNullable<Parameters<typeof playLog>[0]['open']> = async (of, clock) => {
      this.#views = openViews(await openPlaying(of, clock), (event) => isTest(period, event), delays)
      return this.#views.service
    }
    const onRecorded = (number: number, event: LoggedEvent) => this.#learn(number, event)
    const opened = { byEvent: next.firsts, onOpened: (moment: Moment) => this.#judgeOpening(moment) }
    await playLog({ data, domain, neighbours, open, onRecorded, opened }, next, (moment) => this.#judge(moment))
    return {
      table: this.#table,
      delayed: this.#delayed,
      sooner: this.#sooner,
      lists: this.#lists,
      recall: this.#recall,
      slates: this.#slates,
      exposure: this.#exposure.rows(),
      roles: this.#roles,
      items: this.#items,
    }
  }

  #learn(number: number, event: LoggedEvent): void {
    const { domain, period, next, onProgress } = this.#options
    onProgress(number + 1)
    const { role, weight } = meaningOf(domain, event.eventType)
    this.#roles.add(role)
    if (!actsOnItem(domain, event)) return
    const { itemId } = event
    this.#items.act(itemId, event.timestamp)
    const session = this.#sessions.act(event)
    this.#session = session
    this.#learned.prequential.learn(session.key, event, weight)
    if (!isTest(period, event)) this.#learned.static.learn(session.key, event, weight)
    if (!next.lasts.has(number)) return
    this.#sessions.end(session)
    this.#learned.prequential.end(session.key)
    this.#learned.static.end(session.key)
    this.#views!.end(session.key)
  }

  async #judge(moment: Moment): Promise<void> {
    const session = this.#session!
    if (!session.isTest || !this.#rows.draws()) return
    const { event, next } = moment
    const slices = this.#slices(session.isFirst, event.userId, next.itemId)
    if (session.prefix.length === 1) slices.push('firstEvents')
    const ofUser = this.#sessions.itemsOf(event.userId)
    const rowSets = rowSetsOf({ next, prefix: session.prefix, ofUser })
    const row: Row = { moment, session, rowSets, ease: this.#options.ease?.ranking(session) }
    const facts = { user: this.#sessions.userNumber(event.userId), rowSets, slices }
    this.#table.add(facts)
    const views = this.#views!
    views.show(event, next.at)
    for (const name of ['static', 'prequential'] as const) {
      const lists = await this.#judgeAll(name, views[name], row)
      for (const [method, places] of lists) this.#list(views[name], method, places)
    }
    if (this.#slateRows.draws()) await this.#judgeSlates(views.prequential, moment, session, facts.user)
    if (views.delayed.length > 0 && this.#delayedRows.draws()) {
      this.#delayed.add(facts)
      this.#options.delays.forEach((delay, i) => {
        if (next.at - event.timestamp >= delay) return
        this.#sooner.all[i]++
        if (next.isNew) this.#sooner.new[i]++
      })
      for (const view of [views.prequential, ...views.delayed]) await this.#judgeDelayed(view, row)
    }
  }

  /** Before anything of the session is known but who asks, and where. */
  async #judgeOpening(moment: Moment): Promise<void> {
    const { event, next } = moment
    if (!isTest(this.#options.period, event) || !this.#openings.draws()) return
    const slices = this.#slices(this.#sessions.actionsOf(event.userId) === 0, event.userId, next.itemId)
    const rowSets = ['openings'] as const
    this.#table.add({ user: this.#sessions.userNumber(event.userId), rowSets, slices })
    const views = this.#views!
    const session = { key: sessionKeyOf(event), prefix: [], items: new Set<string>() }
    views.show(event)
    const row: Row = { moment, session, rowSets, ease: this.#options.ease?.ranking(session) }
    for (const name of ['static', 'prequential'] as const) await this.#judgeAll(name, views[name], row)
  }

  #slices(isNewUser: boolean, userId: string, itemId: string): Slice[] {
    const slices: Slice[] = [isNewUser ? 'newUsers' : 'returningUsers']
    if (this.#sessions.actionsOf(userId) < FEW_ACTIONS) slices.push('fewActions')
    if (this.#items.actionsOn(itemId) < COLD) slices.push('coldItems')
    return slices
  }

  async #judgeSlates(
    { recommender, store }: View,
    { request, next }: Moment,
    session: SessionSoFar,
    user: number,
  ): Promise<void> {
    const { service } = this.#views!
    const set = await recommender.candidates(request)
    const [{ ranker, learnsChoices }] = this.#options.systems
    const { scores } = await rank(set.input, ranker, service.accumulators, learnsChoices && set.choices)
    await this.#slates.judge(set, { scores, isOfModel: ranker !== undefined }, next, session, user, { ...service, store })
  }

  async #judgeDelayed(view: View, row: Row): Promise<void> {
    const [system] = this.#options.systems
    const list = await ordered(system, await view.recommender.candidates(row.moment.request), this.#views!)
    const rowSets = DETAILED_ROW_SETS.filter((rowSet) => row.rowSets.includes(rowSet))
    this.#rank(this.#delayed, view, system.method, listedForAll(list), { ...row, rowSets }, { new: row.session.items })
  }

  /** @returns the first places by method */
  async #judgeAll(name: 'static' | 'prequential', view: View, row: Row): Promise<Map<string, string[]>> {
    const { systems, domain } = this.#options
    const { moment, session, rowSets, ease } = row
    const set = await view.recommender.candidates(moment.request)
    if (name === 'prequential') this.#exposure.add(this.#sessions.userNumber(moment.event.userId), PLACES, set.input)
    const ofUser = this.#sessions.itemsOf(moment.event.userId)
    const leftOut = leftOutAt({ prefix: session.prefix, ofSession: session.items, ofUser }, set, domain)
    this.#recall[name].judge(set.gathered, moment.next, rowSets, leftOut)
    const rankings = new Map<string, MethodRanking>([
      ['random', listedForAll(atRandom(set, this.#random))],
      ['popularity', listedForAll(await popular(view.store))],
      ['recently_seen', listedForAll(fromSource(set, 'recent'))],
      ['item_to_item', listedForAll(fromSource(set, 'item_to_item'))],
    ])
    const asked = { key: session.key, prefix: session.prefix, at: moment.event.timestamp }
    for (const [method, ranking] of this.#learned[name].rankings(asked, moment.event.userId)) rankings.set(method, ranking)
    if (ease) rankings.set(EASE, ease)
    const number = session.prefix.length === 0 ? undefined : moment.number
    for (const [method, ranking] of this.#options.sequences?.rankings(name, number) ?? []) rankings.set(method, ranking)
    for (const system of systems) rankings.set(system.method, listedForAll(await ordered(system, set, this.#views!)))
    return new Map(
      [...rankings].map(([method, ranking]) => [method, this.#rank(this.#table, view, method, ranking, row, leftOut)]),
    )
  }

  /** @returns the first places for all rows */
  #rank(
    table: RowTable,
    { name, lag }: View,
    method: string,
    ranking: MethodRanking,
    { moment: { event, next }, rowSets }: Row,
    leftOut: ItemsLeftOut,
  ): string[] {
    const { startsAt } = this.#options.period
    const known = this.#items.knownAt(name === 'static' ? Math.min(event.timestamp, startsAt - 1) : event.timestamp - lag)
    const leftOutOfAll = ranking.dropsLast ? leftOut.other : undefined
    let forAll: string[] = []
    for (const rowSet of rowSets) {
      const without = rowSet === 'all' ? leftOutOfAll : leftOut[rowSet]
      const places = this.#items.ranking(ranking.of(rowSet), known, PLACES, without)
      if (rowSet === 'all') forAll = places
      table.rank(columnOf(name, method), rowSet, places.indexOf(next.itemId) + 1)
    }
    return forAll
  }

  #list({ name }: View, method: string, places: readonly string[]): void {
    const column = columnOf(name, method)
    let figures = this.#lists.get(column)
    if (!figures) {
      const { catalogue } = this.#views!.service
      figures = new ListFigures(this.#items, (itemId) => catalogue.declared(itemId))
      this.#lists.set(column, figures)
    }
    figures.add(places)
  }
}

async function ordered(
  { ranker, learnsChoices }: System,
  { input, gathered, choices }: Awaited<ReturnType<View['recommender']['candidates']>>,
  { service: { accumulators } }: PlayedViews,
): Promise<string[]> {
  const { scores } = await rank(input, ranker, accumulators, learnsChoices && choices)
  return order(gathered.itemIds, scores).map((row) => gathered.itemIds[row])
}
