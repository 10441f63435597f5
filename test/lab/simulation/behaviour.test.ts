import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../../lab/random.ts'
import { runSession, sessionSteps } from '../../../lab/simulation/behaviour.ts'
import { examination, type Surface } from '../../../lab/simulation/examination.ts'
import { openSession, type Session } from '../../../lab/simulation/session.ts'
import { createShop, DAY_MS } from '../../../lab/simulation/shop.ts'
import { appeal, createShoppers, type Shopper } from '../../../lab/simulation/shopper.ts'
import { createMemory } from '../../../lab/simulation/shopper-memory.ts'
import type { SimulatedEvent } from '../../../lab/simulation/simulated-event.ts'
import type { SlateRequest } from '../../../lab/simulation/slate-request.ts'
import { eventInputRules } from './event-input-rules.ts'

const startsAt = Date.UTC(2026, 0, 5)
const shop = createShop({ seed: 1, startsAt })
const shoppers = createShoppers(shop, { seed: 1, count: 300 })
const itemIds = shop.items.map(({ itemId }) => itemId)

function open(shopper: Shopper, seed: number, visit = 1): Session {
  return openSession({ shop, shopper, memory: createMemory(), seed, visit, at: startsAt + 15 * DAY_MS })
}

/** Runs a visit on slates drawn evenly from all items, with an id or without. */
function visit(
  shopper: Shopper,
  session: Session,
  random: Random,
  id?: string,
): { events: SimulatedEvent[]; requests: SlateRequest[] } {
  const events: SimulatedEvent[] = []
  const requests: SlateRequest[] = []
  const steps = sessionSteps(shopper, session)
  for (let step = steps.next(); !step.done; ) {
    if (step.value.kind === 'event') {
      events.push(step.value.event)
      step = steps.next()
    } else {
      requests.push(step.value.request)
      const slate = random.shuffle(itemIds).slice(0, step.value.request.first)
      step = steps.next({ itemIds: slate, ...(id === undefined ? {} : { recommendationId: `${id}-${requests.length}` }) })
    }
  }
  return { events, requests }
}

const anyone = fc.constantFrom(...shoppers)

