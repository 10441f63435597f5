import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import type { Clock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import type { ServedModels } from '../ranking/served-models.ts'
import { SerialQueue } from '../state/serial-queue.ts'
import type { StateStore } from '../state/store.ts'
import type { JsonObject } from '../state/user-value.ts'
import { BEYOND_LIMIT, type Omitted, omittedBy } from './omitted-data.ts'
import { exportPerson, SECTIONS, type Section } from './person-export.ts'

export interface UserExportsParts {
  readonly store: StateStore
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly models: Pick<ServedModels, 'rankerFor'>
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly limits?: ExportLimits
}

/** Limits of an export that is returned as one answer. */
export interface ExportLimits {
  /** Most characters of JSON. */
  readonly characters: number
  /** Longest time, in ms. */
  readonly ms: number
}

/** Limits of the query `exportUser`: 8 Mi characters of JSON, and 10 s of reading. */
export const EXPORT_LIMITS: ExportLimits = { characters: 8 * 2 ** 20, ms: 10_000 }

/** All that is stored of a person, as far as one answer can hold it. */
export interface UserExport {
  readonly userId: string
  /** All ids of the person; the owner, for whom events count, first. */
  readonly userIds: readonly string[]
  /** Time of the export, in ms since 1970. */
  readonly exportedAt: number
  readonly data: JsonObject
  /** Whether the data was not cut off. */
  readonly isComplete: boolean
  readonly omitted: readonly Omitted[]
}

/** Exports persons, one at a time: an export reads the whole log. */
export class UserExports {
  readonly #parts: UserExportsParts
  readonly #queue = new SerialQueue()

  constructor(parts: UserExportsParts) {
    this.#parts = parts
  }

  /**
   * Exports all that is stored of a person, under every id of the person. Changes nothing.
   * @param userId any id of the person
   * @throws UnavailableError if the store does not answer
   */
  export(userId: string): Promise<UserExport> {
    return this.#queue.run(() => this.#export(userId))
  }

  async #export(userId: string): Promise<UserExport> {
    const { store, clock, models, limits = EXPORT_LIMITS } = this.#parts
    const now = clock.now()
    const end = clock.monotonic() + limits.ms
    const isOver = () => clock.monotonic() > end
    const parts = { ...this.#parts, now, modelOf: (owner: string) => models.rankerFor(owner)?.name }
    const { userIds, head, records } = await exportPerson(parts, userId, isOver)
    const sections: Record<Section, JsonObject[]> = {
      users: [],
      events: [],
      offlineLists: [],
      slates: [],
      eventIdHashes: [],
      log: [],
    }
    let characters = 0
    let isCut = false
    for await (const { section, record } of records) {
      characters += JSON.stringify(record).length
      isCut = characters > limits.characters || isOver()
      if (isCut) break
      sections[section].push(record)
    }
    // The records may also have ended early by themselves.
    const isComplete = !isCut && !isOver()
    const data = { ...head, ...Object.fromEntries(SECTIONS.map((section) => [section, sections[section]])) }
    const omitted = omittedBy(store.name)
    return { userId, userIds, exportedAt: now, data, isComplete, omitted: isComplete ? omitted : [...omitted, BEYOND_LIMIT] }
  }
}
