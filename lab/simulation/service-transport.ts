import { UnavailableError } from '../../src/errors.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import type { Service } from '../../src/service/service.ts'
import type { AnsweredSlate } from '../client/answers.ts'
import type { SimulatedEvent } from './simulated-event.ts'
import { type SlateRequest, toServiceRequest } from './slate-request.ts'
import { expectAccepted, type RecordOutcome, type SessionChannel, type Transport } from './transport.ts'

/** Lets simulated shoppers use a service of this process, without a network. */
export class ServiceTransport implements Transport {
  readonly #service: Pick<Service, 'uploads' | 'ingest' | 'recommender'>

  constructor(service: Pick<Service, 'uploads' | 'ingest' | 'recommender'>) {
    this.#service = service
  }

  async upsertItems(items: Parameters<Transport['upsertItems']>[0]): Promise<void> {
    expectAccepted('an item', items.length, await this.#service.uploads.upsertItems(items))
  }

  async upsertUsers(users: Parameters<Transport['upsertUsers']>[0]): Promise<void> {
    expectAccepted('a user', users.length, await this.#service.uploads.upsertUsers(users))
  }

  openSession(): SessionChannel {
    return {
      ask: (request) => this.#ask(request),
      record: (events) => this.#record(events),
      close: async () => {},
    }
  }

  async close(): Promise<void> {}

  async #ask(request: SlateRequest): Promise<AnsweredSlate> {
    const { recommendationId, fallback, items } = await this.#service.recommender.recommend(toServiceRequest(request), 'INITIAL')
    return { recommendationId, fallback, itemIds: items.map(({ itemId }) => itemId) }
  }

  async #record(events: readonly SimulatedEvent[]): Promise<RecordOutcome> {
    const outcomes = await this.#service.ingest.record(events as readonly EventInput[])
    if (outcomes.some(({ status }) => status === 'UNAVAILABLE'))
      throw new UnavailableError('The store could not record an event.')
    const withStatus = (wanted: string) => outcomes.filter(({ status }) => status === wanted).length
    const [recorded, duplicates] = [withStatus('RECORDED'), withStatus('DUPLICATE')]
    const rejected = outcomes.filter(({ status }) => status !== 'RECORDED' && status !== 'DUPLICATE').map(({ status }) => status)
    return { recorded, duplicates, rejected, unavailable: [] }
  }
}