describe('a visit', () => {
  it('of a shop without listings has only slates, and as many pages', () => {
    const pages = { with: 0, without: 0 }
    fc.assert(
      fc.property(anyone, fc.nat(), (shopper, seed) => {
        const at = startsAt + 15 * DAY_MS
        const feed = openSession({ shop, shopper, memory: createMemory(), seed, visit: 1, at, listings: 0 })
        const { events, requests } = visit(shopper, feed, new Random(seed))
        expect(events.map(({ eventType }) => eventType)).not.toContain('search')
        const origins = events.map(({ eventAttributes }) => eventAttributes?.origin).filter((origin) => origin !== undefined)
        for (const origin of origins) expect(['home', 'category', 'item_page', 'cart']).toContain(origin)
        pages.without += requests.length
        pages.with += visit(shopper, open(shopper, seed), new Random(seed)).requests.length
      }),
      { seed: 1 },
    )
    expect(pages.without).toBeGreaterThan(1.2 * pages.with)
  })

  it('keeps the rules of EventInput, in strictly increasing time, with ids in order', () => {
    fc.assert(
      fc.property(anyone, fc.nat(), fc.boolean(), (shopper, seed, hasIds) => {
        const { events } = visit(shopper, open(shopper, seed), new Random(seed), hasIds ? 'slate' : undefined)
        expect(events[0]?.eventType).toBe('session_start')
        for (const [index, event] of events.entries()) {
          eventInputRules.parse(event)
          if (index > 0) {
            expect(event.timestamp).toBeGreaterThan(events[index - 1]!.timestamp)
            expect(event.timestamp - events[index - 1]!.timestamp).toBeLessThan(30 * 60_000)
            expect(event.eventId > events[index - 1]!.eventId).toBe(true)
          }
        }
      }),
    )
  })

  it('is the same for the same seed, and not for another visit', () => {
    const [shopper] = shoppers
    const events = (number: number) => visit(shopper!, open(shopper!, 7, number), new Random(7)).events
    expect(events(1)).toEqual(events(1))
    expect(events(1).map(({ timestamp }) => timestamp)).not.toEqual(events(2).map(({ timestamp }) => timestamp))
  })

  it('names the slate and the seen positions, and names the slate again in later events on its items', () => {
    const followed = new Map<string, number>()
    for (const [index, shopper] of [...shoppers, ...shoppers, ...shoppers].entries()) {
      const { events } = visit(shopper, open(shopper, index), new Random(index), 'slate')
      const seen = new Map<string, readonly number[]>()
      for (const { eventType, itemId, recommendationId, positions, eventAttributes } of events) {
        if (eventType === 'impression') {
          expect(itemId).toBeUndefined()
          expect(positions).toEqual(positions?.map((_, index) => index + 1))
          seen.set(recommendationId!, positions!)
        } else if (recommendationId !== undefined) {
          expect(seen.get(recommendationId)).toContain(eventAttributes?.position)
          followed.set(eventType, (followed.get(eventType) ?? 0) + 1)
        }
      }
    }
    expect([...followed.keys()].toSorted()).toEqual(['add_to_cart', 'click', 'purchase', 'remove_from_cart', 'view'])
  })

  it('reports each item by itself when the slate has no id', () => {
    for (const shopper of shoppers.slice(0, 50)) {
      const { events } = visit(shopper, open(shopper, 1), new Random(1, shopper.userId))
      const places = new Set<string>()
      for (const { eventType, itemId, recommendationId, positions, eventAttributes } of events) {
        expect(recommendationId).toBeUndefined()
        expect(positions).toBeUndefined()
        if (eventType !== 'impression') continue
        expect(itemId).toBeDefined()
        const place = `${eventAttributes?.slate} ${eventAttributes?.position}`
        expect(places.has(place)).toBe(false)
        places.add(place)
      }
    }
  })

  it('remembers impressions without a click, and forgets them after a click', () => {
    let clicks = 0
    for (const shopper of shoppers) {
      const session = open(shopper, 1)
      const { events } = visit(shopper, session, new Random(1, shopper.userId))
      const shown = new Map<string, number>()
      for (const { eventType, itemId } of events) {
        if (eventType === 'impression') shown.set(itemId!, (shown.get(itemId!) ?? 0) + 1)
        if (eventType !== 'click') continue
        shown.delete(itemId!)
        clicks++
      }
      expect(new Set(session.memory.shown.keys())).toEqual(new Set(shown.keys()))
      for (const [itemId, { times }] of session.memory.shown) expect(times).toBeCloseTo(shown.get(itemId)!, 1)
    }
    expect(clicks).toBeGreaterThan(10)
  })

  it('asks for items that go with the item on screen, or with the cart', () => {
    for (const shopper of shoppers) {
      const { requests } = visit(shopper, open(shopper, 1), new Random(1, shopper.userId))
      for (const { surface, anchorItemId, category } of requests) {
        expect(anchorItemId !== undefined).toBe(surface === 'item_page' || surface === 'cart')
        expect(category !== undefined).toBe(surface === 'category')
      }
    }
  })

  it('ignores items that the shop does not know', () => {
    const [shopper] = shoppers
    const steps = sessionSteps(shopper!, open(shopper!, 3))
    const types = new Set<string>()
    for (let step = steps.next(); !step.done; ) {
      if (step.value.kind === 'event') types.add(step.value.event.eventType)
      step = step.value.kind === 'ask' ? steps.next({ itemIds: ['a', 'b'] }) : steps.next()
    }
    expect(types.has('impression')).toBe(true)
    expect(types.has('click')).toBe(false)
  })
})

