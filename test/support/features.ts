import { expect } from 'vitest'
import type { FeatureShare } from '../../src/accumulators/accumulator.ts'
import { featureMatrix } from '../../src/accumulators/accumulator-set.ts'
import type { FeatureInput, SourceStanding } from '../../src/accumulators/feature-input.ts'
import { findSession } from '../../src/accumulators/session.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { readFeatureInput, readKnownUser } from '../../src/slate/read-feature-input.ts'
import type { CountedValues } from '../../src/state/log-entry.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { type OpenedService, openOn, type ServiceOptions } from './service.ts'

export interface Question {
  readonly userId?: string
  readonly itemIds?: readonly string[]
  readonly sessionId?: string
  readonly surface?: string
  /** Declared attributes of the context of the request. */
  readonly context?: CountedValues
  readonly sources?: ReadonlyMap<string, SourceStanding>
}

/** What is on record when features are read for this user and these items now. */
export async function featureInput(service: OpenedService, question: Question = {}): Promise<FeatureInput> {
  const { domain, store, accumulators, catalogue } = service
  const { userId = 'ann', itemIds = ['i1'], sessionId, surface, context, sources } = question
  const now = service.time()
  await store.settle()
  const { user } = await readKnownUser(service, userId, now)
  const session = findSession(user, sessionId, now, domain.expiry.session)
  const request = { now, user, session, itemIds, context, ...(surface !== undefined && { surface }), ...(sources && { sources }) }
  return readFeatureInput(request, store, accumulators, domain, catalogue)
}

/** A shop on the embedded store, as the tests of accumulators use it: what happened, then what features say. */
export class Shop {
  readonly service: OpenedService
  #events = 0

  private constructor(service: OpenedService) {
    this.service = service
  }

  static async open(options: ServiceOptions = {}): Promise<Shop> {
    return new Shop(await openOn(undefined, { dataDir: null, ...options }))
  }

  get clock() {
    return this.service.clock
  }

  /** Events of ann, unless they say otherwise, one after the other. */
  async record(...events: (Partial<EventInput> & { eventType: string })[]): Promise<void> {
    for (const event of events) {
      const [outcome] = await this.service.ingest.record([{ eventId: `e${++this.#events}`, userId: 'ann', ...event }])
      expect(outcome.status).toBe('RECORDED')
    }
  }

  async view(...itemIds: string[]): Promise<void> {
    await this.record(...itemIds.map((itemId) => ({ eventType: 'view', itemId })))
  }

  async upsert(itemId: string, attributes: JsonObject): Promise<void> {
    expect(await this.service.uploads.upsertItems([{ itemId, attributes }])).toEqual({ accepted: 1, errors: [], warnings: [] })
  }

  /** The feature for each item of the question. */
  async features(name: string, question: Question = {}): Promise<number[]> {
    const feature = this.service.accumulators.features.get(name)
    if (!feature?.column) throw new Error(`no feature ${name}`)
    return [...featureMatrix([feature], await featureInput(this.service, question))]
  }

  /** The feature for one item, or of the user alone. */
  async feature(name: string, itemId = 'i1', question: Question = {}): Promise<number> {
    const [value] = await this.features(name, { ...question, itemIds: [itemId] })
    return value
  }

  async breakdown(name: string, question: Question = {}): Promise<FeatureShare[]> {
    const feature = this.service.accumulators.features.get(name)
    if (!feature?.breakdown) throw new Error(`no breakdown ${name}`)
    return feature.breakdown(await featureInput(this.service, question))
  }
}
