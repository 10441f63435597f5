import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { examination } from '../../../lab/simulation/examination.ts'
import { createShop, DAY_MS } from '../../../lab/simulation/shop.ts'
import { createShoppers, taste } from '../../../lab/simulation/shopper.ts'
import { simulateLog } from '../../../lab/simulation/simulate-log.ts'
import type { SimulatedEvent } from '../../../lab/simulation/simulated-event.ts'
import { eventInputRules } from './event-input-rules.ts'

const startsAt = Date.UTC(2026, 0, 5)
const shop = createShop({ seed: 1, startsAt })
const shoppers = createShoppers(shop, { seed: 1, count: 2000 })
const few = shoppers.slice(0, 150)

function digest(events: Iterable<SimulatedEvent>): string {
  const hash = createHash('sha256')
  for (const event of events) hash.update(JSON.stringify(event))
  return hash.digest('hex')
}

describe('simulateLog', () => {
  it('makes the same log from the same seed, and another from another', () => {
    const log = (seed: number): string => digest(simulateLog(shop, { seed, shoppers: few, days: 7, startsAt }))
    const first = log(1)
    expect(log(1)).toBe(first)
    expect(log(2)).not.toBe(first)
  })

  it('does not depend on later events', () => {
    const long = [...simulateLog(shop, { seed: 1, shoppers: few, days: 8, startsAt })]
    const short = [...simulateLog(shop, { seed: 1, shoppers: few, days: 4, startsAt })]
    expect(short).toEqual(long.filter(({ timestamp }) => timestamp < startsAt + 4 * DAY_MS))
  })

  it('is in order, within its days, valid as EventInput, and shows no item before it arrives', () => {
    const ids = new Set<string>()
    let before: SimulatedEvent | undefined
    for (const event of simulateLog(shop, { seed: 3, shoppers: few, days: 14, startsAt })) {
      eventInputRules.parse(event)
      expect(ids.has(event.eventId)).toBe(false)
      ids.add(event.eventId)
      if (before !== undefined) {
        const inOrder =
          before.timestamp < event.timestamp || (before.timestamp === event.timestamp && before.eventId < event.eventId)
        expect(inOrder).toBe(true)
      }
      before = event
      expect(event.timestamp).toBeGreaterThanOrEqual(startsAt)
      expect(event.timestamp).toBeLessThan(startsAt + 14 * DAY_MS)
      if (event.itemId !== undefined) expect(shop.truthOf(event.itemId)!.arrivesAt).toBeLessThanOrEqual(event.timestamp)
    }
    expect(ids.size).toBeGreaterThan(5000)
  })

  it('works in a shop of one item', () => {
    const tiny = createShop({ seed: 1, startsAt, items: 1, categories: 1 })
    const visitors = createShoppers(tiny, { seed: 1, count: 20 })
    expect([...simulateLog(tiny, { seed: 1, shoppers: visitors, days: 14, startsAt })].length).toBeGreaterThan(20)
  })
})

