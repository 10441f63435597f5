import type { Clock } from '../../src/clock.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import { textOf } from '../../src/import/event-attributes.ts'
import { type LoggedEvent, sessionKeyOf } from '../../src/import/log-lines.ts'
import type { LogProblems } from '../../src/import/log-problems.ts'
import type { Service } from '../../src/service/service.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import type { ListsFromCut } from '../offline/served-lists.ts'
import { type GivenOrder, NO_GIVEN_ORDER } from './given-order.ts'
import type { GradedSlate } from './graded-slates.ts'
import { IdleSessions } from './idle-sessions.ts'
import type { NextItems } from './next-items.ts'
import { type Moment, openPlaying, type PlayOptions, playLog } from './play-log.ts'
import { SlateLog } from './slate-log.ts'
import { openViews, type PlayedViews } from './state-views.ts'
import type { NextMoment, Played, PlayedPart, SeenEvent, TrainingLog } from './training-log.ts'

/** A data folder: a log of another system, played through the service as if its events came in now. */
export class FolderLog implements TrainingLog {
  readonly #data: DataFolder
  readonly #domain: Domain
  readonly givenOrder: GivenOrder
  readonly #neighbours: readonly ListsFromCut[]

  /** @param neighbours neighbour lists to serve while the log is played, in the order of their cuts */
  constructor(data: DataFolder, domain: Domain, givenOrder = NO_GIVEN_ORDER, neighbours: readonly ListsFromCut[] = []) {
    this.#neighbours = neighbours
    this.#data = data
    this.#domain = domain
    this.givenOrder = givenOrder
  }

  /** Returns the same log, played with other neighbour lists. */
  serving(neighbours: readonly ListsFromCut[]): FolderLog {
    return new FolderLog(this.#data, this.#domain, this.givenOrder, neighbours)
  }

  get folder(): string {
    return this.#data.folder
  }

  hash(): Promise<string> {
    return this.#data.hash()
  }

  async *events(problems: LogProblems): AsyncGenerator<SeenEvent> {
    const slates = new SlateLog(this.#data)
    const { attribute, uncounted } = this.#domain.limits.traffic
    try {
      for await (const event of this.#data.events(problems)) {
        const ignored = uncounted.includes(textOf(event, attribute) ?? '')
        yield { event, slate: await slates.find(event), ignored }
      }
    } finally {
      await slates.close()
    }
  }

  playNext(
    { byEvent, firsts, lasts }: Pick<NextItems, 'byEvent' | 'firsts' | 'lasts'>,
    part: PlayedPart,
    onMoment: (moment: NextMoment, played: Played) => Promise<void>,
  ): Promise<void> {
    const views = new Views(part.frozenFrom)
    const told = (isFirst: boolean) => (moment: Moment) => onMoment({ ...moment, isFirst }, views.at(moment.number, moment.event))
    const onRecorded = (number: number, event: LoggedEvent) => {
      views.recorded(number)
      if (lasts.has(number)) views.end(sessionKeyOf(event))
    }
    const opened = { byEvent: firsts, onOpened: told(true) }
    return playLog({ ...this.#options(part, views), opened, onRecorded }, { byEvent }, told(false))
  }

  playShown(
    shown: ReadonlyMap<number, GradedSlate>,
    part: PlayedPart,
    onSlate: (slate: GradedSlate, request: SlateRequest, played: Played) => Promise<void>,
  ): Promise<void> {
    const views = new Views(part.frozenFrom)
    const sessions = new IdleSessions(this.#domain.expiry.session, (sessionKey) => views.end(sessionKey))
    const told = (slate: GradedSlate, request: SlateRequest) => onSlate(slate, request, views.at(slate.number, request))
    const onRecorded = (number: number, event: LoggedEvent) => {
      views.recorded(number)
      sessions.see(sessionKeyOf(event), event.timestamp)
    }
    const moments = { byEvent: shown, givenOrder: this.givenOrder, onSlate: told }
    return playLog({ ...this.#options(part, views), shown: moments, onRecorded }, { byEvent: new Map() }, async () => {})
  }

  #options({ until }: PlayedPart, views: Views): PlayOptions {
    const open = (domain: Domain, clock: Clock) => views.open(domain, clock)
    return { data: this.#data, domain: this.#domain, until, neighbours: this.#neighbours, open }
  }
}

/** The states that one playing of a log gives: that of each moment, and one that stands still from an event on. */
class Views {
  readonly #frozenFrom: number
  #recorded = 0
  #opened: PlayedViews | undefined

  constructor(frozenFrom: number) {
    this.#frozenFrom = frozenFrom
  }

  async open(domain: Domain, clock: Clock): Promise<Service> {
    this.#opened = openViews(await openPlaying(domain, clock), () => this.#recorded >= this.#frozenFrom)
    return this.#opened.service
  }

  /** @param number of the event, from 0 */
  recorded(number: number): void {
    this.#recorded = number + 1
  }

  end(sessionKey: string): void {
    this.#opened!.end(sessionKey)
  }

  /** @param number of the event right before or behind which the moment is */
  at(number: number, asks: Parameters<PlayedViews['show']>[0]): Played {
    const { prequential, static: still, show } = this.#opened!
    show(asks)
    return { recommender: prequential.recommender, frozen: number < this.#frozenFrom ? undefined : still.recommender }
  }
}
