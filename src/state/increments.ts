import { invariant } from '../invariant.ts'
import { epochOf, epochScale, weightAt } from './decay.ts'
import { FIRST_SEEN, kindOf, LAST_SEEN, type SetSlot, type Slot, type SlotLayout, type SlotNames } from './slots.ts'

/** Logged increments, divided into sound ones and ones that would spoil a sum. */
export interface SiftedIncrements {
  readonly sound: LoggedIncrements[]
  /** Poisoned increments as logged, each with its entity. */
  readonly poisoned: readonly unknown[]
}

/**
 * Divides the increments of a log entry into sound and poisoned ones. Increments that several entities share become those of each. A number is poisoned if it is null, not finite or larger than
 * 1e100, or if it names no valid operation, entity or column. Other numbers of the same entry stay sound.
 * @param names column names that the entry refers to; if absent, columns are not checked
 */
export function siftIncrements(logged: unknown, names?: SlotNames): SiftedIncrements {
  if (!Array.isArray(logged)) return { sound: [], poisoned: [logged] }
  const sound: LoggedIncrements[] = []
  const poisoned: unknown[] = []
  for (const one of logged as unknown[]) {
    if (!isOfEntity(one)) {
      poisoned.push(one)
      continue
    }
    const [entity, numbers, sets] = one
    const entities = typeof entity === 'string' ? [entity] : entity
    const columns = names?.[kindOf(entities[0])]
    const soundNumbers: number[] = []
    const soundSets: (string | number)[] = []
    for (let i = 0; i < numbers.length; i += 4) {
      const four = numbers.slice(i, i + 4)
      if (isSoundOperation(four, columns)) soundNumbers.push(...four)
      else poisoned.push([entity, four, []])
    }
    for (let i = 0; i < sets.length; i += 4) {
      const four = sets.slice(i, i + 4)
      if (isSoundGain(four, columns)) soundSets.push(...four)
      else poisoned.push([entity, [], four])
    }
    if (soundNumbers.length + soundSets.length > 0) for (const each of entities) sound.push([each, soundNumbers, soundSets])
  }
  return { sound, poisoned }
}

function isOfEntity(one: unknown): one is [entity: string | string[], numbers: unknown[], sets: unknown[]] {
  return Array.isArray(one) && isEntity(one[0]) && Array.isArray(one[1]) && Array.isArray(one[2])
}

/** An entity, or a list of entities of one kind. */
function isEntity(entity: unknown): boolean {
  if (!Array.isArray(entity)) return typeof entity === 'string'
  const [first] = entity as unknown[]
  return typeof first === 'string' && entity.every((each) => typeof each === 'string' && kindOf(each) === kindOf(first))
}

/** Operation, column, value, epoch. */
function isSoundOperation(four: readonly unknown[], columns: readonly string[] | undefined): four is number[] {
  const [operation, column, value, epoch] = four
  if (!isColumn(column) || !isSoundNumber(value) || !Number.isSafeInteger(epoch)) return false
  if (operation !== ADD && operation !== DECAY_ADD && operation !== MAX && operation !== MIN) return false
  if (!columns) return true
  if (operation === DECAY_ADD) return columns[column] !== undefined && columns[column + 1] === `${columns[column]}:epoch`
  return columns[column] !== undefined && !columns[column].endsWith(':epoch')
}

/** Column of the set's epoch, epoch, member, gain. */
function isSoundGain(four: readonly unknown[], columns: readonly string[] | undefined): four is (string | number)[] {
  const [column, epoch, member, gain] = four
  if (!isColumn(column) || !Number.isSafeInteger(epoch) || typeof member !== 'string' || !isSoundNumber(gain)) return false
  return !columns || /@\d+:epoch$/.test(columns[column] ?? '')
}

function isColumn(column: unknown): column is number {
  return typeof column === 'number' && Number.isInteger(column) && column >= 0
}

/** Operation code: add the value to the column. */
export const ADD = 0
/** Operation code: add the value to a decayed sum, after a change of its epoch if need be. */
export const DECAY_ADD = 1
/** Operation code: keep the larger of the value and the column. */
export const MAX = 2
/** Operation code: keep the smaller of the value and the column. 0 in the column means that it has no value yet. */
export const MIN = 3

const OPERATION_CODES = { add: ADD, decayAdd: DECAY_ADD, max: MAX, min: MIN } as const

/**
 * Increments of one entity. `numbers` holds `NUMBER_STRIDE` values per increment: operation, float64 column, value, and epoch for
 * decayed sums. `members[i]` gains `gains[i * GAIN_STRIDE + 2]` in epoch `gains[… + 1]`, in the set whose epoch is in column
 * `gains[… + 0]`. Few arrays are used, because an event changes a dozen entities.
 */
export interface EntityIncrements {
  readonly numbers: number[]
  readonly members: string[]
  readonly gains: number[]
}

/**
 * Largest magnitude of an increment. What a legal event adds stays below 1e60, and 1e200 increments of this size still have a
 * finite sum.
 */
const MAX_INCREMENT = 1e100

