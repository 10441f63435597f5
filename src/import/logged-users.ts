import { LiverankError } from '../errors.ts'
import type { Service } from '../service/service.ts'
import type { LoggedEvent, LoggedUser } from './log-lines.ts'

/** A log with users, and the name by which messages call it. */
interface UserSource {
  readonly folder: string
  users(): AsyncIterable<LoggedUser>
}

/**
 * The users of a log, each due at its time: a line with a `timestamp` before the first event that is not earlier, another line before the
 * first event of its user. A line that opts its user out is never due. The attributes of a line are in place of all earlier ones: what
 * it omits is null.
 */
export class LoggedUsers {
  /** By time, the earliest last. */
  readonly #timed: LoggedUser[]
  readonly #untimed: Map<string, LoggedUser>
  /** By id, all lines of each user whom a line opts out. */
  readonly #leaving: ReadonlyMap<string, LoggedUser[]>
  /** Names of the attributes that a user has by the lines so far. */
  readonly #names = new Map<string, readonly string[]>()

  private constructor(timed: LoggedUser[], untimed: Map<string, LoggedUser>, leaving: ReadonlyMap<string, LoggedUser[]>) {
    this.#timed = timed
    this.#untimed = untimed
    this.#leaving = leaving
  }

  /** @throws LiverankError UNUSABLE_DATA naming a broken line */
  static async read(data: UserSource): Promise<LoggedUsers> {
    const lines: LoggedUser[] = []
    for await (const user of data.users()) lines.push(user)
    const leaving = new Map(lines.flatMap(({ userId, optOut }): [string, LoggedUser[]][] => (optOut ? [[userId, []]] : [])))
    const timed: LoggedUser[] = []
    const untimed = new Map<string, LoggedUser>()
    for (const user of lines) {
      leaving.get(user.userId)?.push(user)
      if (user.optOut) continue
      if (user.timestamp === undefined) untimed.set(user.userId, user)
      else timed.push(user)
    }
    // The sort is stable: of equal times, the line further down comes last.
    timed.reverse().sort((a, b) => b.timestamp! - a.timestamp!)
    return new LoggedUsers(timed, untimed, leaving)
  }

  /** Returns the users that are due before an event, each time once. Call it for every event, in the order of the log. */
  due({ userId, timestamp }: LoggedEvent): LoggedUser[] {
    const due: LoggedUser[] = []
    const own = this.#untimed.get(userId)
    if (own) {
      this.#untimed.delete(userId)
      due.push(this.#inPlace(own))
    }
    for (let next = this.#timed.at(-1); next && next.timestamp! <= timestamp; next = this.#timed.at(-1)) {
      due.push(this.#inPlace(next))
      this.#timed.pop()
    }
    return due
  }

  /** Returns what is still to upload after the last event: lines that never were due, and all lines of users whom a line opts out. */
  rest(): LoggedUser[] {
    const left = [...this.#untimed.values(), ...this.#timed.toReversed()].filter(({ userId }) => !this.#leaving.has(userId))
    return [...left, ...[...this.#leaving.values()].flat()].map((user) => this.#inPlace(user))
  }

  #inPlace(user: LoggedUser): LoggedUser {
    const omitted = (this.#names.get(user.userId) ?? []).map((name): [string, null] => [name, null])
    this.#names.set(user.userId, Object.keys(user.attributes))
    return omitted.length === 0 ? user : { ...user, attributes: { ...Object.fromEntries(omitted), ...user.attributes } }
  }
}

/**
 * Uploads users, one after another. If the domain requires consent, users without it get no attributes.
 * @param folder of the log, for messages
 * @throws LiverankError UNUSABLE_DATA naming a user whom the service refuses
 */
export async function introduceUsers(
  due: readonly LoggedUser[],
  folder: string,
  { uploads, domain }: Pick<Service, 'uploads' | 'domain'>,
): Promise<void> {
  for (const { userId, attributes, consent } of due) {
    const counted = consent || domain.consent === 'assumed' ? attributes : {}
    const { errors } = await uploads.upsertUsers([{ userId, attributes: counted, ...(consent !== undefined && { consent }) }])
    const [error] = errors
    if (error) throw new LiverankError('UNUSABLE_DATA', `${folder}: user ${userId} was refused: ${error.message}`)
  }
}
