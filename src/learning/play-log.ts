import { pino } from 'pino'
import { eventClock } from '../clock.ts'
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
  /** Plays through this Redis; through the embedded store, without a journal, if absent. */
  readonly redis?: { readonly url: string; readonly prefix: string }
  /** The model that ranks; a rule if absent. */
  readonly model?: { readonly directory: string; readonly name: string }
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
 * @param onMoment called, with all that was recorded in the shared sums, wherever the session goes on with an item
 * @throws LiverankError UNUSABLE_DATA when an event is refused
 */
export async function playLog(
  options: PlayOptions,
  { byEvent }: NextItems,
  onMoment: (moment: Moment, service: Service) => Promise<void>,
  onEvent?: (number: number, tookMs: number) => void,
): Promise<void> {
  const { folder, until = Number.POSITIVE_INFINITY } = options
  const clock = eventClock()
  const service = await openFor(options, clock)
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
      const started = performance.now()
      const [outcome] = await service.ingest.record([event])
      onEvent?.(number, performance.now() - started)
      if (outcome.status === 'REJECTED' || outcome.status === 'UNAVAILABLE') {
        throw new LiverankError('UNUSABLE_DATA', `${folder}: event ${event.eventId} was not recorded: ${outcome.error.message}`)
      }
      // One entry at a time, so that sums are added in one order in every store and ties fall the same way.
      await service.store.settle()
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

function requestAfter({ userId, sessionId }: LoggedEvent): SlateRequest {
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

function openFor({ domain, redis, model }: PlayOptions, clock: ReturnType<typeof eventClock>): Promise<Service> {
  return openService({
    config: {
      REDIS_URL: redis?.url,
      REDIS_PREFIX: redis?.prefix ?? 'replay',
      PARTITIONS: 16,
      SHARDS: 8,
      JOURNAL_FSYNC: 'no',
      MODEL_DIR: model?.directory ?? '',
      MODEL: model?.name ?? '',
    },
    dataDir: undefined,
    domain,
    clock,
    random: systemRandomness(),
    logger: pino({ level: 'warn' }, pino.destination(2)),
  })
}
