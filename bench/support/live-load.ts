import { setTimeout as wait } from 'node:timers/promises'
import { type Acknowledged, EventSender, type SentEvent } from './event-sender.ts'
import { Phones } from './phones.ts'
import { quantile } from './quantile.ts'

/** Events at a steady rate for some seconds, whatever the answers. */
export interface Load {
  readonly seconds: number
  /** Events a second. */
  readonly rate: number
  /** Events of a request; 1: as phones send them. */
  readonly batch: number
  /** Share of the events that are of a user whom a phone follows. */
  readonly followed: number
  /** Whether to ask `/ready` ten times a second meanwhile. */
  readonly asksReady: boolean
}

export interface LoadFigures {
  readonly sent: number
  readonly recorded: number
  readonly refused: number
  readonly slatesPerSecond: number
  readonly unanswered: number
  readonly fallen: number
  /** From sending an event to its slate, ms. */
  readonly slateMs: { readonly p50: number; readonly p99: number }
  /** From sending a request to its answer, ms. */
  readonly acknowledgedMs: { readonly p50: number; readonly p99: number }
  /** Other answers of `/ready` than 200. */
  readonly notReady: number
  /** From the last event to the last slate, ms: how long it takes to catch up. */
  readonly recoveredMs: number
}

/** A batch with one event of each of this many followed users, and single events of others at the same time. */
export interface BurstFigures {
  readonly slates: number
  readonly firstMs: number
  readonly p50Ms: number
  readonly lastMs: number
  /** recordEvent beside it, 99th percentile, ms. */
  readonly besideMs: number
}

export interface OneUserFigures {
  readonly devices: number
  /** From the last of the events until all devices show its version, ms; Infinity: never. */
  readonly allHaveItMs: number
  /** Slates that a device got, at most. */
  readonly slatesOfADevice: number
}

/** Slates that came to all phones without an event. */
export interface RefreshFigures {
  readonly slates: number
  /** When the first, the middle and the last one came, in ms of the wall clock. */
  readonly firstAt: number
  readonly middleAt: number
  readonly lastAt: number
}

export type LoadCall =
  | { readonly call: 'open'; readonly users: number }
  | { readonly call: 'close' }
  | { readonly call: 'load'; readonly load: Load }
  | { readonly call: 'burst'; readonly users: number }
  | { readonly call: 'refreshed' }
  | { readonly call: 'oneUser'; readonly devices: number; readonly events: number }

/** How long a slate may be away before it counts as lost. */
const PATIENCE_MS = 20_000
/** The same while Redis is started again. */
const RESTART_PATIENCE_MS = 90_000
/** Without a slate for this long, no more is expected. */
const QUIET_MS = 1500
/** The same once every event is answered. */
const ANSWERED_MS = 20
const OTHERS = 50_000

const followedUser = (n: number) => `followed-${n}`

class LiveLoad {
  readonly #phones: Phones
  readonly #sender: EventSender
  readonly #readyUrl: string
  #users = 0
  #next = 0

  constructor(url: string) {
    this.#phones = new Phones(url.replace(/^http/, 'ws'))
    this.#sender = new EventSender(url)
    this.#readyUrl = url.replace('/graphql', '/ready')
  }

  async answer(call: LoadCall): Promise<unknown> {
    switch (call.call) {
      case 'open':
        this.#users = call.users
        return this.#phones.openAll(Array.from({ length: call.users }, (_, n) => followedUser(n)))
      case 'close':
        return this.#phones.close()
      case 'load':
        return this.#load(call.load)
      case 'burst':
        return this.#burst(call.users)
      case 'refreshed':
        return this.#refreshed()
      case 'oneUser':
        return this.#oneUser(call.devices, call.events)
    }
  }

