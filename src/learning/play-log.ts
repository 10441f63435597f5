import { pino } from 'pino'
import { type Clock, eventClock } from '../clock.ts'
import { type Domain, meaningOf } from '../domain/domain.ts'
import { LiverankError } from '../errors.ts'
import { systemRandomness } from '../random.ts'
import { openService, type Service } from '../service.ts'
import type { SlateRequest } from '../slate/slate.ts'
import { type LoggedEvent, type LogProblems, noProblems, readEvents, readItems } from './data-folder.ts'
import { findNextItems, type NextItem, type NextItems } from './next-items.ts'

export interface PlayOptions {
  readonly folder: string
  readonly domain: Domain
  /** Stops after so many events. */
  readonly until?: number
}

/** Right after an event: the moment at which a subscriber gets a slate, for what comes next. */
export interface Moment {
  /** Number of the event in the log, from 0. */
  readonly number: number
  readonly event: LoggedEvent
  readonly next: NextItem
  /** What the service is asked. */
  readonly request: SlateRequest
}

/**
 * Plays a log through the service, in one global order and with the clock of its events. An item becomes known with the
 * first event on it, so that nothing is recommended that the log had not seen.
 * @param onMoment called wherever the session goes on with an item
 * @throws LiverankError UNUSABLE_DATA when an event is refused
 */
export async function playLog(
  options: PlayOptions,
  { byEvent }: NextItems,
  onMoment: (moment: Moment, service: Service) => Promise<void>,
): Promise<void> {
  const { folder, until = Number.POSITIVE_INFINITY } = options
  const clock = eventClock()
  const service = await openPlaying(options.domain, clock)
  try {
    const attributes = new Map<string, unknown>()
    for await (const item of readItems(folder)) attributes.set(item.itemId, item.attributes)
    let number = 0
    for await (const event of readEvents(folder, noProblems())) {
      if (number >= until) break
      clock.arrive(event.timestamp)
      const { itemId } = event
      if (itemId != null && !service.catalogue.get(itemId)) {
        await service.uploads.upsertItems([{ itemId, attributes: attributes.get(itemId) ?? {} }])
      }
      const [outcome] = await service.ingest.record([event])
      if (outcome.status === 'REJECTED' || outcome.status === 'UNAVAILABLE') {
        throw new LiverankError('UNUSABLE_DATA', `${folder}: event ${event.eventId} was not recorded: ${outcome.error.message}`)
      }
      const next = byEvent.get(number)
      if (next) await onMoment({ number, event, next, request: requestAfter(event) }, service)
      number++
    }
  } finally {
    await service.close()
  }
}

/** The labels of a log, found in a pass of its own. @throws LiverankError UNUSABLE_DATA where there is nothing to predict */
export async function readNextItems(folder: string, domain: Domain, problems: LogProblems): Promise<NextItems> {
  const next = await findNextItems(readEvents(folder, problems), ({ eventType }) => {
    const { role } = meaningOf(domain, eventType)
    return role !== 'impression' && role !== 'uncart'
  })
  if (next.byEvent.size === 0) {
    throw new LiverankError('UNUSABLE_DATA', `${folder}: no session acts on a second item, so there is nothing to predict.`)
  }
  return next
}

/** What a subscriber in the session of this event asks. */
export function requestAfter({ userId, sessionId }: LoggedEvent): SlateRequest {
  return {
    userId,
    first: 20,
    surface: undefined,
    anchorItemId: undefined,
    sessionId: sessionId ?? undefined,
    device: undefined,
    rules: { exclude: [] },
  }
}

/** A service of this process alone, on the embedded store without a journal, and without a model. */
export function openPlaying(domain: Domain, clock: Clock): Promise<Service> {
  return openService({
    config: {
      REDIS_URL: undefined,
      REDIS_PREFIX: 'play',
      PARTITIONS: 16,
      SHARDS: 8,
      JOURNAL_FSYNC: 'no',
      MODEL_DIR: '',
      MODEL: '',
      CLOCK: 'events',
    },
    dataDir: undefined,
    domain,
    clock,
    random: systemRandomness(),
    logger: pino({ level: 'warn' }, pino.destination(2)),
  })
}
