import { LiverankError } from '../../src/errors.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import type { LoggedEvent, LoggedUser } from '../../src/import/log-lines.ts'
import type { Service } from '../../src/service.ts'

/**
 * The users of a data folder, each uploaded at its time: a line with a `timestamp` before the first event that is not earlier, another
 * line before the first event of its user. Opt-outs are left out, because the log has the events of these users.
 */
export class LoggedUsers {
  readonly #folder: string
  /** By time, the earliest last. */
  readonly #timed: LoggedUser[]
  readonly #untimed: Map<string, LoggedUser>

  private constructor(folder: string, timed: LoggedUser[], untimed: Map<string, LoggedUser>) {
    this.#folder = folder
    this.#timed = timed
    this.#untimed = untimed
  }

  /** @throws LiverankError UNUSABLE_DATA naming a broken line */
  static async read(data: DataFolder): Promise<LoggedUsers> {
    const timed: LoggedUser[] = []
    const untimed = new Map<string, LoggedUser>()
    for await (const user of data.users()) {
      if (user.timestamp === undefined) untimed.set(user.userId, user)
      else timed.push(user)
    }
    timed.sort((a, b) => b.timestamp! - a.timestamp!)
    return new LoggedUsers(data.folder, timed, untimed)
  }

  /**
   * Uploads the users whose time has come. Call it before each event, in the order of the log.
   * @throws LiverankError UNUSABLE_DATA naming a user whom the service refuses
   */
  async introduce({ userId, timestamp }: LoggedEvent, { uploads }: Pick<Service, 'uploads'>): Promise<void> {
    const due: LoggedUser[] = []
    const own = this.#untimed.get(userId)
    if (own) {
      this.#untimed.delete(userId)
      due.push(own)
    }
    for (let next = this.#timed.at(-1); next && next.timestamp! <= timestamp; next = this.#timed.at(-1)) {
      due.push(next)
      this.#timed.pop()
    }
    // One after another: a user may stand in several lines.
    for (const { userId: id, attributes, consent } of due) {
      const { errors } = await uploads.upsertUsers([{ userId: id, attributes, ...(consent !== undefined && { consent }) }])
      const [error] = errors
      if (error) throw new LiverankError('UNUSABLE_DATA', `${this.#folder}: user ${id} was refused: ${error.message}`)
    }
  }
}