/** Returns whether a value can be added to a sum: a finite number of at most MAX_INCREMENT. */
export function isSoundNumber(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MAX_INCREMENT
}

/** 2^21 + 1 splits the 53 bits of a float64 into 32 and 21 (Veltkamp, 1968). */
const SPLITTER = 2 ** 21 + 1

/**
 * Returns what an addition puts on a decayed sum, rounded to 32 significant bits. A float64 has 53: as long as a sum is below 2^21 times its
 * smallest addition, all additions are exact, and neither their order nor their grouping matters.
 */
export function decayedAddend(value: number, time: number, halfLife: number): number {
  const exact = value * weightAt(time, halfLife)
  const split = exact * SPLITTER
  return split - (split - exact)
}

/** Entries of `EntityIncrements.numbers` for each increment. */
export const NUMBER_STRIDE = 4
/** Entries of `EntityIncrements.gains` for each member. */
export const GAIN_STRIDE = 3

/** Increments as a log is read: `[entity, [operation, column, value, epoch, …], [set column, epoch, member, gain, …]]`. */
export type LoggedIncrements = [entity: string, numbers: number[], sets: (string | number)[]]

/** Increments as a log is written. Entities that gain the same stand in one list, and their increments are written once. */
export type WrittenIncrements = [entities: string | readonly string[], numbers: number[], sets: (string | number)[]]

/**
 * Additions to shared sums. Additions to the same place are summed. One instance can hold the additions of one event, of a batch of
 * one user, or of all log entries that a worker folds at once.
 */
export class Increments {
  readonly entities: Map<string, EntityIncrements>
  /** What several entities gain alike, beside what each gains alone, by the list of the entities. */
  readonly alike: Map<readonly string[], EntityIncrements>
  readonly #layout: SlotLayout
  readonly #isPast: ((name: string) => boolean) | undefined
  #latestKey = ''
  #latest: EntityIncrements | undefined

  /** @param isPast see `isPast`; absent if no item has had an earlier life */
  constructor(
    layout: SlotLayout,
    entities = new Map<string, EntityIncrements>(),
    isPast?: (name: string) => boolean,
    alike = new Map<readonly string[], EntityIncrements>(),
  ) {
    this.#layout = layout
    this.entities = entities
    this.alike = alike
    this.#isPast = isPast
  }

  /** Returns whether a name of an item in shared sums is that of a life that has ended: then nobody reads its sums any more. */
  isPast(name: string): boolean {
    return this.#isPast?.(name) === true
  }

  get empty(): boolean {
    return this.entities.size === 0 && this.alike.size === 0
  }