describe('a log of two thousand shoppers and two weeks', () => {
  const counts = new Map<string, number>()
  const sessions = new Map<string, Set<string>>()
  const carts = new Map<string, SimulatedEvent>()
  const delays: { click: number[]; purchase: number[] } = { click: [], purchase: [] }
  const shown = new Map<string, number>()
  const tastes = { clicked: { sum: 0, count: 0 }, shown: { sum: 0, count: 0 } }
  const byUser = new Map(shoppers.map((shopper) => [shopper.userId, shopper]))
  const explored = new Set<string>()
  const ties = { ordered: 0, unordered: 0 }
  let before: SimulatedEvent | undefined

  for (const event of simulateLog(shop, { seed: 1, shoppers, days: 14, startsAt })) {
    const { eventType, userId, itemId, sessionId, timestamp } = event
    if (before?.timestamp === timestamp) ties[before.eventId < event.eventId ? 'ordered' : 'unordered']++
    before = event
    counts.set(eventType, (counts.get(eventType) ?? 0) + 1)
    const visits = sessions.get(userId) ?? new Set()
    sessions.set(userId, visits.add(sessionId!))
    const key = `${userId} ${itemId}`
    if (eventType === 'impression') {
      shown.set(key, timestamp)
      explored.add(itemId!)
    }
    if (eventType === 'click') delays.click.push(timestamp - shown.get(key)!)
    if (eventType === 'add_to_cart') carts.set(key, event)
    if (eventType === 'purchase') delays.purchase.push(timestamp - carts.get(key)!.timestamp)
    if (eventType === 'impression' || eventType === 'click') {
      const side = eventType === 'click' ? tastes.clicked : tastes.shown
      side.sum += taste(byUser.get(userId)!, shop.truthOf(itemId!)!)
      side.count++
    }
  }
  const count = (type: string): number => counts.get(type) ?? 0
  const events = [...counts.values()].reduce((sum, each) => sum + each, 0)

  it('has the figures of a plausible shop', () => {
    expect(events).toBeGreaterThan(150_000)
    expect(events).toBeLessThan(300_000)
    const clickRate = count('click') / count('impression')
    expect(clickRate).toBeGreaterThan(0.05)
    expect(clickRate).toBeLessThan(0.1)
    const cartRate = count('add_to_cart') / count('view')
    expect(cartRate).toBeGreaterThan(0.1)
    expect(cartRate).toBeLessThan(0.2)
    const purchaseRate = count('purchase') / count('add_to_cart')
    expect(purchaseRate).toBeGreaterThan(0.3)
    expect(purchaseRate).toBeLessThan(0.7)
    expect(count('remove_from_cart')).toBeGreaterThan(0)
    expect(count('search')).toBeGreaterThan(0)
  })

  it('orders events of the same millisecond by their ids', () => {
    expect(ties.unordered).toBe(0)
    expect(ties.ordered).toBeGreaterThan(5)
  })

  it('has shoppers who come back', () => {
    const visits = [...sessions.values()].map(({ size }) => size).toSorted((left, right) => left - right)
    expect(visits[Math.floor(visits.length / 2)]).toBeGreaterThanOrEqual(2)
    expect(visits.length / shoppers.length).toBeGreaterThan(0.8)
  })

  it('has clicks after seconds, and purchases after minutes to hours', () => {
    const middle = (values: number[]): number => values.toSorted((left, right) => left - right)[values.length >> 1]!
    expect(Math.min(...delays.click)).toBeGreaterThan(0)
    expect(middle(delays.click)).toBeGreaterThan(2_000)
    expect(middle(delays.click)).toBeLessThan(60_000)
    const hours = delays.purchase.filter((delay) => delay > 3_600_000).length
    expect(hours / delays.purchase.length).toBeGreaterThan(0.15)
    expect(hours / delays.purchase.length).toBeLessThan(0.6)
  })

  it('shows nearly every item to some user, and clicked items have more appeal', () => {
    expect(explored.size / shop.items.length).toBeGreaterThan(0.95)
    expect(tastes.clicked.sum / tastes.clicked.count).toBeGreaterThan(tastes.shown.sum / tastes.shown.count + 0.3)
  })
})

it('shows the configured position bias in the click rates of a log of random slates', () => {
  const byUser = new Map(shoppers.map((shopper) => [shopper.userId, shopper]))
  const seen = new Float64Array(13)
  const examined = new Float64Array(13)
  const clicks = new Float64Array(13)
  for (const { eventType, eventAttributes, userId } of simulateLog(shop, { seed: 1, shoppers, days: 14, startsAt, epsilon: 1 })) {
    if (eventAttributes?.surface !== 'home') continue
    const position = Number(eventAttributes.position)
    if (eventType === 'impression') {
      seen[position]!++
      examined[position]! += examination('home', position, byUser.get(userId)!.patience)
    } else if (eventType === 'click') {
      clicks[position]!++
    }
  }
  for (let position = 2; position <= 8; position++) {
    const measured = clicks[position]! / seen[position]! / (clicks[1]! / seen[1]!)
    const error = measured * Math.sqrt(1 / clicks[position]! + 1 / clicks[1]!)
    expect(Math.abs(measured - examined[position]! / seen[position]!), `position ${position}`).toBeLessThan(4 * error)
  }
})

