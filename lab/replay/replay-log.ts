import type { Client } from 'graphql-ws'
import { meaningOf } from '../../src/accumulators/event-meaning.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { LiverankError } from '../../src/errors.ts'
import type { DataFolder } from '../../src/import/data-folder.ts'
import { type LoggedEvent, type LoggedItem, sessionKeyOf } from '../../src/import/log-lines.ts'
import { noProblems } from '../../src/import/log-problems.ts'
import { UPSERT_ITEMS, upsertItemsAnswer } from '../client/answers.ts'
import { actsOnItem, type NextItems } from '../learning/next-items.ts'
import { Baselines } from './baselines.ts'
import { Judge } from './judge.ts'
import { App, call, connect, type Recorded, untilAnswered } from './replayed-client.ts'

export interface ReplayOptions {
  readonly data: DataFolder
  readonly domain: Domain
  /** Address of the GraphQL endpoint: ws://… or wss://… */
  readonly url: string
  /** The labels of the log. */
  readonly next: NextItems
  /** Number of the event from which rows are judged. */
  readonly scoreFrom: number
  /** Events to play, from the first. */
  readonly limit: number
  /** Events under way at once. With 1 all come in one global order, else in order for each session. */
  readonly inFlight: number
  readonly onProgress: (events: number) => void
}

/** The result of a replay. Durations are in ms. */
export interface ReplayReport {
  recorded: number
  duplicates: number
  rejected: number
  /** Reasons of the first few rejections. */
  readonly reasons: string[]
  /** Time from the first event sent to the last slate received, in s. */
  seconds: number
  /** Times from sending an event to its answer. */
  readonly recordMs: number[]
  /** Times from sending an event to the slate that reflects it. */
  readonly slateMs: number[]
  readonly judge: Judge
}

/** Items on an app's screen. */
const SCREEN = 20
const NAMED = 5
/** Maximum number of items of a session that are excluded from a slate: the latest ones. */
const MAX_EXCLUDED = 500

interface Session {
  readonly app: App
  /** Distinct items acted on, the latest last. */
  readonly items: Set<string>
  /** Time of the latest event, in ms. */
  last: number
  /** Ends with what was sent before. */
  turn: Promise<void>
}

/**
 * Plays a log through the public API of a running server: an app for each active session, which subscribes, sends its events, and
 * waits for the slate of each before it goes on. An item is upserted at its first event and never earlier.
 * @throws LiverankError UNUSABLE_DATA for a log that cannot be played, UNAVAILABLE when the server stays away
 */
export async function replayLog(options: ReplayOptions): Promise<ReplayReport> {
  const replay = new Replay(options, await Baselines.open(options.domain))
  try {
    return await replay.run()
  } finally {
    await replay.close()
  }
}

