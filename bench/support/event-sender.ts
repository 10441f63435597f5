import { Agent, request } from 'node:http'
import { RECORD_EVENTS } from '../../lab/client/answers.ts'
import { popularItem } from './shop-items.ts'

const RECORD =
  'mutation ($input: RecordEventInput!) { recordEvent(input: $input) { __typename ... on RecordEventPayload { userVersion } ... on Error { code } } }'

export interface SentEvent {
  readonly userId: string
  readonly eventId: string
}

/** How a request was answered. One whose connection broke counts as refused. */
export interface Acknowledged {
  readonly ms: number
  readonly recorded: number
  /** Of each event: the version of its user with it; undefined if it was refused. */
  readonly versions: readonly { readonly event: SentEvent; readonly version: number | undefined }[]
}

/** Sends events over HTTP, on connections that are kept. */
export class EventSender {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 512 })
  #made = 0

  /** @param url http://… */
  constructor(url: string) {
    this.#url = url
  }

  /** Draws an event of a user. */
  draw(userId: string): SentEvent {
    return { userId, eventId: `live-${process.pid}-${this.#made++}` }
  }

  /** Sends one event as a phone does. @param dueAt when it was to be sent, by `performance.now` */
  async sendOne(event: SentEvent, dueAt: number): Promise<Acknowledged> {
    const answer = await this.#post(RECORD, inputOf(event))
    const ms = performance.now() - dueAt
    const { data } = JSON.parse(answer) as { data?: { recordEvent?: { userVersion?: number } } }
    return acknowledged(ms, [event], [data?.recordEvent?.userVersion])
  }

  /** Sends a batch as a server does. */
  async sendBatch(events: readonly SentEvent[], dueAt: number): Promise<Acknowledged> {
    const answer = await this.#post(RECORD_EVENTS, events.map(inputOf))
    const ms = performance.now() - dueAt
    const { data } = JSON.parse(answer) as {
      data?: { recordEvents: { results: { status: string; userVersion: number }[] } | null }
    }
    const results = data?.recordEvents?.results ?? []
    const versions = events.map((_, i) => (results[i]?.status === 'RECORDED' ? results[i].userVersion : undefined))
    return acknowledged(ms, events, versions)
  }

  /** Asks for a path. @returns the status, 0 if the connection broke, and the ms that it took */
  get(url: string): Promise<{ readonly status: number; readonly ms: number }> {
    const began = performance.now()
    return new Promise((resolve) => {
      const call = request(url, { agent: this.#agent }, (response) => {
        response.resume()
        response.on('end', () => resolve({ status: response.statusCode!, ms: performance.now() - began }))
      })
      call.on('error', () => resolve({ status: 0, ms: performance.now() - began })).end()
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #post(query: string, input: unknown): Promise<string> {
    const body = JSON.stringify({ query, variables: { input } })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    return new Promise((resolve) => {
      const call = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let answer = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          answer += part
        })
        response.on('end', () => resolve(answer))
      })
      call.on('error', () => resolve('{}')).end(body)
    })
  }
}

function acknowledged(ms: number, events: readonly SentEvent[], of: readonly (number | undefined)[]): Acknowledged {
  const versions = events.map((event, i) => ({ event, version: of[i] }))
  return { ms, recorded: versions.filter(({ version }) => version !== undefined).length, versions }
}

let drawn = 0

function inputOf({ userId, eventId }: SentEvent) {
  const n = drawn++
  const itemId = popularItem(n)
  return { userId, eventId, itemId, eventType: n % 12 === 0 ? 'add_to_cart' : 'view', sessionId: `s-${userId}` }
}
