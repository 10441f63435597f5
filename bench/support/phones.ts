import { WebSocket } from 'ws'
import { AwaitedSlates } from './awaited-slates.ts'

const SUBSCRIPTION = `subscription Live($input: RecommendationsInput!, $minIntervalMs: Int!) {
  recommendations(input: $input, minIntervalMs: $minIntervalMs) {
    recommendationId version trigger
    items { position item { itemId attributes(names: ["title", "price"]) } }
  }
}`

interface Pushed {
  readonly version: number
  readonly trigger: string
}

/** One phone: a WebSocket with one subscription of its user. */
interface Phone {
  readonly socket: WebSocket
  readonly userId: string
  version: number
}

/** What came to the phones since `begin`. */
export interface PhoneFigures {
  /** Slates that answered an event. */
  readonly slates: number
  /** ms from sending an event until a slate that knows it came, one for each event that was answered. */
  readonly latencies: readonly number[]
  /** ms since `begin` of each slate that answered an event. */
  readonly slatesAt: readonly number[]
  /** Events that no slate has answered. */
  readonly unanswered: number
  /** ms since `begin` of each slate for another reason. */
  readonly othersAt: readonly number[]
  /** Slates whose version was below that of the slate before. */
  readonly fallen: number
}

/** Phones that follow slates. Times are those of `performance.now`. */
export class Phones {
  readonly #url: string
  readonly #phones: Phone[] = []
  readonly #awaited = new AwaitedSlates()
  #began = 0
  #slatesAt: number[] = []
  #othersAt: number[] = []
  #fallen = 0
  #closed = 0

  /** @param url ws://… */
  constructor(url: string) {
    this.#url = url
  }

  get open(): number {
    return this.#phones.length - this.#closed
  }

  /** Lowest version that a phone of these users shows. */
  leastVersion(userId: string): number {
    return Math.min(...this.#phones.filter((phone) => phone.userId === userId).map(({ version }) => version))
  }

  /** Opens a phone for each user; resolves when each has its first slate. */
  async openAll(userIds: readonly string[], minIntervalMs = 100): Promise<void> {
    for (let start = 0; start < userIds.length; start += 50)
      await Promise.all(userIds.slice(start, start + 50).map((userId) => this.#open(userId, minIntervalMs)))
  }

  begin(): void {
    this.#began = performance.now()
    this.#slatesAt = []
    this.#othersAt = []
    this.#fallen = 0
    this.#awaited.clear()
  }

  /** Notes an event that is sent now, or was due at `sentAt`. */
  sent(userId: string, eventId: string, sentAt: number): void {
    this.#awaited.sent(userId, eventId, sentAt)
  }

  /** Notes the version that the service gave to an event; undefined if it was refused. */
  answered(userId: string, eventId: string, version: number | undefined): void {
    this.#awaited.answered(userId, eventId, version)
  }

  figures(): PhoneFigures {
    const { latencies, unanswered } = this.#awaited
    const slatesAt = this.#slatesAt
    return { slates: slatesAt.length, latencies, slatesAt, unanswered, othersAt: this.#othersAt, fallen: this.#fallen }
  }

  close(): void {
    for (const { socket } of this.#phones.splice(0)) socket.terminate()
    this.#closed = 0
  }

  #open(userId: string, minIntervalMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#url, 'graphql-transport-ws', { perMessageDeflate: false })
      const phone: Phone = { socket, userId, version: 0 }
      socket.on('open', () => socket.send('{"type":"connection_init"}'))
      socket.on('error', reject)
      socket.on('close', () => {
        this.#closed++
      })
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { type: string; payload?: { data?: { recommendations: Pushed } } }
        if (message.type === 'connection_ack') {
          const variables = { input: { userId, surface: 'home', first: 10 }, minIntervalMs }
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, variables } }))
        } else if (message.type === 'ping') socket.send('{"type":"pong"}')
        else if (message.type === 'next' && message.payload?.data) {
          this.#arrived(phone, message.payload.data.recommendations)
          resolve()
        } else reject(new Error(`A subscription was answered with ${data.toString().slice(0, 300)}`))
      })
      this.#phones.push(phone)
    })
  }

  #arrived(phone: Phone, { version, trigger }: Pushed): void {
    const now = performance.now()
    if (version < phone.version) this.#fallen++
    phone.version = version
    this.#awaited.arrived(phone.userId, version, now)
    if (trigger === 'EVENT') this.#slatesAt.push(now - this.#began)
    else this.#othersAt.push(now - this.#began)
  }
}
