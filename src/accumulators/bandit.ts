import { removeRow } from '../state/column-table.ts'
import type { SlotDrawn } from '../state/log-entry.ts'
import { tablePart, type UserValue } from '../state/user-value.ts'
import type { Accumulator, Reduction } from './accumulator.ts'
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
export function decisionState(user: UserValue, { decision, decided }: SlotDrawn): 'new' | 'waiting' | 'rewarded' | 'given up' {
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
