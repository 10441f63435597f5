import * as fc from 'fast-check'
import type { EventInput } from '../../src/events/event-input.ts'
import type { ItemInput } from '../../src/events/uploads.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/state/decay.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import type { OpenedService } from './service.ts'

export const USERS = ['ann', 'bob', 'ça va?']
const ITEMS = ['i1', 'i2', 'i3', 'i4', 'i5', 'an item 🎩']

/** An event as it is sent, with its time as ms before the moment of sending: negative is in the future. */
export interface RandomEvent {
  readonly input: Omit<EventInput, 'timestamp'>
  readonly age: number | undefined
}

/** What a shop does, one thing after the other. */
export type Step =
  | { readonly kind: 'record'; readonly events: readonly RandomEvent[] }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'items'; readonly items: readonly ItemInput[] }
  | { readonly kind: 'delete'; readonly itemId: string }
  | { readonly kind: 'user'; readonly userId: string; readonly attributes: JsonObject }
  | { readonly kind: 'list'; readonly userId: string; readonly itemIds: readonly string[] }
  | { readonly kind: 'slate'; readonly recommendationId: string; readonly userId: string; readonly items: readonly string[] }

const user = fc.constantFrom(...USERS)
const item = fc.constantFrom(...ITEMS)
const slateId = fc.constantFrom('00-a', '01-b', '02-c')
/** Mostly now; some late, some out of order, some further ahead than is accepted. */
const age = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 2 * HOUR }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 7 * DAY }) },
  { weight: 1, arbitrary: fc.integer({ min: 7 * DAY + 1, max: 30 * DAY }) },
  { weight: 1, arbitrary: fc.integer({ min: -5 * MINUTE, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -HOUR, max: -5 * MINUTE - SECOND }) },
)
const eventType = fc.constantFrom(
  ...['view', 'view', 'click', 'impression', 'impression', 'add_to_cart', 'remove_from_cart', 'purchase'],
  ...['like', 'bookmark', 'search', 'a type of one’s own'],
)
const attributes = fc.record(
  {
    surface: fc.constantFrom('home', 'cart'),
    position: fc.integer({ min: 0, max: 4 }),
    device: fc.constantFrom('ios', 'fridge'),
  },
  { requiredKeys: [] },
)
const event: fc.Arbitrary<RandomEvent> = fc.record({
  input: fc
    .record(
      {
        eventId: fc.integer({ min: 0, max: 60 }).map((n) => `e${n}`),
        userId: user,
        itemId: item,
        eventType,
        eventAttributes: attributes,
        sessionId: fc.constantFrom('s1', 's2', 's3', 's4'),
        recommendationId: slateId,
        positions: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }),
      },
      { requiredKeys: ['userId', 'eventType'] },
    )
    // An impression names either its slate and positions or its item.
    .map(({ positions, ...rest }) => {
      if (rest.recommendationId === undefined || rest.eventType !== 'impression' || positions === undefined) return rest
      const { itemId: _, ...ofSlate } = rest
      return { ...ofSlate, positions }
    }),
  age,
})

const itemInput: fc.Arbitrary<ItemInput> = fc.record({
  itemId: item,
  attributes: fc.record(
    {
      category: fc.oneof(fc.constantFrom('shoes', 'hats'), fc.constant(['shoes', 'hats']), fc.constant(null)),
      brand: fc.constantFrom('acme', 'été'),
      price: fc.oneof(fc.double({ min: 0.5, max: 500, noNaN: true }), fc.constant('unknown')),
      note: fc.string(),
    },
    { requiredKeys: [] },
  ),
  available: fc.constantFrom(true, false, null),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('record' as const), events: fc.array(event, { minLength: 1, maxLength: 8 }) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: HOUR / 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: DAY, max: 40 * DAY }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('items' as const), items: fc.array(itemInput, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), itemId: item }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('user' as const),
      userId: user,
      attributes: fc.record({ segment: fc.constantFrom('vip', null), age: fc.integer() }, { requiredKeys: [] }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('list' as const), userId: user, itemIds: fc.array(item, { maxLength: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('slate' as const),
      recommendationId: slateId,
      userId: user,
      items: fc.array(item, { maxLength: 4 }),
    }),
  },
)

export const history: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 1, maxLength: 25 })

/** What the service said to the steps: status, version and field of each event, and how many rows of uploads it took. */
export type Answer =
  | { status: string; userId: string; version: number | undefined; field: string | undefined }
  | { accepted: number }

/**
 * Does the steps, each when the one before is in the shared sums. Ids of events and slates are not used again after a wait of a
 * day or more: Redis forgets them by its own clock, which a test cannot move.
 */
export async function play(service: OpenedService, steps: readonly Step[]): Promise<Answer[]> {
  const { ingest, uploads, store, clock } = service
  const answers: Answer[] = []
  let stretch = 0
  const current = (id: string | null | undefined) => (typeof id === 'string' ? `${id}.${stretch}` : undefined)
  for (const step of steps) {
    switch (step.kind) {
      case 'record': {
        const inputs = step.events.map(({ input, age }) => ({
          ...input,
          eventId: current(input.eventId),
          recommendationId: current(input.recommendationId),
          ...(age !== undefined && { timestamp: clock.now() - age }),
        }))
        const outcomes = await ingest.record(inputs)
        outcomes.forEach((outcome, i) => {
          answers.push({
            status: outcome.status,
            userId: inputs[i].userId,
            version: 'userVersion' in outcome ? outcome.userVersion : undefined,
            field: 'error' in outcome && 'field' in outcome.error ? outcome.error.field : undefined,
          })
        })
        await store.settle()
        break
      }
      case 'wait':
        clock.advance(step.ms)
        if (step.ms >= DAY) stretch++
        break
      case 'items':
        answers.push({ accepted: (await uploads.upsertItems(step.items)).accepted })
        break
      case 'delete':
        answers.push({ accepted: (await uploads.deleteItems([step.itemId])).accepted })
        break
      case 'user':
        answers.push({ accepted: (await uploads.upsertUsers([step])).accepted })
        break
      case 'list': {
        const items = step.itemIds.map((itemId, i) => ({ itemId, score: 1 / (i + 1) }))
        answers.push({ accepted: (await uploads.uploadOfflineRecommendations([{ userId: step.userId, items }])).accepted })
        break
      }
      case 'slate': {
        const { userId } = step
        const recommendationId = `${step.recommendationId}.${stretch}`
        const slate = { userId, surface: 'home', items: step.items.map((itemId) => ({ itemId })) }
        await store.putSlate({ kind: 'slate', recommendationId, userId, at: clock.wall(), slate })
      }
    }
  }
  return answers
}