class Replay {
  readonly #options: ReplayOptions
  readonly #baselines: Baselines
  readonly #control: Client
  readonly #sessions = new Map<string, Session>()
  readonly #known = new Set<string>()
  readonly #underWay = new Set<Promise<void>>()
  #failure: unknown
  readonly #report: ReplayReport = {
    recorded: 0,
    duplicates: 0,
    rejected: 0,
    reasons: [],
    seconds: 0,
    recordMs: [],
    slateMs: [],
    judge: new Judge(),
  }

  constructor(options: ReplayOptions, baselines: Baselines) {
    this.#options = options
    this.#baselines = baselines
    this.#control = connect(options.url)
  }

  async run(): Promise<ReplayReport> {
    const { data, limit, inFlight, onProgress } = this.#options
    const items = new Map<string, LoggedItem>()
    for await (const item of data.items()) items.set(item.itemId, item)
    const started = performance.now()
    let number = 0
    for await (const event of data.events(noProblems())) {
      if (number >= limit) break
      await this.#closeEnded(event.timestamp)
      if (event.itemId != null) await this.#introduce(items.get(event.itemId) ?? { itemId: event.itemId, attributes: {} })
      const at = number++
      const step = this.#queue(event, at).then(() => onProgress(at + 1))
      const tracked = step.catch((error: unknown) => {
        this.#failure ??= error
      })
      this.#underWay.add(tracked)
      void tracked.then(() => this.#underWay.delete(tracked))
      while (this.#underWay.size >= inFlight) await Promise.race(this.#underWay)
      if (this.#failure !== undefined) throw this.#failure
    }
    await Promise.all(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure
    this.#report.seconds = (performance.now() - started) / 1000
    return this.#report
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#sessions.values()].map(({ app }) => app.close()))
    await this.#control.dispose()
    await this.#baselines.close()
  }

  /** Behind what the same session has sent before. */
  #queue(event: LoggedEvent, number: number): Promise<void> {
    const session = this.#session(event)
    session.last = event.timestamp
    const step = session.turn.then(() => this.#play(event, number, session))
    session.turn = step
    return step
  }

  async #play(event: LoggedEvent, number: number, { app, items }: Session): Promise<void> {
    const { next, scoreFrom, domain } = this.#options
    const label = number >= scoreFrom ? next.byEvent.get(number) : undefined
    const { triggers } = meaningOf(domain, event.eventType)
    const beside = this.#baselines.record(event).then(() => label && this.#baselines.lists(event))
    // It is awaited below; until then its failure is nobody's.
    beside.catch(() => {})
    const sentAt = performance.now()
    const recorded = await app.record(event)
    this.#report.recordMs.push(performance.now() - sentAt)
    if (!this.#count(recorded, event)) {
      await beside
      return
    }
    const screen = await app.screen(triggers ? recorded.userVersion : 0)
    if (triggers && !recorded.duplicate) this.#report.slateMs.push(screen.at - sentAt)
    if (actsOnItem(domain, event)) {
      items.delete(event.itemId)
      items.add(event.itemId)
    }
    const baselines = await beside
    if (!label || !baselines) return
    const isMixed = label.isNew && screen.itemIds.some((itemId) => items.has(itemId))
    const newSlate = isMixed ? await app.ask([...items].slice(-MAX_EXCLUDED)) : screen.itemIds
    this.#report.judge.judge({ next: label, slate: screen.itemIds, newSlate, baselines, ofSession: items })
  }

  /** @returns whether it stands recorded */
  #count(recorded: Recorded, event: LoggedEvent): recorded is Extract<Recorded, { duplicate: boolean }> {
    if (recorded.__typename === 'InvalidInputError') {
      this.#report.rejected++
      if (this.#report.reasons.length < NAMED) this.#report.reasons.push(`${event.eventId}: ${recorded.message}`)
      return false
    }
    if (recorded.duplicate) this.#report.duplicates++
    else this.#report.recorded++
    return true
  }

  #session({ userId, sessionId, timestamp }: LoggedEvent): Session {
    const key = sessionKeyOf({ userId, sessionId })
    let session = this.#sessions.get(key)
    if (!session) {
      const { url, domain, next } = this.#options
      const eventTypes = [...next.eventTypes].filter((type) => meaningOf(domain, type).triggers)
      const app = new App({ url, userId, sessionId: sessionId ?? undefined, first: SCREEN, eventTypes })
      session = { app, items: new Set(), last: timestamp, turn: app.open() }
      this.#sessions.set(key, session)
    }
    return session
  }

  /** An app is closed when its session has ended by the rule of the service. The map is in order of opening: it is short. */
  async #closeEnded(now: number): Promise<void> {
    for (const [key, session] of this.#sessions) {
      if (now - session.last <= this.#options.domain.expiry.session) continue
      this.#sessions.delete(key)
      await session.turn
      await session.app.close()
    }
  }

  async #introduce(item: LoggedItem): Promise<void> {
    if (this.#known.has(item.itemId)) return
    this.#known.add(item.itemId)
    const upserted = untilAnswered(() => call(this.#control, upsertItemsAnswer, UPSERT_ITEMS, [item]))
    const [{ upsertItems }] = await Promise.all([upserted, this.#baselines.upsert(item)])
    const [error] = upsertItems.errors
    if (error) throw new LiverankError('UNUSABLE_DATA', `Item ${item.itemId} was refused: ${error.message}`)
  }
}
