import { crc32 } from 'node:zlib'
import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import { sessionKeyOf } from '../../src/import/log-lines.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import type { Service } from '../../src/service/service.ts'
import type { CandidateSet } from '../../src/slate/candidates-to-rank.ts'
import { rank } from '../../src/slate/rank.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import { type GivenOrder, shownPlaces } from '../learning/given-order.ts'
import { type GradedSlate, GradedSlates } from '../learning/graded-slates.ts'
import { IdleSessions } from '../learning/idle-sessions.ts'
import { openPlaying, playLog } from '../learning/play-log.ts'
import { SlateLog } from '../learning/slate-log.ts'
import { openViews, type PlayedViews } from '../learning/state-views.ts'
import { Numbering } from '../numbering.ts'
import type { ListsFromCut } from '../offline/served-lists.ts'
import { Random } from '../random.ts'
import { ExposureByValue, type ExposureRow } from './exposure.ts'
import type { System } from './next-item-baselines.ts'
import { isTest, type TestPeriod } from './test-period.ts'
import { TouchedItems } from './touched-items.ts'

/** Baselines for the order of impressions: a random order, and the smoothed click rate of the last week. */
export const IMPRESSION_BASELINES = ['random', 'click_rate'] as const

/**
 * Further baselines for the order within one shown list. `shown_order`: as the list was shown. `last_touched`: the items on which the
 * session acted before, the latest first, then the others as shown.
 */
export const LIST_BASELINES = ['shown_order', 'last_touched'] as const

/** The feature that is the smoothed click rate. */
const CLICK_RATE = 'item_ctr_7d'

export interface ImpressionOptions {
  /** Neighbour lists to serve, in the order of their cuts; none if absent. */
  readonly neighbours?: readonly ListsFromCut[]
  readonly data: DataFolder
  readonly domain: Domain
  readonly period: TestPeriod
  readonly systems: readonly System[]
  /** Surfaces whose lists serving will get in the order shown. */
  readonly givenOrder: GivenOrder
  /** Time after an impression in which its outcome counts, in ms. */
  readonly window: number
  /** Share of the users whose impressions are judged, 0 to 1. The sample is the same for all methods. */
  readonly shareOfUsers: number
  readonly seed: number
  readonly onProgress: (events: number) => void
}

/** Columns of the impressions of the test period, with one entry for each item shown. */
export interface JudgedImpressions {
  readonly users: readonly number[]
  /** Names of the surfaces; undefined if the log does not say it. */
  readonly surfaces: readonly (string | undefined)[]
  /** Numbers of the shown lists, from 0: equal for items that were shown at once. */
  readonly lists: readonly number[]
  /** Number of actions of the user before the list was shown. */
  readonly actions: readonly number[]
  readonly clicked: readonly boolean[]
  /** What users were shown, by value of protected attributes. */
  readonly exposure: readonly ExposureRow[]
  /** Scores by setting and method, such as `static/click_rate`; higher is better. */
  readonly scores: ReadonlyMap<string, readonly number[]>
}

/**
 * Plays a log once, and lets every method score what was shown in the test period, at the moment right before each slate was first seen.
 * @throws LiverankError UNUSABLE_DATA when the log cannot be played
 */
export async function judgeImpressions(options: ImpressionOptions): Promise<JudgedImpressions> {
  return new ImpressionJudge(options).run()
}

class ImpressionJudge {
  readonly #options: ImpressionOptions
  readonly #random: Random
  readonly #numbers = new Numbering<string>()
  readonly #users: number[] = []
  readonly #surfaces: (string | undefined)[] = []
  readonly #lists: number[] = []
  readonly #actions: number[] = []
  readonly #touched: TouchedItems
  readonly #exposure: ExposureByValue
  readonly #clicked: boolean[] = []
  readonly #scores = new Map<string, number[]>()
  /** Time of the latest event of each session that may go on, the longest ago first. */
  readonly #sessions: IdleSessions
  #views: PlayedViews | undefined

