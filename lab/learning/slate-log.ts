import { LiverankError } from '../../src/errors.ts'
import { MAX_AHEAD } from '../../src/events/validate-event.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import type { LoggedEvent, LoggedSlate } from '../../src/import/log-lines.ts'
import { DAY } from '../../src/time-units.ts'

/** As long as the service keeps a slate. */
const KEPT_FOR = DAY

/** The slates of a data folder beside its events: read as far as the events have come, and kept for a day of the log. */
export class SlateLog {
  readonly #folder: string
  readonly #slates: AsyncGenerator<LoggedSlate>
  readonly #known = new Map<string, LoggedSlate>()
  #ahead: LoggedSlate | undefined
  #ended = false

  constructor(data: DataFolder) {
    this.#folder = data.folder
    this.#slates = data.slates()
  }

  /**
   * The slate that an event names, when it is known and was this user's. Ask in the order of the log.
   * @throws LiverankError UNUSABLE_DATA when slates are broken or out of order
   */
  async find({ recommendationId, userId, timestamp }: LoggedEvent): Promise<LoggedSlate | undefined> {
    if (recommendationId == null) return undefined
    await this.#read(timestamp)
    const slate = this.#known.get(recommendationId)
    return slate?.userId === userId ? slate : undefined
  }

  async close(): Promise<void> {
    await this.#slates.return(undefined)
  }

  async #read(now: number): Promise<void> {
    // An app whose clock is behind shows a slate before it was made.
    while (!this.#ended && (!this.#ahead || this.#ahead.generatedAt <= now + MAX_AHEAD)) {
      if (this.#ahead) this.#known.set(this.#ahead.recommendationId, this.#ahead)
      const { value, done } = await this.#slates.next()
      if (done) {
        this.#ended = true
        this.#ahead = undefined
      } else {
        if (this.#ahead && value.generatedAt < this.#ahead.generatedAt) {
          throw new LiverankError(
            'UNUSABLE_DATA',
            `${this.#folder}: slate ${value.recommendationId} follows ${this.#ahead.recommendationId}, but was made before it. Sort the slates by generatedAt.`,
          )
        }
        this.#ahead = value
      }
    }
    for (const [id, { generatedAt }] of this.#known) {
      if (generatedAt >= now - KEPT_FOR) break
      this.#known.delete(id)
    }
  }
}
