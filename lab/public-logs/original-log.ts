import { LiverankError } from '../../src/errors.ts'
import { MAX_ID_LENGTH } from '../../src/events/validate-event.ts'
import { countBroken, type LogProblems, noProblems } from '../../src/import/log-problems.ts'
import { Numbering } from '../numbering.ts'

/** What can be numbered and sorted in memory: a Map holds 2^24 keys, and a byte tells 256 types apart. */
const MOST_EVENTS = 100_000_000
const MOST_NAMES = 16_000_000
const MOST_TYPES = 256
/** Length of the columns at first. They double when they are full. */
const FIRST_LENGTH = 1024

/** An event as a public log tells it. */
export interface OriginalEvent {
  readonly userId: string
  readonly itemId: string
  /** Id of the session; undefined if the log has no sessions. */
  readonly sessionId?: string | undefined
  readonly eventType: string
  /** In ms since 1970. */
  readonly timestamp: number
  /** The number that the log tells of the event, such as a price; see `PublicFormat.amount`. */
  readonly amount?: number | undefined
}

/** Events of a public log in columns, one typed array a field, in the order of the source. About 30 bytes an event, and the ids. */
export class OriginalLog {
  readonly users = new Numbering<string>()
  readonly items = new Numbering<string>()
  readonly sessions = new Numbering<string>()
  readonly types = new Numbering<string>()
  readonly #itemAttributes = new Map<string, Map<string, { readonly value: unknown; readonly at: number }>>()
  /** Attributes of users by user id. */
  readonly userAttributes = new Map<string, Record<string, unknown>>()
  /** Rows that were left out because they are broken. */
  readonly problems: LogProblems = noProblems()
  /** Number of events. The columns have room for more. */
  length = 0
  userOf = new Int32Array(FIRST_LENGTH)
  itemOf = new Int32Array(FIRST_LENGTH)
  /** Number of the session; -1 without one. */
  sessionOf = new Int32Array(FIRST_LENGTH)
  typeOf = new Uint8Array(FIRST_LENGTH)
  timeOf = new Float64Array(FIRST_LENGTH)
  /** NaN where the log tells no number. */
  amountOf = new Float64Array(FIRST_LENGTH)

  /**
   * Adds an event, or counts it as broken if it lacks an id, a type or a time.
   * @param place of the event in its file, for messages
   * @throws LiverankError UNUSABLE_DATA if the log is too large
   */
  add(event: OriginalEvent, place: () => string): void {
    this.problems.lines++
    const problem = problemOf(event)
    if (problem !== undefined) {
      countBroken(this.problems, `${place()}: ${problem}`)
      return
    }
    if (this.length === this.userOf.length) this.#grow()
    const { userId, itemId, sessionId, eventType, timestamp, amount = Number.NaN } = event
    const i = this.length++
    this.userOf[i] = this.users.of(userId)
    this.itemOf[i] = this.items.of(itemId)
    this.sessionOf[i] = sessionId === undefined ? -1 : this.sessions.of(sessionId)
    this.typeOf[i] = this.types.of(eventType)
    this.timeOf[i] = timestamp
    this.amountOf[i] = amount
    this.#expectRoom()
  }

  /** Notes attributes of an item. The latest value of each attribute stays. @param at when they were known, in ms */
  describeItem(itemId: string, attributes: Record<string, unknown>, at = 0): void {
    const known = this.#itemAttributes.get(itemId) ?? new Map()
    this.#itemAttributes.set(itemId, known)
    for (const [name, value] of Object.entries(attributes))
      if (!(at < (known.get(name)?.at ?? at))) known.set(name, { value, at })
  }

  /** Returns the attributes of an item; none if the log does not describe it. */
  attributesOf(itemId: string): Readonly<Record<string, unknown>> {
    return Object.fromEntries([...(this.#itemAttributes.get(itemId) ?? [])].map(([name, { value }]) => [name, value]))
  }

  /** @throws LiverankError UNUSABLE_DATA if the log is too large to be numbered and sorted */
  #expectRoom(): void {
    const { users, items, sessions, types } = this
    const names = Math.max(users.names.length, items.names.length, sessions.names.length)
    if (this.length <= MOST_EVENTS && names <= MOST_NAMES && types.names.length <= MOST_TYPES) return
    throw new LiverankError(
      'UNUSABLE_DATA',
      `The log is too large: at most ${MOST_EVENTS} events, ${MOST_NAMES} users, items and sessions, and ${MOST_TYPES} types of events can be converted. Use a part of its files.`,
    )
  }

  #grow(): void {
    const length = this.userOf.length * 2
    this.userOf = grown(this.userOf, new Int32Array(length))
    this.itemOf = grown(this.itemOf, new Int32Array(length))
    this.sessionOf = grown(this.sessionOf, new Int32Array(length))
    this.typeOf = grown(this.typeOf, new Uint8Array(length))
    this.timeOf = grown(this.timeOf, new Float64Array(length))
    this.amountOf = grown(this.amountOf, new Float64Array(length))
  }
}

function problemOf({ userId, itemId, sessionId, eventType, timestamp }: OriginalEvent): string | undefined {
  for (const [name, id] of [
    ['user', userId],
    ['item', itemId],
    ['session', sessionId ?? 'none'],
  ] as const)
    if (id === '' || id.length > MAX_ID_LENGTH)
      return `the id of the ${name} is ${id === '' ? 'empty' : `longer than ${MAX_ID_LENGTH} characters`}`
  if (eventType === '' || eventType.length > MAX_ID_LENGTH)
    return `the type of the event is empty, or longer than ${MAX_ID_LENGTH} characters`
  return Number.isSafeInteger(timestamp) && timestamp > 0 ? undefined : 'the time is missing, or is no time'
}

function grown<T extends Int32Array | Uint8Array | Float64Array>(column: T, longer: T): T {
  longer.set(column)
  return longer
}