  async #load({ seconds, rate, batch, followed, asksReady }: Load): Promise<LoadFigures> {
    const phones = this.#phones
    const answers: Acknowledged[] = []
    const pending: Promise<void>[] = []
    let notReady = 0
    let drawn = 0
    phones.begin()
    const began = performance.now()
    const send = (dueAt: number) => {
      const events = Array.from({ length: batch }, () =>
        this.#draw(Math.floor((drawn + 1) * followed) > Math.floor(drawn++ * followed)),
      )
      for (const { userId, eventId } of events) if (userId.startsWith('followed')) phones.sent(userId, eventId, dueAt)
      const sent = batch === 1 ? this.#sender.sendOne(events[0], dueAt) : this.#sender.sendBatch(events, dueAt)
      pending.push(
        sent.then((answer) => {
          answers.push(answer)
          for (const { event, version } of answer.versions) phones.answered(event.userId, event.eventId, version)
        }),
      )
    }
    let asked = 0
    for (let requests = 0; requests * batch < rate * seconds; ) {
      const elapsed = performance.now() - began
      while (requests * batch < Math.min(seconds * rate, (elapsed / 1000) * rate)) {
        send(began + ((requests * batch) / rate) * 1000)
        requests++
      }
      if (asksReady && elapsed > asked * 100) {
        asked++
        pending.push(
          this.#sender.get(this.#readyUrl).then(({ status }) => {
            if (status !== 200) notReady++
          }),
        )
      }
      await wait(2)
    }
    const lastAt = performance.now() - began
    const during = phones.figures().slatesAt.filter((at) => at <= lastAt).length
    await Promise.all(pending)
    await this.#quiet()
    const { slatesAt, latencies, unanswered, fallen } = phones.figures()
    const acknowledged = answers.map(({ ms }) => ms)
    return {
      sent: drawn,
      recorded: answers.reduce((sum, { recorded }) => sum + recorded, 0),
      refused: answers.reduce((sum, { recorded, versions }) => sum + versions.length - recorded, 0),
      slatesPerSecond: during / (lastAt / 1000),
      ...{ unanswered, fallen, notReady },
      slateMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
      acknowledgedMs: { p50: quantile(acknowledged, 0.5), p99: quantile(acknowledged, 0.99) },
      recoveredMs: Math.max(0, (slatesAt.at(-1) ?? 0) - lastAt),
    }
  }

  #draw(isFollowed: boolean): SentEvent {
    const n = this.#next++
    return this.#sender.draw(isFollowed ? followedUser((n * 7919) % this.#users) : `other-${(n * 7919) % OTHERS}`)
  }

  async #burst(users: number): Promise<BurstFigures> {
    this.#phones.begin()
    const began = performance.now()
    const events = Array.from({ length: users }, (_, n) => this.#sender.draw(followedUser(n)))
    for (const { userId, eventId } of events) this.#phones.sent(userId, eventId, began)
    let isOver = false
    const beside: number[] = []
    const probes = (async () => {
      while (!isOver) {
        beside.push((await this.#sender.sendOne(this.#draw(false), performance.now())).ms)
        await wait(5)
      }
    })()
    const { versions } = await this.#sender.sendBatch(events, began)
    for (const { event, version } of versions) this.#phones.answered(event.userId, event.eventId, version)
    await this.#until(() => this.#phones.figures().unanswered === 0)
    isOver = true
    await probes
    const { slatesAt } = this.#phones.figures()
    return {
      slates: slatesAt.length,
      firstMs: Math.min(...slatesAt),
      p50Ms: quantile(slatesAt, 0.5),
      lastMs: Math.max(...slatesAt),
      besideMs: quantile(beside, 0.99),
    }
  }

  /** Waits until each phone has a slate that no event caused. */
  async #refreshed(): Promise<RefreshFigures> {
    const phones = this.#phones
    phones.begin()
    const began = performance.timeOrigin + performance.now()
    await this.#until(() => phones.figures().othersAt.length >= this.#users, RESTART_PATIENCE_MS)
    const { othersAt } = phones.figures()
    const at = (share: number) => began + quantile(othersAt, share)
    return { slates: othersAt.length, firstAt: at(0), middleAt: at(0.5), lastAt: at(1) }
  }

  async #oneUser(devices: number, events: number): Promise<OneUserFigures> {
    const phones = this.#phones
    const userId = `shared-${this.#next++}`
    await phones.openAll(Array.from({ length: devices }, () => userId))
    const before = phones.leastVersion(userId)
    phones.begin()
    const began = performance.now()
    const pending: Promise<unknown>[] = []
    for (let sent = 0; sent < events; ) {
      const due = events === 1 ? 1 : Math.min(events, ((performance.now() - began) / 1000) * events)
      for (; sent < due; sent++) pending.push(this.#sender.sendOne(this.#sender.draw(userId), performance.now()))
      await wait(2)
    }
    await Promise.all(pending)
    const lastAt = performance.now()
    const have = await this.#until(() => phones.leastVersion(userId) >= before + events)
    const allHaveItMs = have ? performance.now() - lastAt : Number.POSITIVE_INFINITY
    await this.#quiet()
    return { devices, allHaveItMs, slatesOfADevice: phones.figures().slates / devices }
  }

  /** Waits until no slate has come for a while: a short one if all events are answered. */
  async #quiet(): Promise<void> {
    const began = performance.now()
    while (performance.now() < began + PATIENCE_MS) {
      const { slates, unanswered } = this.#phones.figures()
      await wait(unanswered === 0 ? ANSWERED_MS : QUIET_MS)
      if (this.#phones.figures().slates === slates) return
    }
  }

  async #until(isTrue: () => boolean, patienceMs = PATIENCE_MS): Promise<boolean> {
    const began = performance.now()
    while (!isTrue()) {
      if (performance.now() > began + patienceMs) return false
      await wait(2)
    }
    return true
  }
}

/** The program of the process that makes the load, so that its processor time is not that of the service. */
const load = new LiveLoad(process.argv[2])
process.on('message', ({ id, call }: { id: number; call: LoadCall }) => {
  load.answer(call).then(
    (result) => process.send!({ id, result }),
    (error: unknown) => process.send!({ id, error: String(error) }),
  )
})
