import type { Domain } from '../../src/domain/domain.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import { textOf } from '../../src/import/event-attributes.ts'
import type { LogProblems } from '../../src/import/log-problems.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import type { ListsFromCut } from '../offline/served-lists.ts'
import { type GivenOrder, NO_GIVEN_ORDER } from './given-order.ts'
import type { GradedSlate } from './graded-slates.ts'
import type { NextItems } from './next-items.ts'
import { type Moment, type PlayOptions, playLog } from './play-log.ts'
import { SlateLog } from './slate-log.ts'
import type { NextMoment, Played, SeenEvent, TrainingLog } from './training-log.ts'

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
    { byEvent, firsts }: Pick<NextItems, 'byEvent' | 'firsts'>,
    until: number,
    onMoment: (moment: NextMoment, played: Played) => Promise<void>,
  ): Promise<void> {
    const told = (isFirst: boolean) => (moment: Moment, service: Played) => onMoment({ ...moment, isFirst }, service)
    const opened = { byEvent: firsts, onOpened: told(true) }
    return playLog({ ...this.#played(until), opened }, { byEvent }, told(false))
  }

  playShown(
    shown: ReadonlyMap<number, GradedSlate>,
    until: number,
    onSlate: (slate: GradedSlate, request: SlateRequest, played: Played) => Promise<void>,
  ): Promise<void> {
    const moments = { byEvent: shown, givenOrder: this.givenOrder, onSlate }
    return playLog({ ...this.#played(until), shown: moments }, { byEvent: new Map() }, async () => {})
  }

  #played(until: number): PlayOptions {
    return { data: this.#data, domain: this.#domain, until, neighbours: this.#neighbours }
  }
}
