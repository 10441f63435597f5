import type { Clock } from '../../src/clock.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { LiverankError } from '../../src/errors.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import { type LogProblems, noProblems } from '../../src/import/log-problems.ts'
import { introduceUsers, LoggedUsers } from '../../src/import/logged-users.ts'
import { warningsOnStderr } from '../../src/logging/logger.ts'
import { systemRandomness } from '../../src/random.ts'
import { openService, type Service } from '../../src/service/service.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import type { ListsFromCut } from '../offline/served-lists.ts'
import { playedClock } from '../played-clock.ts'
import { type GivenOrder, NO_GIVEN_ORDER } from './given-order.ts'
import type { GradedSlate } from './graded-slates.ts'
import { actsOnItem, findNextItems, NEXT_ITEM_RULES, type NextItem, type NextItems } from './next-items.ts'
import { contextOf } from './request-context.ts'
import { SlateLog } from './slate-log.ts'

export interface PlayOptions {
  readonly data: DataFolder
  readonly domain: Domain
  /** Stops after this many events. */
  readonly until?: number
  /** Neighbour lists to serve, in the order of their cuts; none if absent. */
  readonly neighbours?: readonly ListsFromCut[]
  /** Moments of slates that the log says were shown. */
  readonly shown?: ShownMoments
  /** Moments right before sessions. */
  readonly opened?: OpenedMoments
  /** Makes the service that it is played through; `openPlaying` if absent. */
  readonly open?: (domain: Domain, clock: Clock) => Promise<Service>
  /** Called right after each event is recorded, before `onMoment`. @param number of the event, from 0 */
  readonly onRecorded?: (number: number, event: LoggedEvent) => void
}

/** Moments at which slates were decided. */
export interface ShownMoments {
  /** Slates by number of the event that showed them first. */
  readonly byEvent: ReadonlyMap<number, GradedSlate>
  /** Surfaces whose lists the requests of `onSlate` give, in the order shown; none if absent. */
  readonly givenOrder?: GivenOrder
  /** Called right before that event is recorded, with its time as now: the slate was decided without it. */
  onSlate(slate: GradedSlate, request: SlateRequest, service: Service): Promise<void>
}

/** Moments at which a user has opened a page and not acted yet. */
export interface OpenedMoments {
  /** First items by number of the first event of a session. */
  readonly byEvent: ReadonlyMap<number, NextItem>
  /** Called before the clock has come to that event, so at the time of the one before it in the log. */
  onOpened(moment: Moment, service: Service): Promise<void>
}

/** A moment right after an event, at which a subscriber gets a slate for the next action. */
export interface Moment {
  /** Number of the event in the log, from 0. */
  readonly number: number
  readonly event: LoggedEvent
  readonly next: NextItem
  /** The request to the service. */
  readonly request: SlateRequest
}

/**
 * Plays a log through the service, in one global order and with the clock of its events. An item becomes known with the
 * first event on it, or the first slate that shows it, so that nothing is recommended that the log had not seen. Slates of the
 * folder are put in place before events name them, users are uploaded at their time, and neighbour lists are served from their cuts on.
 * Requests have the context of their event.
 * @param onMoment called wherever the session goes on with an item
 * @throws LiverankError UNUSABLE_DATA when an event is refused
 */