describe('clicks', () => {
  /** By surface and position: what was seen, what was expected of it, and what was clicked. */
  type Place = { seen: number; examined: number; expected: number; variance: number; clicks: number }
  const places = new Map<string, Place>()
  const lower = new Map<'patient' | 'impatient', Place>()
  const clickedAppeal: number[] = []
  const passedAppeal: number[] = []
  function known<K>(counts: Map<K, Place>, key: K): Place {
    const place = counts.get(key) ?? { seen: 0, examined: 0, expected: 0, variance: 0, clicks: 0 }
    counts.set(key, place)
    return place
  }
  function placesOf(shopper: Shopper, surface: Surface, position: number): Place[] {
    const place = known(places, `${surface} ${position}`)
    return position < 3 ? [place] : [place, known(lower, shopper.patience > 1 ? 'patient' : 'impatient')]
  }

  beforeAll(() => {
    for (const shopper of shoppers) {
      for (let seed = 0; seed < 60; seed++) {
        const random = new Random('slates', shopper.userId, seed)
        const session = open(shopper, seed)
        const steps = sessionSteps(shopper, session)
        const appeals = new Map<string, { surface: Surface; appeals: number[] }>()
        const clicked = new Set<string>()
        for (let step = steps.next(); !step.done; ) {
          if (step.value.kind === 'ask') {
            const { surface, first } = step.value.request
            const slate = random.shuffle(itemIds).slice(0, first)
            const recommendationId = String(appeals.size)
            // True appeal before the slate is seen: seeing it in vain lowers it.
            appeals.set(recommendationId, { surface, appeals: slate.map((id) => appeal(shopper, shop.truthOf(id)!, session)) })
            step = steps.next({ itemIds: slate, recommendationId })
            continue
          }
          const { eventType, recommendationId, positions = [], eventAttributes } = step.value.event
          const about = appeals.get(recommendationId ?? '')
          for (const position of about === undefined ? [] : positions) {
            const examined = examination(about!.surface, position, shopper.patience)
            const probability = examined * about!.appeals[position - 1]!
            for (const counts of placesOf(shopper, about!.surface, position)) {
              counts.seen++
              counts.examined += examined
              counts.expected += probability
              counts.variance += probability * (1 - probability)
            }
          }
          if (eventType === 'click') {
            for (const counts of placesOf(shopper, about!.surface, Number(eventAttributes?.position))) counts.clicks++
            clicked.add(`${recommendationId} ${eventAttributes?.position}`)
          }
          step = steps.next()
        }
        for (const [id, { appeals: values }] of appeals) {
          for (const [index, value] of values.entries())
            (clicked.has(`${id} ${index + 1}`) ? clickedAppeal : passedAppeal).push(value)
        }
      }
    }
  })

  it('happen as often as examination times true appeal says, at each position of each surface', () => {
    expect(places.size).toBeGreaterThan(20)
    for (const [key, { clicks, expected, variance }] of places) {
      expect(Math.abs(clicks - expected), key).toBeLessThanOrEqual(4.5 * Math.sqrt(variance) + 1)
    }
  })

  it('fall faster for the impatient, as configured', () => {
    for (const [key, { clicks, expected, variance }] of lower) {
      expect(Math.abs(clicks - expected), key).toBeLessThan(4 * Math.sqrt(variance))
    }
    const { patient, impatient } = Object.fromEntries(lower)
    expect(impatient!.examined / impatient!.seen).toBeLessThan(0.9 * (patient!.examined / patient!.seen))
  })

  it('fall with the position as configured, measured only by click rates', () => {
    const top = places.get('home 1')!
    for (let position = 2; position <= 8; position++) {
      const { clicks, seen, examined } = places.get(`home ${position}`)!
      const measured = clicks / seen / (top.clicks / top.seen)
      const configured = examined / seen
      // Error of a ratio of two counts.
      const error = measured * Math.sqrt(1 / clicks + 1 / top.clicks)
      expect(Math.abs(measured - configured), `position ${position}`).toBeLessThan(4 * error)
      expect(configured).toBeLessThan(1)
    }
    // The test must be able to tell: without position bias the fifth place would be far off.
    const fifth = places.get('home 5')!
    const measured = fifth.clicks / fifth.seen / (top.clicks / top.seen)
    expect(1 - measured).toBeGreaterThan(4 * measured * Math.sqrt(1 / fifth.clicks + 1 / top.clicks))
  })

  it('go to the items with the highest true appeal', () => {
    // Of pairs drawn evenly, how often the clicked item appeals more than one passed by: half by chance.
    const random = new Random('pairs')
    const pairs = 5000
    let above = 0
    for (let pair = 0; pair < pairs; pair++) if (random.pick(clickedAppeal) > random.pick(passedAppeal)) above++
    expect(clickedAppeal.length).toBeGreaterThan(500)
    expect(above / pairs).toBeGreaterThan(0.7)
  })
})

describe('runSession', () => {
  const [shopper] = shoppers
  const slate = async () => ({ itemIds: itemIds.slice(0, 12), recommendationId: 'r' })

  it('uses the time of the simulation by default', async () => {
    const session = open(shopper!, 5)
    for await (const event of runSession(shopper!, session, slate)) expect(event.timestamp).toBeLessThanOrEqual(session.at)
  })

  it('gives events strictly increasing times of its clock, even if the clock stands still', async () => {
    const moments: number[] = []
    const stamps: number[] = []
    const clock = async (moment: number): Promise<number> => {
      moments.push(moment)
      return 1_000.7
    }
    for await (const event of runSession(shopper!, open(shopper!, 5), slate, clock)) stamps.push(event.timestamp)
    expect(stamps).toEqual(stamps.map((_, index) => 1_000 + index))
    expect(moments).toEqual(moments.toSorted((left, right) => left - right))
    expect(stamps.length).toBeGreaterThan(1)
  })

  it('fails if a slate fails', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('no slate today')
    }
    const session = open(shopper!, 5)
    await expect(async () => {
      for await (const event of runSession(shopper!, session, failing)) expect(event.eventType).not.toBe('impression')
    }).rejects.toThrow('no slate today')
  })
})
