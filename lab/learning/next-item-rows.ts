import { crc32 } from 'node:zlib'
import type { Feature } from '../../src/accumulators/accumulator.ts'
import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import type { Recommender } from '../../src/slate/recommender.ts'
import { Random } from '../random.ts'
import { type DatasetWriter, type DecisionKind, isRanked, type Part, type RankedRows, rowsOf } from './dataset-writer.ts'
import { Dismissals } from './dismissals.ts'
import { reportProblems } from './log-survey.ts'
import { withNegatives } from './negative-samples.ts'
import type { NextItem, NextItems } from './next-items.ts'
import type { OtherRankings } from './other-rankings.ts'
import { nextItemsOf } from './play-log.ts'
import { PlayProgress } from './play-progress.ts'
import { ENDS, Splitter, validationFrom } from './splitter.ts'
import { actingEvents, type NextMoment, type TrainingLog } from './training-log.ts'

/** How decisions whose label is the next item are taken from a log. */
export interface NextItemOptions {
  readonly domain: Domain
  /** Decisions to sample from the log, at most. */
  readonly decisions: number
  /** Negatives kept per decision of the training split. */
  readonly negatives: number
  /** Whether the moments before a session's first event are decisions too. */
  readonly openings: boolean
  /** Share of the log's events that is used, from its beginning. */
  readonly until: number
  readonly seed: number
  readonly log: (line: string) => void
}

/**
 * Writes the decisions of a log whose label is the next item.
 * @param rankings to compare a model with
 * @returns what the splits had
 */
export async function writeNextItems(
  writer: DatasetWriter,
  data: TrainingLog,
  features: readonly Feature[],
  rankings: OtherRankings,
  options: NextItemOptions,
): Promise<Splitter> {
  const { domain, seed, negatives, log } = options
  const problems = noProblems()
  const dismissals = await Dismissals.of(actingEvents(data, noProblems()), domain)
  const found = await nextItemsOf(dismissals.leaveOut(actingEvents(data, problems)), data.folder, domain)
  const until = Math.floor(found.events * options.until)
  reportProblems(data.folder, found.events, problems, log)
  const firsts: NextItems['firsts'] = options.openings ? found.firsts : new Map()
  const decisions = (found.byEvent.size + firsts.size) * options.until * (1 - ENDS.warmUp)
  const share = Math.min(1, options.decisions / Math.max(1, decisions))
  const random = new Random(seed, 'negatives')
  const splits = new Splitter(until, domain.expiry.session)
  const progress = new PlayProgress(until, log)
  writer.beginLog()
  const write = async (part: Part, { event, isFirst, next, request }: NextMoment, recommender: Recommender) => {
    const set = await recommender.candidates(request)
    const { itemIds } = set.gathered
    const positive = itemIds.indexOf(next.itemId)
    const kind = kindOf(next, isFirst)
    if (positive < 0) {
      writer.miss(part, kind)
      return
    }
    const matrix = featureMatrix(features, set.input)
    const rows = part === 'train' ? withNegatives(itemIds.length, positive, negatives, random) : undefined
    const chosen = rows ? rowsOf(matrix, rows, features.length) : matrix
    const ranked = isRanked(part) ? { scores: await rankings.of(set), inSession: inSession(itemIds, next) } : undefined
    const decision = { at: event.timestamp, userId: request.userId, kind }
    writer.add(part, decision, chosen, labels(rows, itemIds.length, positive), ranked)
  }
  const part = { until, frozenFrom: validationFrom(until) }
  await data.playNext({ ...found, firsts }, part, async (moment, { recommender, frozen }) => {
    const { number, event, isFirst } = moment
    const split = splits.of(number, event)
    if (split === undefined || crc32(`${seed} ${number}${isFirst ? ' first' : ''}`) / 2 ** 32 >= share) return
    await write(split, moment, recommender)
    if (split === 'validation' && frozen) await write('static', moment, frozen)
    progress.decided(number)
  })
  progress.end()
  return splits
}

function kindOf({ isNew }: NextItem, isFirst: boolean): DecisionKind {
  return isFirst ? 'opening' : isNew ? 'new' : 'again'
}

function inSession(itemIds: readonly string[], { acted: { items, count } }: NextItem): RankedRows['inSession'] {
  const known = new Set(items.slice(0, count))
  return Uint8Array.from(itemIds, (itemId) => (known.has(itemId) ? 1 : 0))
}

function labels(rows: readonly number[] | undefined, all: number, positive: number): Float32Array {
  return rows
    ? Float32Array.from(rows, (row) => (row === positive ? 1 : 0))
    : Float32Array.from({ length: all }, (_, row) => (row === positive ? 1 : 0))
}
