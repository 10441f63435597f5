import type { z } from 'zod'
import { LiverankError, UnavailableError } from '../../src/errors.ts'
import {
  RECOMMENDATIONS,
  RECORD_EVENT,
  RECORD_EVENTS,
  readAnswer,
  recordEventAnswer,
  recordEventsAnswer,
  slateAnswer,
  toSlate,
  UPSERT_ITEMS,
  UPSERT_USERS,
  upsertItemsAnswer,
  upsertUsersAnswer,
} from '../client/answers.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import { toRecommendationsInput } from './slate-request.ts'
import { expectAccepted, type RecordOutcome, type Transport } from './transport.ts'

export type HttpTransportOptions = {
  /** Address of the GraphQL endpoint, such as http://127.0.0.1:4000/graphql. */
  url: string
  /** Sent with each request, such as authorization. */
  headers?: Record<string, string>
}

/** A `RecordOutcome` with the highest version of the user in the answers; 0 if no answer had one. */
export type VersionedOutcome = RecordOutcome & { version: number }

/** Calls a service over HTTP: a query for each slate, a mutation for each event or batch of events. */
export class HttpTransport implements Transport {
  readonly #url: string
  readonly #headers: Record<string, string>

  constructor({ url, headers = {} }: HttpTransportOptions) {
    this.#url = url
    this.#headers = headers
  }

  async upsertItems(items: Parameters<Transport['upsertItems']>[0]): Promise<void> {
    const { upsertItems } = await this.#call(upsertItemsAnswer, UPSERT_ITEMS, items)
    expectAccepted('an item', items.length, upsertItems)
  }

  async upsertUsers(users: Parameters<Transport['upsertUsers']>[0]): Promise<void> {
    const { upsertUsers } = await this.#call(upsertUsersAnswer, UPSERT_USERS, users)
    expectAccepted('a user', users.length, upsertUsers)
  }

  openSession(): ReturnType<Transport['openSession']> {
    return {
      ask: async (request) => {
        const { recommendations } = await this.#call(slateAnswer, RECOMMENDATIONS, toRecommendationsInput(request))
        return toSlate(recommendations)
      },
      record: (events) => this.record(events),
      close: async () => {},
    }
  }

  /** Records one event by `recordEvent`, and several by `recordEvents`: both are part of the contract. */
  async record(events: readonly SimulatedEvent[]): Promise<VersionedOutcome> {
    const [event] = events
    if (event === undefined) return { recorded: 0, duplicates: 0, rejected: [], unavailable: [], version: 0 }
    if (events.length > 1) return this.#recordMany(events)
    const { recordEvent } = await this.#call(recordEventAnswer, RECORD_EVENT, event)
    if (recordEvent.__typename === 'InvalidInputError') {
      return { recorded: 0, duplicates: 0, rejected: [recordEvent.message], unavailable: [], version: 0 }
    }
    const { duplicate, userVersion } = recordEvent
    return { recorded: duplicate ? 0 : 1, duplicates: duplicate ? 1 : 0, rejected: [], unavailable: [], version: userVersion }
  }

  async close(): Promise<void> {}

  async #recordMany(events: readonly SimulatedEvent[]): Promise<VersionedOutcome> {
    const { recordEvents } = await this.#call(recordEventsAnswer, RECORD_EVENTS, events)
    const { results, recorded, duplicates } = recordEvents
    if (results.length !== events.length || results.some(({ index }, place) => index !== place)) {
      throw new LiverankError('UNUSABLE_DATA', 'The server did not answer for each event in the order given.')
    }
    return {
      recorded,
      duplicates,
      rejected: results.flatMap(({ status, error }) =>
        status === 'REJECTED' || status === 'DISCARDED' ? [error?.message ?? status] : [],
      ),
      unavailable: events.filter((_, index) => results[index]?.status === 'UNAVAILABLE'),
      version: Math.max(0, ...results.map(({ userVersion }) => userVersion ?? 0)),
    }
  }

  async #call<T>(schema: z.ZodType<T>, query: string, input: unknown): Promise<T> {
    let response: Response
    let body: string
    try {
      response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          ...this.#headers,
        },
        body: JSON.stringify({ query, variables: { input } }),
      })
      body = await response.text()
    } catch (error) {
      throw new UnavailableError('The server cannot be reached.', { cause: error })
    }
    let answer: unknown
    try {
      answer = JSON.parse(body)
    } catch {
      const message = `The server answered with status ${response.status}, but not with JSON.`
      throw response.status >= 500 ? new UnavailableError(message) : new LiverankError('UNUSABLE_DATA', message)
    }
    return readAnswer(schema, answer)
  }
}
