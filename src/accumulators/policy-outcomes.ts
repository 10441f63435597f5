import { crc32 } from 'node:zlib'
import { removeRow } from '../state/column-codec.ts'
import type { Increments } from '../state/increments.ts'
import type { EventFacts, ItemFacts, RecordedEvent, SlotDrawn } from '../state/log-entry.ts'
import { attributeKey, sum } from '../state/slots.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import { DAY } from '../time-units.ts'
import type { Accumulator, Reduction } from './accumulator.ts'
import type { EventRole } from './event-meaning.ts'
import { REWARD_SUMS, rewardSumsKey } from './reward-model.ts'

/**
 * Number of steps of a reward-model input. Inputs are stored as integers from 0 to this number, so that waiting decisions take
 * little space.
 */
export const INPUT_STEPS = 90

/** Maximum number of reward-model inputs, the constant excluded. The set that holds their sums has no room for more. */
export const MOST_INPUTS = 12

/** How many explored decisions a user's value holds. */
const MOST_WAITING = 16

/**
 * Explored items that were shown, and may still bring a reward, the latest decided first. Where the table is full, what was decided
 * before all of it may have been in it, and does not count any more.
 */
const EXPLORED = tablePart('explored', 1, {
  decision: 'count',
  shown: 'time',
  decided: 'time',
  rewarded: 'count',
  inputs: 'text',
})

/** Event roles that reward an explored decision. */
export const REWARDING: ReadonlySet<string> = new Set(['click', 'cart', 'purchase'])

/**
 * Returns the state of an explored decision for a user. `given up`: the table of waiting decisions is full of later decisions, so
 * this one may have been dropped from it and no longer counts.
 */
function decisionState(user: UserValue, { decision, decided }: SlotDrawn): 'new' | 'waiting' | 'rewarded' | 'given up' {
  const table = user.get(EXPLORED)
  const row = table.decision.indexOf(decision)
  if (row >= 0) return table.rewarded[row] === 1 ? 'rewarded' : 'waiting'
  return placeOf(table.decided, decided) < MOST_WAITING ? 'new' : 'given up'
}

/** The latest decided first. */
function placeOf(held: readonly number[], decided: number): number {
  const later = held.findIndex((other) => other < decided)
  return later < 0 ? held.length : later
}

function reduce({ meaning, facts: { explored }, user, time, increments }: Reduction): void {
  if (!explored) return
  const rewards = REWARDING.has(meaning.role)
  if (!rewards && meaning.role !== 'impression') return
  const table = user.get(EXPLORED)
  let row = table.decision.indexOf(explored.decision)
  if (row < 0) {
    // A reward that comes before its impression stands for both.
    row = insert(user, { ...explored, shown: time, rewarded: 0, inputs: packed(explored.inputs) })
    if (row < 0) return
    addProducts(explored, time, increments)
  }
  if (!rewards || table.rewarded[row] === 1) return
  table.rewarded[row] = 1
  const entity = rewardSumsKey(explored.sums)
  // From the time of the impression, so that delay does not bias the rate.
  const shown = table.shown[row]
  for (const [i, value] of unpacked(table.inputs[row]).entries()) increments.addToSet(REWARD_SUMS, entity, `r*${i}`, value, shown)
  increments.seen(entity, time)
}

function addProducts({ sums, inputs }: SlotDrawn, time: number, increments: Reduction['increments']): void {
  const entity = rewardSumsKey(sums)
  const values = [1, ...inputs.map((step) => step / INPUT_STEPS)]
  for (let i = 0; i < values.length; i++)
    for (let j = i; j < values.length; j++) increments.addToSet(REWARD_SUMS, entity, `${i}*${j}`, values[i] * values[j], time)
  increments.seen(entity, time)
}

/** An explored decision as it waits for its reward. */
interface Waiting {
  readonly decision: number
  readonly decided: number
  readonly shown: number
  readonly rewarded: number
  readonly inputs: string
}

/** @returns the row; -1 where it may have been held before and was given up */
function insert(user: UserValue, { decision, decided, shown, rewarded, inputs }: Waiting): number {
  const table = user.get(EXPLORED)
  const row = placeOf(table.decided, decided)
  if (row >= MOST_WAITING) return -1
  table.decision.splice(row, 0, decision)
  table.shown.splice(row, 0, shown)
  table.decided.splice(row, 0, decided)
  table.rewarded.splice(row, 0, rewarded)
  table.inputs.splice(row, 0, inputs)
  if (table.decision.length > MOST_WAITING) removeRow(table, MOST_WAITING)
  return row
}

function merge(into: UserValue, from: UserValue): void {
  const table = into.get(EXPLORED)
  const { decision, decided, shown, rewarded, inputs } = from.get(EXPLORED)
  for (let i = 0; i < decision.length; i++) {
    const row = table.decision.indexOf(decision[i])
    if (row >= 0) table.rewarded[row] = Math.max(table.rewarded[row], rewarded[i])
    else {
      const waiting = { decision: decision[i], decided: decided[i], shown: shown[i], rewarded: rewarded[i], inputs: inputs[i] }
      insert(into, waiting)
    }
  }
}

/** One printable character each. */
function packed(inputs: readonly number[]): string {
  return String.fromCharCode(...inputs.map((step) => FIRST_PRINTABLE + step))
}

const FIRST_PRINTABLE = 33

/** With the constant in front. */
function unpacked(inputs: string): number[] {
  return [1, ...Array.from(inputs, (character) => (character.charCodeAt(0) - FIRST_PRINTABLE) / INPUT_STEPS)]
}

/**
 * Keeps rewards of exploration slots: the inputs of each shown item, and its reward. A reward is the first click, cart or purchase
 * that names the slate. It counts once per decision, however often the item is shown or the event is sent again. The reward model
 * reads these sums.
 */
export const bandit: Accumulator = {
  name: 'bandit',
  entity: 'ATTRIBUTE',
  description:
    'Sums of the regression that predicts the rewards of explored items, and the latest 16 draws of exploration slots for a user.',
  roles: ['impression', 'click', 'cart', 'purchase'],
  expires: 'item',
  parts: [EXPLORED],
  sets: [REWARD_SUMS],
  reduce,
  merge,
  features: [],
}

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
