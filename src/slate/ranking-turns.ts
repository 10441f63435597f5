/** Urgencies of slates, the most urgent first. */
export const URGENCIES = ['interactive', 'push', 'refresh'] as const

/**
 * The urgency of a slate. `interactive`: a caller waits for it. `push`: the first slate of a stream, or one in response to an
 * event. `refresh`: a slate of a stream for any other reason, such as new rules or a store that is available again.
 */
export type Urgency = (typeof URGENCIES)[number]

/** Slates that are made at the same time, by store. Those on Redis ask it together, which saves CPU time. With more, answers to events wait longer. */
export const CONCURRENT_RANKINGS = { embedded: 8, redis: 16 } as const

/** Shares of the turns while slates of each urgency wait: none of them is starved by the others. */
const WEIGHTS: Readonly<Record<Urgency, number>> = { interactive: 16, push: 4, refresh: 1 }

/** What a caller says who wants to make a slate: for whom, and how urgently. */
export interface TurnRequest {
  /** Users take turns, however many slates one of them waits for. */
  readonly userId: string
  readonly urgency: Urgency
  /** Slates of one user that are made together, because one ranking serves them all. Undefined: it is made alone. */
  readonly together?: string | undefined
}

/** A place in the queue, or the turn itself. */
export interface Turn {
  /** Resolves when the slate may be made: true, or false after `end` was called before. */
  readonly granted: Promise<boolean>
  /** Moves it among more urgent ones, if it still waits. */
  hasten(urgency: Urgency): void
  /** Gives the turn, or the place, to others. Call it once the slate is made or not wanted any more. */
  end(): void
}

interface Waiting extends TurnRequest {
  urgency: Urgency
  readonly since: number
  readonly grant: (isGranted: boolean) => void
}

/** Slates of one urgency that wait, by user, in the order in which users have their turns. */
interface Queue {
  readonly users: Map<string, Waiting[]>
  waiting: number
  /** Turns that were taken, over the weight: the queue with the least is next (stride scheduling, Waldspurger and Weihl 1995). */
  pass: number
}

/** Figures of the turns since the process started. */
export interface TurnFigures {
  /** Slates that wait now. */
  readonly waiting: Readonly<Record<Urgency, number>>
  /** Slates that are made now. */
  readonly running: number
  /** Turns that were given. */
  readonly granted: Readonly<Record<Urgency, number>>
  /** Slates that shared the turn of another one. */
  readonly shared: number
  /** Slates that were no longer wanted when their turn came. */
  readonly given: number
}

export interface RankingTurnsOptions {
  /** Turns at the same time, at least 1. */
  readonly concurrency: number
  /** ms of monotonic time. */
  readonly now: () => number
  /** Calls back when what has arrived from the network was handled; setImmediate if absent. */
  readonly defer?: (callback: () => void) => void
  /** Called with the time that a slate waited for its turn, in ms. */
  readonly onGranted?: (urgency: Urgency, waitedMs: number) => void
}

/**
 * Gives turns to all that make slates in this process, so that a crowd of streams neither runs at once nor holds up those who wait for
 * an answer. A turn begins at once if one is free. Otherwise it begins after the event loop has looked at the network, together with
 * all others that are free: slates that begin together ask Redis together. However many slates wait, an event waits for no more than
 * the turns that are taken. Within an urgency users take turns.
 */
export class RankingTurns {
  readonly #options: RankingTurnsOptions
  readonly #defer: (callback: () => void) => void
  readonly #queues: Readonly<Record<Urgency, Queue>> = { interactive: newQueue(), push: newQueue(), refresh: newQueue() }
  readonly #granted = { interactive: 0, push: 0, refresh: 0 }
  #shared = 0
  #given = 0
  #running = 0
  #isDeferred = false
  /** Pass of the last turn: a queue that was empty begins here, not with what it did not use. */
  #pass = 0

  constructor(options: RankingTurnsOptions) {
    this.#options = options
    this.#defer = options.defer ?? ((callback) => void setImmediate(callback))
  }