  /** Marks an entity as seen at a time. Call it for each entity that gets other additions. */
  seen(entity: string, time: number): void {
    const kind = kindOf(entity)
    const gained = this.#entity(entity)
    putNumber(gained, MIN, this.#layout.indexOf(FIRST_SEEN[kind]), time, 0)
    putNumber(gained, MAX, this.#layout.indexOf(LAST_SEEN[kind]), time, 0)
  }

  /** Adds `value` to an undecayed sum, or updates a maximum or minimum with it. */
  add(slot: Slot, entity: string, value: number): void {
    this.put(entity, OPERATION_CODES[slot.operation], this.#layout.indexOf(slot), value, 0)
  }

  /** Adds `value` to a decayed sum. @param time time of the event, in ms */
  addDecayed(slot: Slot, entity: string, value: number, time: number): void {
    const { halfLife } = slot
    this.put(entity, DECAY_ADD, this.#layout.indexOf(slot), decayedAddend(value, time, halfLife), epochOf(time, halfLife))
  }

  /** Adds `gain` to the decayed score of a set member. @param time time of the event, in ms */
  addToSet(set: SetSlot, entity: string, member: string, gain: number, time: number): void {
    const { halfLife } = set
    const gained = this.#entity(entity)
    putNumber(gained, MAX, this.#layout.latestOf(set), time, 0)
    putGain(gained, this.#layout.indexOf(set), epochOf(time, halfLife), member, decayedAddend(gain, time, halfLife))
  }

  put(entity: string, operation: number, column: number, value: number, epoch: number): void {
    putNumber(this.#entity(entity), operation, column, value, epoch)
  }

  putMember(entity: string, setColumn: number, epoch: number, member: string, gain: number): void {
    putGain(this.#entity(entity), setColumn, epoch, member, gain)
  }

  /**
   * Adds one amount to a decayed sum of each of some entities, and to a member of each of some sets that have the same half-life. The
   * result is that of `seen`, `addDecayed` and `addToSet`, in less time, and in a shorter log.
   * @param entities the same list each time, so that their increments are kept once
   * @param time time of the amount, in ms
   * @param seenAt time at which the entities were seen, in ms; absent for an amount below 0, which takes back what was added at `time`
   */
  addDecayedTo(
    entities: readonly string[],
    slot: Slot,
    members: readonly (readonly [SetSlot, string])[],
    value: number,
    time: number,
    seenAt?: number,
  ): void {
    if (entities.length === 0) return
    let held = this.alike.get(entities)
    if (!held) {
      held = { numbers: [], members: [], gains: [] }
      this.alike.set(entities, held)
    }
    const layout = this.#layout
    const added = decayedAddend(value, time, slot.halfLife)
    const epoch = epochOf(time, slot.halfLife)
    if (seenAt !== undefined) {
      putNumber(held, MIN, layout.indexOf(FIRST_SEEN[slot.kind]), seenAt, 0)
      putNumber(held, MAX, layout.indexOf(LAST_SEEN[slot.kind]), seenAt, 0)
    }
    putNumber(held, DECAY_ADD, layout.indexOf(slot), added, epoch)
    for (const [set, member] of members) {
      if (seenAt !== undefined) putNumber(held, MAX, layout.latestOf(set), time, 0)
      putGain(held, layout.indexOf(set), epoch, member, added)
    }
  }

  /** Adds logged increments. @param translate maps logged columns to columns of this layout */
  putLogged(logged: readonly LoggedIncrements[], translate?: { item: Int32Array; attribute: Int32Array }): void {
    for (const [entity, numbers, sets] of logged) {
      const map = translate?.[kindOf(entity)]
      for (let i = 0; i < numbers.length; i += 4) {
        const column = map ? map[numbers[i + 1]] : numbers[i + 1]
        this.put(entity, numbers[i], column, numbers[i + 2], numbers[i + 3])
      }
      for (let i = 0; i < sets.length; i += 4) {
        const column = map ? map[sets[i] as number] : (sets[i] as number)
        this.putMember(entity, column, sets[i + 1] as number, sets[i + 2] as string, sets[i + 3] as number)
      }
    }
  }

  /** Checks all increments before they are committed. @throws InvariantError if one would spoil a sum */
  assertSound(): void {
    for (const [entity, gained] of this.entities) assertSound(entity, gained)
    for (const [entities, gained] of this.alike) assertSound(entities, gained)
  }

  toLog(): WrittenIncrements[] {
    const logged: WrittenIncrements[] = []
    for (const [entity, gained] of this.entities) logged.push([entity, gained.numbers, loggedSets(gained)])
    for (const [entities, gained] of this.alike) logged.push([entities, gained.numbers, loggedSets(gained)])
    return logged
  }

  #entity(key: string): EntityIncrements {
    // An accumulator mostly adds several numbers to one entity in a row.
    if (key === this.#latestKey && this.#latest) return this.#latest
    let gained = this.entities.get(key)
    if (!gained) {
      gained = { numbers: [], members: [], gains: [] }
      this.entities.set(key, gained)
    }
    this.#latestKey = key
    this.#latest = gained
    return gained
  }
}

function loggedSets({ members, gains }: EntityIncrements): (string | number)[] {
  const sets: (string | number)[] = []
  for (let i = 0, at = 0; i < members.length; i++, at += GAIN_STRIDE)
    sets.push(gains[at], gains[at + 1], members[i], gains[at + 2])
  return sets
}

function assertSound(entity: string | readonly string[], { numbers, gains }: EntityIncrements): void {
  for (let i = 2; i < numbers.length; i += NUMBER_STRIDE) if (!isSoundNumber(numbers[i])) refuse(entity, numbers[i])
  for (let i = 2; i < gains.length; i += GAIN_STRIDE) if (!isSoundNumber(gains[i])) refuse(entity, gains[i])
}

function refuse(entity: string | readonly string[], value: number): never {
  invariant(false, 'INCREMENT_NOT_FINITE', `${value} cannot be added to ${entity}: nothing of this step is recorded.`)
}

/** Adds to a number of an entity, or updates a maximum or minimum with it. */
function putNumber({ numbers }: EntityIncrements, operation: number, column: number, value: number, epoch: number): void {
  for (let i = 0; i < numbers.length; i += NUMBER_STRIDE) {
    if (numbers[i + 1] !== column) continue
    if (operation === ADD) numbers[i + 2] += value
    else if (operation === MAX) numbers[i + 2] = Math.max(numbers[i + 2], value)
    else if (operation === MIN) numbers[i + 2] = Math.min(numbers[i + 2], value)
    else if (epoch === numbers[i + 3]) numbers[i + 2] += value
    else if (epoch > numbers[i + 3]) {
      numbers[i + 2] = numbers[i + 2] * epochScale(numbers[i + 3], epoch) + value
      numbers[i + 3] = epoch
    } else numbers[i + 2] += value * epochScale(epoch, numbers[i + 3])
    return
  }
  numbers.push(operation, column, value, epoch)
}

/** Adds to the score of a member of a set of an entity. */
function putGain({ members, gains }: EntityIncrements, setColumn: number, epoch: number, member: string, gain: number): void {
  for (let i = 0, at = 0; i < members.length; i++, at += GAIN_STRIDE) {
    if (members[i] !== member || gains[at] !== setColumn || gains[at + 1] !== epoch) continue
    gains[at + 2] += gain
    return
  }
  members.push(member)
  gains.push(setColumn, epoch, gain)
}
