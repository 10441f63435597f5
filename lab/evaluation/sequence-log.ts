import type { Domain } from '../../src/domain/domain.ts'
import { type LoggedEvent, sessionKeyOf } from '../../src/import/log-lines.ts'
import { actsOnItem, type NextItems } from '../learning/next-items.ts'
import { Numbering } from '../numbering.ts'
import { Random } from '../random.ts'
import type { Sample } from './sample.ts'
import { LoggedSessions } from './sessions.ts'
import type { TestPeriod } from './test-period.ts'
import { VALIDATION_FROM } from './tuning-log.ts'

/** Cuts at which models are fitted, as shares of the events of the test period. */
const CUTS = [0, 0.5] as const
/** Rows on which options are chosen, at most about this many. */
const MOST_ROWS = 800

/** A moment of fitting. */
export interface Cut {
  /** Number of actions before it. */
  readonly actions: number
  /** Number of items before it: those numbered below. */
  readonly items: number
}

/** A log as the sequence models of Python read it: numbers of sessions and items, from 0, in the order of the log. */
export interface SequenceLog {
  readonly itemIds: readonly string[]
  /** The session and the item of each action. */
  readonly sessions: readonly number[]
  readonly items: readonly number[]
  /** Number of actions before the validation rows. */
  readonly earlier: number
  /** Numbers of the actions after which options are compared. */
  readonly validation: readonly number[]
  /** Ascending and distinct; the first is the start of the test period. */
  readonly cuts: readonly Cut[]
  /** Numbers of the actions after which methods are judged, ascending, by the number of the event. */
  readonly asked: ReadonlyMap<number, number>
}

/**
 * Reads the actions of a log for sequence models.
 * @param sample draws the rows that are judged
 */
export async function readSequenceLog(
  events: AsyncIterable<LoggedEvent>,
  domain: Domain,
  next: NextItems,
  period: TestPeriod,
  sample: Sample,
  seed: number,
): Promise<SequenceLog> {
  const itemNumbers = new Numbering<string>()
  const sessionNumbers = new Numbering<string>()
  const [sessions, items, rows]: [number[], number[], number[]] = [[], [], []]
  const asked = new Map<number, number>()
  const logged = new LoggedSessions(period)
  const starts = CUTS.map((share) => period.before + Math.floor(share * (period.events - period.before)))
  const cuts: Cut[] = []
  const from = Math.floor(period.before * VALIDATION_FROM)
  let earlier = 0
  let number = 0
  for await (const event of events) {
    const at = number++
    if (at === from) earlier = items.length
    if (starts.includes(at) && cuts.at(-1)?.actions !== items.length)
      cuts.push({ actions: items.length, items: itemNumbers.names.length })
    if (!actsOnItem(domain, event)) continue
    const action = items.length
    sessions.push(sessionNumbers.of(sessionKeyOf(event)))
    items.push(itemNumbers.of(event.itemId))
    const session = logged.act(event)
    const following = next.byEvent.get(at)
    if (!following) logged.end(session)
    else if (session.isTest && sample.draws()) asked.set(at, action)
    else if (at >= from && at < period.before && following.at < period.startsAt) rows.push(action)
  }
  const random = new Random(seed, 'validation rows of sequence models')
  const validation = rows.filter(() => random.uniform() < MOST_ROWS / rows.length)
  return { itemIds: itemNumbers.names, sessions, items, earlier, validation, cuts, asked }
}
