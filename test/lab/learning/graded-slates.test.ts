import { describe, expect, it } from 'vitest'
import { type GradedSlate, GradedSlates } from '../../../lab/learning/graded-slates.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import type { LoggedEvent, LoggedSlate } from '../../../src/import/log-lines.ts'
import { DAY, HOUR, MINUTE } from '../../../src/time-units.ts'

const START = Date.UTC(2026, 0, 5)

type Sent = Partial<LoggedEvent> & { eventType: string; after: number }

function event({ after, ...sent }: Sent, number: number): LoggedEvent {
  return { eventId: `e${number}`, userId: 'ann', sessionId: 's1', timestamp: START + after, ...sent }
}

function shown(log: readonly Sent[], slates: readonly LoggedSlate[] = []) {
  const closed: GradedSlate[] = []
  const found = new GradedSlates(eCommerce, DAY, undefined, (slate) => closed.push(slate))
  log.forEach((sent, number) => {
    const logged = event(sent, number)
    found.add(
      number,
      logged,
      slates.find(({ recommendationId }) => recommendationId === logged.recommendationId),
    )
  })
  found.end()
  return { slates: closed, counts: found.counts }
}

function impression(itemId: string, slate: string, position: number, after: number): Sent {
  return { eventType: 'impression', itemId, after, eventAttributes: { slate, position, surface: 'home', device: 'phone' } }
}

const grades = ({ items }: GradedSlate) => Object.fromEntries(items.map(({ itemId, grade }) => [itemId, grade]))

const served: LoggedSlate = {
  recommendationId: '00-a',
  userId: 'ann',
  surface: 'cart',
  generatedAt: START,
  items: ['a', 'b', 'c'].map((itemId) => ({ itemId })),
}

