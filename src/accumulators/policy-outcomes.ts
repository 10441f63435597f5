import { crc32 } from 'node:zlib'
import type { Increments } from '../state/increments.ts'
import type { EventFacts, ItemFacts, RecordedEvent } from '../state/log-entry.ts'
import { attributeKey, sum } from '../state/slots.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'
import { decisionState, REWARDING } from './bandit.ts'
import type { EventRole } from './event-meaning.ts'

/**
 * Number of groups that users are divided into, by a hash of their id. All actions of a user count in one group, so the spread
 * between groups shows how far the outcomes of a policy vary by chance.
 */
export const GROUPS = 32

/** Sums for one policy, surface, day and group of users. */
export const OUTCOMES = {
  users: sum('attribute', 'policy_users'),
  slates: sum('attribute', 'policy_slates'),
  impressions: sum('attribute', 'policy_impressions'),
  clicks: sum('attribute', 'policy_clicks'),
  conversions: sum('attribute', 'policy_conversions'),
  value: sum('attribute', 'policy_value'),
  squaredValue: sum('attribute', 'policy_squared_value'),
  explored: sum('attribute', 'policy_explored'),
  greedyValue: sum('attribute', 'policy_greedy_value'),
  squaredGreedyValue: sum('attribute', 'policy_squared_greedy_value'),
} as const

/** Slates of which something was heard, the latest last, by a hash, and the policies under which the user was seen. */
const HEARD = tablePart('policy_slates_heard', 1, { slate: 'count' })
const SEEN_UNDER = tablePart('policies_seen', 1, { policy: 'text' })
const KEPT_SLATES = 16
const KEPT_POLICIES = 8

/**
 * Returns the entity key of such sums.
 * @param day whole days since 1970, UTC
 * @param surface empty if the event or slate has none
 */
export function outcomesKey(policy: string, surface: string, day: number, group: number): string {
  return attributeKey('policy', `${policy}/${surface}/${day}/${group}`)
}

/** What an event is worth: its own `value`, else its `price`, else that of the item, times its `quantity`. */
function worthOf({ eventAttributes = {} }: RecordedEvent, items: readonly ItemFacts[]): number {
  const { value, price, quantity } = eventAttributes
  if (typeof value === 'number') return value
  const each = typeof price === 'number' ? price : items[0]?.attributes.price
  return typeof each === 'number' ? each * (typeof quantity === 'number' ? quantity : 1) : 0
}

/**
 * What always taking the arm of the highest estimate would have brought, by the doubly robust estimate of each explored decision: that
 * estimate, and, where it was that arm, (r − estimate)/probability. It is added when the arm is first seen, and again when its reward comes.
 */
function addExplored(key: string, role: EventRole, { explored }: EventFacts, user: UserValue, increments: Increments): void {
  const rewards = REWARDING.has(role)
  if (!explored || (!rewards && role !== 'impression')) return
  const state = decisionState(user, explored)
  const { best, weight } = explored
  const unrewarded = best - weight * best
  const add = (decisions: number, from: number, to: number) => {
    increments.add(OUTCOMES.explored, key, decisions)
    increments.add(OUTCOMES.greedyValue, key, to - from)
    increments.add(OUTCOMES.squaredGreedyValue, key, to * to - from * from)
  }
  if (state === 'new') add(1, 0, rewards ? unrewarded + weight : unrewarded)
  else if (state === 'waiting' && rewards) add(0, unrewarded, unrewarded + weight)
}

/** @returns whether it had not been there; of more than `kept` the oldest goes */
function remember<T>(known: T[], one: T, kept: number): boolean {
  if (known.includes(one)) return false
  known.push(one)
  if (known.length > kept) known.shift()
  return true
}

function union(into: UserValue, from: UserValue): void {
  const [slates, others] = [into.get(HEARD).slate, from.get(HEARD).slate]
  for (const slate of others) remember(slates, slate, KEPT_SLATES)
  const [policies, more] = [into.get(SEEN_UNDER).policy, from.get(SEEN_UNDER).policy]
  for (const policy of more) remember(policies, policy, KEPT_POLICIES)
}

/**
 * Makes the accumulator of outcomes by policy, from events that name a slate. Analysts read it as `policyReport`: by day and group
 * of users, so that it can give intervals for any time range. Must run before `bandit`, because it asks which explored decisions
 * the user has seen so far.
 * @param surfaces surfaces with separate outcomes; other surfaces are summed together
 */
export function policyOutcomes(surfaces: readonly string[]): Accumulator {
  return {
    name: 'policy_outcomes',
    entity: 'ATTRIBUTE',
    description:
      'Users, slates, impressions, clicks, goals and their value, for each policy of an experiment. The query policyReport reads it.',
    roles: [],
    expires: 'item',
    parts: [HEARD, SEEN_UNDER],
    slots: Object.values(OUTCOMES),
    reduce: ({ event, facts, meaning, time, user, increments }) => {
      const { policy, items } = facts
      if (policy === undefined || event.recommendationId === undefined) return
      const surface = facts.surface !== undefined && surfaces.includes(facts.surface) ? facts.surface : ''
      const key = outcomesKey(policy, surface, Math.floor(time / DAY), crc32(event.userId) % GROUPS)
      increments.seen(key, time)
      if (remember(user.get(SEEN_UNDER).policy, policy, KEPT_POLICIES)) increments.add(OUTCOMES.users, key, 1)
      if (remember(user.get(HEARD).slate, crc32(event.recommendationId), KEPT_SLATES)) increments.add(OUTCOMES.slates, key, 1)
      if (meaning.role === 'impression') increments.add(OUTCOMES.impressions, key, items.length)
      if (meaning.role === 'click') increments.add(OUTCOMES.clicks, key, 1)
      addExplored(key, meaning.role, facts, user, increments)
      if (!meaning.goal) return
      const value = worthOf(event, items)
      increments.add(OUTCOMES.conversions, key, 1)
      increments.add(OUTCOMES.value, key, value)
      increments.add(OUTCOMES.squaredValue, key, value * value)
    },
    merge: union,
    features: [],
  }
}