  constructor(options: ImpressionOptions) {
    this.#options = options
    this.#random = new Random(options.seed, 'random impressions')
    this.#touched = new TouchedItems(options.domain)
    this.#exposure = new ExposureByValue(options.domain)
    this.#sessions = new IdleSessions(options.domain.expiry.session, (sessionKey) => {
      this.#views!.end(sessionKey)
      this.#touched.end(sessionKey)
    })
  }

  async run(): Promise<JudgedImpressions> {
    const { data, domain, period, givenOrder, neighbours = [], onProgress } = this.#options
    const byEvent = await this.#shownInTest()
    await playLog(
      {
        data,
        domain,
        neighbours,
        open: async (of, clock) => {
          this.#views = openViews(await openPlaying(of, clock), (event) => isTest(period, event))
          return this.#views.service
        },
        onRecorded: (number, event) => {
          onProgress(number + 1)
          const sessionKey = sessionKeyOf(event)
          this.#sessions.see(sessionKey, event.timestamp)
          this.#touched.add(sessionKey, event)
        },
        shown: { byEvent, givenOrder, onSlate: (slate, request, service) => this.#judge(slate, request, service) },
      },
      { byEvent: new Map() },
      async () => {},
    )
    return {
      users: this.#users,
      surfaces: this.#surfaces,
      lists: this.#lists,
      actions: this.#actions,
      clicked: this.#clicked,
      exposure: this.#exposure.rows(),
      scores: this.#scores,
    }
  }

  /** Slates with their outcomes, by number of the event that showed them first. */
  async #shownInTest(): Promise<Map<number, GradedSlate>> {
    const { data, domain, period, window, shareOfUsers, seed } = this.#options
    const ofTest = new Set<number>()
    const byEvent = new Map<number, GradedSlate>()
    const shown = new GradedSlates(
      domain,
      window,
      (number, event) => {
        if (isTest(period, event) && crc32(`${seed} ${event.userId}`) / 2 ** 32 < shareOfUsers) ofTest.add(number)
      },
      (slate) => {
        if (ofTest.delete(slate.number)) byEvent.set(slate.number, slate)
      },
    )
    const slates = new SlateLog(data)
    let number = 0
    for await (const event of data.events(noProblems())) shown.add(number++, event, await slates.find(event))
    await slates.close()
    shown.end()
    return byEvent
  }

  async #judge({ items }: GradedSlate, request: SlateRequest, { accumulators }: Service): Promise<void> {
    const { systems } = this.#options
    const views = this.#views!
    this.#keepFacts(items, request)
    views.show(request)
    const itemIds = items.map(({ itemId }) => itemId)
    const places = shownPlaces(items)
    const touched = this.#touched.scores(sessionKeyOf(request), itemIds, places)
    for (const setting of ['static', 'prequential'] as const) {
      const set = await views[setting].recommender.candidates(request, itemIds)
      const rows = rowsOf(set, itemIds)
      if (setting === 'prequential') this.#exposure.add(this.#numbers.of(request.userId), items.length, set.input)
      this.#keep(
        `${setting}/random`,
        itemIds.map(() => this.#random.uniform()),
      )
      this.#keep(
        `${setting}/shown_order`,
        places.map((place) => -place),
      )
      this.#keep(`${setting}/last_touched`, touched)
      const rates = featureMatrix([accumulators.features.get(CLICK_RATE)!], set.input)
      // Before the first impression of the shop no item has a rate.
      this.#keep(
        `${setting}/click_rate`,
        rows.map((row) => (Number.isNaN(rates[row]) ? 0 : rates[row])),
      )
      for (const { method, ranker } of systems) {
        const { scores } = await rank(set.input, ranker, accumulators)
        this.#keep(
          `${setting}/${method}`,
          rows.map((row) => scores[row]),
        )
      }
    }
  }

  #keepFacts(items: GradedSlate['items'], { userId, surface }: SlateRequest): void {
    const list = (this.#lists.at(-1) ?? -1) + 1
    for (const { grade } of items) {
      this.#users.push(this.#numbers.of(userId))
      this.#surfaces.push(surface)
      this.#lists.push(list)
      this.#actions.push(this.#touched.actionsOf(userId))
      this.#clicked.push(grade > 0)
    }
  }

  #keep(column: string, scores: readonly number[]): void {
    const kept = this.#scores.get(column)
    if (kept) kept.push(...scores)
    else this.#scores.set(column, [...scores])
  }
}

function rowsOf({ gathered }: CandidateSet, itemIds: readonly string[]): number[] {
  const rowOf = new Map(gathered.itemIds.map((itemId, row) => [itemId, row]))
  return itemIds.map((itemId) => rowOf.get(itemId)!)
}