describe('slates that were shown', () => {
  it('have no positive label for an item that the user dismissed, unless the user took that back', () => {
    const click = (itemId: string, after: number) => ({ eventType: 'click', itemId, after })
    const seen = ['a', 'b', 'c', 'd'].map((itemId, n) => impression(itemId, 'x', n + 1, n))
    const { slates } = shown([
      ...seen,
      ...['a', 'b', 'c'].map((itemId) => click(itemId, 10)),
      { eventType: 'dismiss', itemId: 'a', after: 20 },
      { eventType: 'dislike', itemId: 'b', after: 20 },
      { eventType: 'dislike', itemId: 'd', after: 20 },
      { eventType: 'undislike', itemId: 'b', after: 30 },
      { eventType: 'purchase', itemId: 'd', after: 40 },
    ])
    expect(slates.map(grades)).toEqual([{ a: 0, b: 1, c: 1, d: 0 }])
  })

  it('collects the impressions of a slate, with their positions', () => {
    const { slates } = shown([impression('a', 'x', 1, 0), impression('b', 'x', 2, 1), impression('c', 'y', 1, 2)])
    expect(slates).toEqual([
      {
        number: 0,
        decision: 0,
        at: START,
        surface: 'home',
        device: 'phone',
        givenFeatures: [],
        items: [
          { itemId: 'a', position: 1, grade: 0 },
          { itemId: 'b', position: 2, grade: 0 },
        ],
      },
      {
        number: 2,
        decision: 2,
        at: START + 2,
        surface: 'home',
        device: 'phone',
        givenFeatures: [],
        items: [{ itemId: 'c', position: 1, grade: 0 }],
      },
    ])
  })

  it('grades an item by its best outcome: a click 1, a cart 2, a purchase 3', () => {
    const { slates, counts } = shown([
      ...['a', 'b', 'c', 'd', 'e'].map((itemId, at) => impression(itemId, 'x', at + 1, at)),
      { eventType: 'click', itemId: 'b', after: 10 },
      { eventType: 'add_to_cart', itemId: 'c', after: 11 },
      { eventType: 'purchase', itemId: 'd', after: 12 },
      { eventType: 'click', itemId: 'd', after: 13 },
      { eventType: 'remove_from_cart', itemId: 'c', after: 14 },
      { eventType: 'view', itemId: 'e', after: 15 },
      { eventType: 'click', itemId: 'never-shown', after: 16 },
    ])
    expect(slates.map(grades)).toEqual([{ a: 0, b: 1, c: 2, d: 3, e: 0 }])
    expect(counts).toMatchObject({ shown: 5, actions: 5, explained: 4 })
  })

  it('counts actions within the window, up to its last millisecond, and none after it', () => {
    const log = (after: number) => [impression('a', 'x', 1, 0), { eventType: 'click', itemId: 'a', after }]
    expect(shown(log(DAY)).slates.map(grades)).toEqual([{ a: 1 }])
    expect(shown(log(DAY + 1)).slates.map(grades)).toEqual([{ a: 0 }])
  })

  it('does not count actions of other users, or actions before the impression', () => {
    const { slates } = shown([
      { eventType: 'click', itemId: 'a', after: 0 },
      impression('a', 'x', 1, 1),
      { eventType: 'click', itemId: 'a', userId: 'bob', after: 2 },
    ])
    expect(slates.map(grades)).toEqual([{ a: 0 }])
  })

  it('ignores traffic that is marked as not from customers', () => {
    const staff = { eventAttributes: { traffic: 'staff', slate: 'x' } }
    const { slates, counts } = shown([
      impression('a', 'x', 1, 0),
      { eventType: 'impression', itemId: 'b', after: 1, ...staff },
      { eventType: 'click', itemId: 'a', after: 2, ...staff },
    ])
    expect(slates.map(grades)).toEqual([{ a: 0 }])
    expect(counts).toMatchObject({ shown: 1, actions: 0 })
  })

  it('assigns an action to the slate that it names, or else to the last one that showed the item', () => {
    const showings = [impression('a', 'x', 1, 0), impression('a', 'y', 1, 1)]
    const click = (eventAttributes?: object): Sent => ({ eventType: 'click', itemId: 'a', after: 2, eventAttributes })
    expect(shown([...showings, click()]).slates.map(grades)).toEqual([{ a: 0 }, { a: 1 }])
    expect(shown([...showings, click({ slate: 'x' })]).slates.map(grades)).toEqual([{ a: 1 }, { a: 0 }])
    expect(shown([...showings, click({ slate: 'unheard-of' })]).slates.map(grades)).toEqual([{ a: 0 }, { a: 0 }])
  })

  it('finds the items of a slate of the service by its positions', () => {
    const { slates } = shown(
      [
        { eventType: 'impression', recommendationId: '00-a', positions: [1, 2], after: 0 },
        { eventType: 'impression', recommendationId: '00-a', positions: [2, 3], after: 1 },
        { eventType: 'click', itemId: 'c', recommendationId: '00-a', after: 2 },
      ],
      [served],
    )
    expect(slates).toMatchObject([{ number: 0, surface: 'cart' }])
    expect(slates[0].items).toEqual([
      { itemId: 'a', position: 1, grade: 0 },
      { itemId: 'b', position: 2, grade: 0 },
      { itemId: 'c', position: 3, grade: 1 },
    ])
  })

  it('ignores unknown slates and positions beyond the end, and counts them', () => {
    const { slates, counts } = shown(
      [
        { eventType: 'impression', recommendationId: 'unknown', positions: [1], after: 0 },
        { eventType: 'impression', recommendationId: '00-a', positions: [0, 3, 4, 400, 1.5], after: 1 },
        { eventType: 'impression', after: 2 },
        { eventType: 'click', itemId: 'a', recommendationId: 'unknown', after: 3 },
      ],
      [served],
    )
    expect(slates.map(grades)).toEqual([{ c: 0 }])
    expect(counts).toMatchObject({ unknownSlates: 1, beyond: 4 })
  })

  it('joins impressions that name no slate by session and surface, for the time that a session may pause', () => {
    const plain = (itemId: string, after: number, rest: Partial<LoggedEvent> = {}): Sent => ({
      eventType: 'impression',
      itemId,
      after,
      ...rest,
    })
    const { slates } = shown([
      plain('a', 0),
      plain('b', 0),
      plain('x', 1, { sessionId: 's2' }),
      plain('y', 2, { eventAttributes: { surface: 'home' } }),
      { eventType: 'click', itemId: 'a', after: 3 },
      plain('c', 30 * MINUTE),
      plain('d', 30 * MINUTE + 1),
    ])
    expect(slates.map(grades)).toEqual([{ a: 1, b: 0, c: 0 }, { x: 0 }, { y: 0 }, { d: 0 }])
  })

  it('keeps only the last window: it returns a slate as soon as no action can count for it', () => {
    const closed: number[] = []
    const found = new GradedSlates(eCommerce, HOUR, undefined, ({ number }) => closed.push(number))
    for (let number = 0; number < 1000; number++) {
      found.add(number, event(impression('a', `slate-${number}`, 1, number * MINUTE), number), undefined)
      expect(closed).toEqual(Array.from({ length: Math.max(0, number - 60) }, (_, at) => at))
    }
  })
})