  get figures(): TurnFigures {
    const { interactive, push, refresh } = this.#queues
    return {
      waiting: { interactive: interactive.waiting, push: push.waiting, refresh: refresh.waiting },
      running: this.#running,
      granted: { ...this.#granted },
      shared: this.#shared,
      given: this.#given,
    }
  }

  /**
   * Makes a slate when it is its turn.
   * @param withdrawn aborted when nobody wants the slate any more
   * @returns the slate; undefined if it was withdrawn before its turn
   */
  async run<T>(request: TurnRequest, withdrawn: AbortSignal, make: () => Promise<T>): Promise<T | undefined> {
    if (withdrawn.aborted) return undefined
    const turn = this.take(request)
    const leave = () => turn.end()
    withdrawn.addEventListener('abort', leave)
    try {
      const isGranted = await turn.granted
      withdrawn.removeEventListener('abort', leave)
      return isGranted && !withdrawn.aborted ? await make() : undefined
    } finally {
      turn.end()
    }
  }

  /** Takes a place in the queue. */
  take(request: TurnRequest): Turn {
    let grant!: (isGranted: boolean) => void
    const granted = new Promise<boolean>((resolve) => {
      grant = resolve
    })
    let state: 'waiting' | 'running' | 'over' = 'waiting'
    const waiting: Waiting = {
      ...request,
      since: this.#options.now(),
      grant: (isGranted) => {
        state = isGranted ? 'running' : 'over'
        grant(isGranted)
      },
    }
    if (this.#isFree && !this.#isWaitedFor) this.#begin(waiting.urgency, [waiting])
    else this.#enter(waiting)
    return {
      granted,
      hasten: (urgency) => {
        if (state !== 'waiting' || WEIGHTS[urgency] <= WEIGHTS[waiting.urgency]) return
        this.#leave(waiting)
        waiting.urgency = urgency
        this.#enter(waiting)
      },
      end: () => {
        if (state === 'waiting') {
          this.#leave(waiting)
          this.#given++
          waiting.grant(false)
        } else if (state === 'running') {
          state = 'over'
          this.#running--
          this.#next()
        }
      },
    }
  }

  get #isFree(): boolean {
    return this.#running < this.#options.concurrency
  }

  get #isWaitedFor(): boolean {
    return URGENCIES.some((urgency) => this.#queues[urgency].waiting > 0)
  }

  #enter(waiting: Waiting): void {
    const queue = this.#queues[waiting.urgency]
    if (queue.waiting === 0) queue.pass = Math.max(queue.pass, this.#pass)
    queue.waiting++
    const ofUser = queue.users.get(waiting.userId)
    if (ofUser) ofUser.push(waiting)
    else queue.users.set(waiting.userId, [waiting])
    this.#next()
  }

  #leave(waiting: Waiting): void {
    const queue = this.#queues[waiting.urgency]
    const ofUser = queue.users.get(waiting.userId)!
    ofUser.splice(ofUser.indexOf(waiting), 1)
    queue.waiting--
    if (ofUser.length === 0) queue.users.delete(waiting.userId)
  }

  #next(): void {
    if (this.#isDeferred || !this.#isFree || !this.#isWaitedFor) return
    this.#isDeferred = true
    this.#defer(() => {
      this.#isDeferred = false
      while (this.#isFree && this.#grant());
    })
  }

  /** @returns whether a slate waited that its turn was given to */
  #grant(): boolean {
    let chosen: Urgency | undefined
    for (const urgency of URGENCIES) {
      const { waiting, pass } = this.#queues[urgency]
      if (waiting > 0 && (chosen === undefined || pass < this.#queues[chosen].pass)) chosen = urgency
    }
    // The last one may have left meanwhile.
    if (chosen === undefined) return false
    const queue = this.#queues[chosen]
    this.#pass = queue.pass
    queue.pass += 1 / WEIGHTS[chosen]
    const [[userId, ofUser]] = queue.users
    const [{ together }] = ofUser
    const first = (waiting: Waiting, at: number) => at === 0 || (together !== undefined && waiting.together === together)
    const now = ofUser.filter(first)
    const later = ofUser.filter((waiting, at) => !first(waiting, at))
    queue.users.delete(userId)
    // Behind all others.
    if (later.length > 0) queue.users.set(userId, later)
    queue.waiting -= now.length
    this.#begin(chosen, now)
    return true
  }

  #begin(urgency: Urgency, together: readonly Waiting[]): void {
    this.#granted[urgency] += together.length
    this.#shared += together.length - 1
    this.#running += together.length
    const at = this.#options.now()
    for (const waiting of together) {
      this.#options.onGranted?.(urgency, at - waiting.since)
      waiting.grant(true)
    }
  }
}

function newQueue(): Queue {
  return { users: new Map(), waiting: 0, pass: 0 }
}
