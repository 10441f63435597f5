import { describe, expect, it } from 'vitest'
import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { EVENT_ROLES, type EventMeaning, type EventRole } from '../../src/accumulators/event-meaning.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { Increments } from '../../src/state/increments.ts'
import type { EventFacts } from '../../src/state/log-entry.ts'
import { UserValue } from '../../src/state/user-value.ts'
import { UserValueCodec } from '../../src/state/user-value-codec.ts'
import { MINUTE } from '../../src/time-units.ts'
import { DECLARED } from '../support/declaring-shop.ts'
import { seededRandomness } from '../support/seeded-randomness.ts'

const DISMISSING: readonly EventRole[] = ['dismiss', 'undismiss']
const NOW = Date.UTC(2026, 10, 27, 12)

/** A shop with every optional accumulator, and for each role an event type with the meanings that the domain allows. */
const SHOP = defineDomain({
  ...DECLARED,
  extends: 'e-commerce',
  name: 'roles',
  attributes: { colour: 'key', size: 'number' },
  eventTypes: Object.fromEntries(
    EVENT_ROLES.map((role) => [
      `any_${role}`,
      role === 'impression'
        ? { role, weight: 0, goal: false, triggers: false, counted: true }
        : { role, weight: DISMISSING.includes(role) ? 0 : 2, goal: !DISMISSING.includes(role), triggers: true, counted: true },
    ]),
  ),
  cohorts: { city: ['user.city'], age: ['user.age'] },
  accumulators: { item_goals: true, chosen_together: true, buy_again: true },
})

/**
 * Reduces random events of all roles.
 * @returns by accumulator with a reducer, the roles of the events that changed its parts of the user or added to its sums
 */
function rolesThatChange({ accumulators, eventTypes, expiry }: Domain): Map<string, ReadonlySet<EventRole>> {
  const changed = new Map<string, Set<EventRole>>()
  const watched = accumulators.map((accumulator) => {
    const { name, parts = [], reduce } = accumulator
    if (!reduce) return accumulator
    const roles = new Set<EventRole>()
    changed.set(name, roles)
    const codec = new UserValueCodec(parts)
    const held = (user: UserValue) => {
      const own = new UserValue()
      for (const part of parts) own.parts.set(part.name, user.get(part))
      return codec.encode(own, new Uint8Array(8))
    }
    return {
      ...accumulator,
      // A set calls no reducer with a role that it does not declare.
      roles: [],
      reduce: (reduction: Parameters<typeof reduce>[0]) => {
        const before = held(reduction.user)
        const increments = new Increments(set.layout)
        reduce({ ...reduction, increments })
        if (!increments.empty || Buffer.compare(before, held(reduction.user)) !== 0) roles.add(reduction.meaning.role)
      },
    }
  })
  const set = new AccumulatorSet(watched)
  const { integer } = seededRandomness(5)
  const user = new UserValue()
  user.attributes = { city: 'Graz', age: 40 }
  for (let n = 0; n < 800; n++) {
    const time = NOW + n * MINUTE
    const role = EVENT_ROLES[integer(EVENT_ROLES.length)]
    const eventType = `any_${role}`
    const drawn = { decision: n >> 3, decided: time, sums: 'home', inputs: [9], best: 0.1, weight: 2 }
    const item = { itemId: `i${n >> 4}-${integer(3)}`, position: 1, positionRate: 0.1 }
    const facts: EventFacts = {
      items: [{ ...item, attributes: { category: 'shoes', brand: 'acme', price: 9, colour: 'red', size: 4 } }],
      ...{
        surface: 'home',
        device: 'ios',
        policy: 'control',
        explored: drawn,
        choice: { sums: ['home/early'], places: [1, 2, 3] },
      },
    }
    const event = {
      ...{ eventId: `e${n}`, userId: 'ann', itemId: item.itemId, eventType, timestamp: time, recommendationId: `s${n}` },
      eventAttributes: { rating: 4, gift: true, platform: 'ios' },
    }
    const meaning: EventMeaning = eventTypes[eventType]
    set.reduce({ event, facts, meaning, time, user, expiry, increments: new Increments(set.layout) }, true)
    user.lastEventAt = time
  }
  return changed
}

describe('the roles of an accumulator', () => {
  const changed = rolesThatChange(SHOP)

  it.each(SHOP.accumulators.filter(({ reduce }) => reduce))('$name are those of the events that change it', ({ name, roles }) => {
    expect([...(changed.get(name) ?? [])].sort()).toEqual([...(roles.length > 0 ? roles : EVENT_ROLES)].sort())
  })
})
