import * as fc from 'fast-check'
import { InvalidInputError } from '../../src/errors.ts'
import type { People } from '../../src/events/people.ts'
import type { ItemInput } from '../../src/events/uploads.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { partitionOf } from '../../src/state/partition.ts'
import type { JsonObject } from '../../src/state/user-value.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/time-units.ts'
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
  | { readonly kind: 'optOut'; readonly userId: string; readonly optOut: boolean }
  | { readonly kind: 'merge'; readonly from: string; readonly into: string }
  | { readonly kind: 'erase'; readonly userId: string }
  | { readonly kind: 'list'; readonly userId: string; readonly itemIds: readonly string[] }
  | {
      readonly kind: 'slate'
      readonly recommendationId: string
      readonly userId: string
      readonly items: readonly string[]
      readonly explored: number | undefined
    }

const user = fc.constantFrom(...USERS)
const item = fc.constantFrom(...ITEMS)
/** A slate of a user: as the service's own, its id begins with the user's partition, of the four that a test has. */
const slate = fc.record({ userId: user, which: fc.constantFrom('a', 'b') }).map(({ userId, which }) => ({
  userId,
  recommendationId: `${partitionOf(userId, 4).toString(16).padStart(2, '0')}-${which}${USERS.indexOf(userId)}`,
}))
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
    // Of a domain that declares attributes; what any other does with them is up to it.
    rating: fc.oneof(fc.double({ min: 1, max: 5, noNaN: true }), fc.constant('five')),
    gift: fc.constantFrom(true, false, 1),
    platform: fc.oneof(fc.integer({ min: 0, max: 40 }).map(String), fc.constant(['ios', 'web']), fc.constant('ios')),
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
        recommendationId: slate.map(({ recommendationId }) => recommendationId),
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
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('user' as const),
      userId: user,
      attributes: fc.record(
        {
          segment: fc.constantFrom('vip', null),
          age: fc.integer(),
          city: fc.constantFrom('Graz', ['Graz', 'Linz', 7], 7, null),
          member: fc.constantFrom(true, false, 'yes'),
          birth_year: fc.integer(),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('optOut' as const), userId: user, optOut: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('merge' as const), from: user, into: user }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), userId: user }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('list' as const), userId: user, itemIds: fc.array(item, { maxLength: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        slate,
        items: fc.array(item, { maxLength: 4 }),
        // Which of few draws filled the slot of its first item.
        explored: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      })
      .map(({ slate, ...rest }) => ({ kind: 'slate' as const, ...slate, ...rest })),
  },
)

export const history: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 1, maxLength: 25 })

/** What the service said to the steps: status, version and field of each event, how many rows of uploads it took, and the like. */
export type Answer =
  | { status: string; userId: string; version: number | undefined; field: string | undefined }
  | { accepted: number }
  | { owner: string; merged: boolean }
  | { refused: string }
  | { erased: string }

/**
 * Does the steps, each when the one before is in the shared sums. Ids of events and slates are not used again after a wait of a
 * day or more: Redis forgets them by its own clock, which a test cannot move.
 */
export async function play(service: OpenedService, steps: readonly Step[]): Promise<Answer[]> {
  const { ingest, uploads, people, store, clock } = service
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
        for (const together of await inSteps(service, inputs)) {
          const outcomes = await ingest.record(together)
          outcomes.forEach((outcome, i) => {
            answers.push({
              status: outcome.status,
              userId: together[i].userId,
              version: 'userVersion' in outcome ? outcome.userVersion : undefined,
              field: outcome.status === 'REJECTED' ? outcome.error.field : undefined,
            })
          })
          await store.settle()
        }
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
      case 'optOut':
        answers.push({ accepted: (await uploads.upsertUsers([{ ...step, attributes: {} }])).accepted })
        break
      case 'merge':
        answers.push(await merge(people, step.from, step.into))
        break
      case 'erase':
        await service.erasures.erase(step.userId)
        answers.push({ erased: step.userId })
        break
      case 'list': {
        const items = step.itemIds.map((itemId, i) => ({ itemId, score: 1 / (i + 1) }))
        answers.push({ accepted: (await uploads.uploadOfflineRecommendations([{ userId: step.userId, items }])).accepted })
        break
      }
      case 'slate': {
        const { userId, explored: decision } = step
        const recommendationId = `${step.recommendationId}.${stretch}`
        const [first] = step.items
        const inputs = [0, 90, 7 * (decision ?? 0)]
        const foreseen = { best: 0.1, weight: decision === 2 ? 0 : 4 }
        const slate = {
          userId,
          surface: 'home',
          items: step.items.map((itemId) => ({ itemId })),
          ...(decision !== undefined &&
            first !== undefined && {
              explored: { itemId: first, decision, decided: clock.now(), sums: 'home#1', inputs, ...foreseen },
            }),
        }
        await store.putSlate({ kind: 'slate', recommendationId, userId, at: clock.wall(), slate })
      }
    }
  }
  return answers
}

/** What two stores must answer alike: a duplicate is told the version that holds it or a later one, and which is the store's affair. */
export function comparable(answers: readonly Answer[]): Answer[] {
  return answers.map((answer) =>
    'status' in answer && answer.status === 'DUPLICATE' ? { ...answer, version: undefined } : answer,
  )
}

/** Where two ids of a batch are one user's, how many swaps they take is a matter of time: then one id after the other. */
async function inSteps({ people }: OpenedService, inputs: readonly EventInput[]): Promise<EventInput[][]> {
  const ids = [...new Set(inputs.map(({ userId }) => userId))]
  const owners = await Promise.all(ids.map((id) => people.ownerOf(id)))
  if (new Set(owners).size === ids.length) return [[...inputs]]
  return ids.map((id) => inputs.filter(({ userId }) => userId === id))
}

async function merge(people: People, from: string, into: string): Promise<Answer> {
  try {
    const { userId, merged } = await people.merge(from, into)
    return { owner: userId, merged }
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return { refused: error.message }
  }
}