describe('a log of shoppers who see search results as slates', () => {
  const log = [...simulateLog(shop, { seed: 1, shoppers: few, days: 7, startsAt, search: true })]
  const shown = log.filter(
    ({ eventType, eventAttributes }) => eventType === 'impression' && eventAttributes?.surface === 'search',
  )
  const lists = new Map<unknown, SimulatedEvent[]>()
  for (const event of shown) {
    const list = event.eventAttributes?.slate
    lists.set(list, [...(lists.get(list) ?? []), event])
  }

  it('has each list by position, behind the search that it answers, in one category', () => {
    expect(lists.size).toBeGreaterThan(100)
    for (const list of lists.values()) {
      expect(list.map(({ eventAttributes }) => eventAttributes?.position)).toEqual(list.map((_, at) => at + 1))
      expect(new Set(list.map(({ itemId }) => shop.truthOf(itemId!)!.category)).size).toBe(1)
      const before = log.filter(({ sessionId, timestamp }) => sessionId === list[0].sessionId && timestamp < list[0].timestamp)
      expect(before.at(-1)?.eventType).toBe('search')
    }
    for (const event of log) eventInputRules.parse(event)
  })

  it('has an order that says something, clicks by taste, and items that shoppers come back to', () => {
    const clicks = log.filter(({ eventType, eventAttributes }) => eventType === 'click' && eventAttributes?.surface === 'search')
    expect(clicks.length).toBeGreaterThan(100)
    const shopperOf = new Map(few.map((shopper) => [shopper.userId, shopper]))
    const meanTaste = (events: readonly SimulatedEvent[]) => {
      const tastes = events.map(({ userId, itemId }) => taste(shopperOf.get(userId)!, shop.truthOf(itemId!)!))
      return tastes.reduce((sum, one) => sum + one, 0) / tastes.length
    }
    expect(meanTaste(clicks)).toBeGreaterThan(meanTaste(shown) + 0.2)
    // What the query names stands above the rest of the category.
    const queries = new Map(
      log.flatMap(({ eventType, sessionId, timestamp, eventAttributes }) =>
        eventType === 'search' ? [[`${sessionId} ${timestamp}`, String(eventAttributes?.query)] as const] : [],
      ),
    )
    const fits = (events: readonly SimulatedEvent[]) => {
      const found = events.map((event) => {
        const at = [...queries].findLast(([key]) => {
          const [sessionId, time] = key.split(' ')
          return sessionId === event.sessionId && Number(time) < event.timestamp
        })
        return Number(at![1].endsWith(shop.truthOf(event.itemId!)!.noun))
      })
      return found.reduce((sum, one) => sum + one, 0) / found.length
    }
    const first = shown.filter(({ eventAttributes }) => eventAttributes?.position === 1).slice(0, 200)
    const fifth = shown.filter(({ eventAttributes }) => eventAttributes?.position === 5).slice(0, 200)
    expect(fits(first)).toBeGreaterThan(fits(fifth) + 0.2)
    const viewed = new Map<string, Set<string>>()
    let back = 0
    for (const { eventType, eventAttributes, sessionId, itemId } of log) {
      const items = viewed.get(sessionId!) ?? new Set()
      viewed.set(sessionId!, items)
      if (eventType === 'click' && eventAttributes?.surface === 'search' && items.has(itemId!)) back++
      if (eventType === 'view') items.add(itemId!)
    }
    expect(back).toBeGreaterThan(clicks.length * 0.05)
  })

  it('changes nothing without the option', () => {
    const plain = digest(simulateLog(shop, { seed: 1, shoppers: few, days: 7, startsAt }))
    expect(digest(simulateLog(shop, { seed: 1, shoppers: few, days: 7, startsAt, search: false }))).toBe(plain)
    expect(digest(log)).not.toBe(plain)
  })
})