export async function playLog(
  options: PlayOptions,
  { byEvent }: Pick<NextItems, 'byEvent'>,
  onMoment: (moment: Moment, service: Service) => Promise<void>,
): Promise<void> {
  const { data, until = Number.POSITIVE_INFINITY, neighbours = [], shown, opened, open = openPlaying, onRecorded } = options
  const clock = playedClock()
  const service = await open(options.domain, clock)
  const slates = new SlateLog(data)
  const requestAt = (event: LoggedEvent) => ({ ...requestAfter(event), ...contextOf(event, options.domain) })
  const requestForNext = (event: LoggedEvent) => ({ ...requestAt(event), rules: NEXT_ITEM_RULES })
  try {
    const users = await LoggedUsers.read(data)
    const attributes = new Map<string, unknown>()
    for await (const item of data.items()) attributes.set(item.itemId, item.attributes)
    const know = async (itemId: string) => {
      if (service.catalogue.get(itemId)) return
      await service.uploads.upsertItems([{ itemId, attributes: attributes.get(itemId) ?? {} }])
    }
    let number = 0
    for await (const event of data.events(noProblems())) {
      if (number >= until) break
      const cut = neighbours.find(({ before }) => before === number)
      if (cut) service.neighbourLists.set(cut.lists)
      // Without a time, the service would forget what it knows about users.
      if (number === 0) clock.arrive(event.timestamp)
      await introduceUsers(users.due(event), data.folder, service)
      // Before the first event of all nothing is known, not even the time.
      const first = number > 0 ? opened?.byEvent.get(number) : undefined
      if (first) await opened?.onOpened({ number, event, next: first, request: requestForNext(event) }, service)
      clock.arrive(event.timestamp)
      if (event.itemId != null) await know(event.itemId)
      const served = await slates.find(event)
      if (served && (await service.store.getSlate(served.recommendationId)) === undefined) {
        for (const { itemId } of served.items) await know(itemId)
        const { recommendationId, userId } = served
        await service.store.putSlate({ kind: 'slate', recommendationId, userId, at: clock.wall(), slate: served })
      }
      const slate = shown?.byEvent.get(number)
      if (shown && slate) {
        for (const { itemId } of slate.items) await know(itemId)
        const { surface, device } = slate
        const given = (shown.givenOrder ?? NO_GIVEN_ORDER).listOf(slate, served)
        await shown.onSlate(slate, { ...requestAt(event), surface, device, ...(given && { given }) }, service)
      }
      const [outcome] = await service.ingest.record([event])
      if ('error' in outcome) {
        throw new LiverankError(
          'UNUSABLE_DATA',
          `${data.folder}: event ${event.eventId} was not recorded: ${outcome.error.message}`,
        )
      }
      onRecorded?.(number, event)
      const next = byEvent.get(number)
      if (next) await onMoment({ number, event, next, request: requestForNext(event) }, service)
      number++
    }
  } finally {
    await slates.close()
    await service.close()
  }
}

/**
 * Finds the next items of a data folder, in a pass of its own. They do not depend on surfaces, but the pass checks the attribute
 * that names the surface.
 * @throws LiverankError UNUSABLE_DATA if there is nothing to predict, or if the folder cannot be read
 */
export function readNextItems(data: DataFolder, domain: Domain, problems: LogProblems): Promise<NextItems> {
  return nextItemsOf(data.events(problems), data.folder, domain)
}

/** @param folder to name @throws LiverankError UNUSABLE_DATA where there is nothing to predict */
export async function nextItemsOf(events: AsyncIterable<LoggedEvent>, folder: string, domain: Domain): Promise<NextItems> {
  const next = await findNextItems(events, (event) => actsOnItem(domain, event))
  if (next.byEvent.size === 0) {
    throw new LiverankError('UNUSABLE_DATA', `${folder}: no session acts on a second item, so there is nothing to predict.`)
  }
  return next
}

/** Returns the request for a slate that a subscriber in the session of this event makes. */
export function requestAfter({ userId, sessionId }: LoggedEvent): SlateRequest {
  return {
    userId,
    first: 20,
    surface: undefined,
    sessionId: sessionId ?? undefined,
    device: undefined,
  }
}

/** Opens a service in this process, on the embedded store, without a journal and without a model. */
export function openPlaying(domain: Domain, clock: Clock): Promise<Service> {
  return openService({
    config: {
      REDIS_URL: undefined,
      REDIS_PREFIX: 'play',
      PARTITIONS: 16,
      SHARDS: 8,
      DURABILITY: 'memory',
      JOURNAL_FSYNC: 'no',
      MODEL_DIR: '',
      MODEL: '',
      CLOCK: 'events',
    },
    dataDir: undefined,
    domain,
    clock,
    random: systemRandomness(),
    logger: warningsOnStderr(),
  })
}
