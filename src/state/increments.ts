import { epochOf, epochScale, weightAt } from './decay.ts'
import { FIRST_SEEN, kindOf, LAST_SEEN, type SetSlot, type Slot, type SlotLayout } from './slots.ts'

export const ADD = 0
export const DECAY_ADD = 1
export const MAX = 2
export const MIN = 3

const OPERATION_CODES = { add: ADD, decayAdd: DECAY_ADD, max: MAX, min: MIN } as const

/**
 * What one entity gains, in columns: `operations[i]` on float64 column `columns[i]` with `values[i]` (and `epochs[i]` where
 * it decays); `members[i]` of the set whose epoch stands in `setColumns[i]` gains `gains[i]` in `setEpochs[i]`.
 */
export interface EntityIncrements {
  readonly operations: number[]
  readonly columns: number[]
  readonly values: number[]
  readonly epochs: number[]
  readonly setColumns: number[]
  readonly setEpochs: number[]
  readonly members: string[]
  readonly gains: number[]
}

/** `[entity, [operation, column, value, epoch, …], [set column, epoch, member, gain, …]]`: the form in logs. */
export type LoggedIncrements = [entity: string, numbers: number[], sets: (string | number)[]]

/**
 * What events add to shared sums. Additions to the same place are summed as they come, so that one instance stands for
 * one event, for a batch of one user, or for the entries of many users that a worker folds at once.
 */
export class Increments {
  readonly entities: Map<string, EntityIncrements>
  readonly #layout: SlotLayout
  #ignored: ReadonlySet<string> | undefined

  constructor(layout: SlotLayout, entities = new Map<string, EntityIncrements>()) {
    this.#layout = layout
    this.entities = entities
  }

  /** The same increments, to which nothing of these entities is added. */
  without(entities: readonly string[]): Increments {
    const view = new Increments(this.#layout, this.entities)
    view.#ignored = new Set(entities)
    return view
  }

  get empty(): boolean {
    return this.entities.size === 0
  }

  /** Marks the entity as seen at this time; whatever else is added belongs to an entity that has been seen. */
  seen(entity: string, time: number): void {
    const kind = kindOf(entity)
    this.put(entity, MIN, this.#layout.indexOf(FIRST_SEEN[kind]), time, 0)
    this.put(entity, MAX, this.#layout.indexOf(LAST_SEEN[kind]), time, 0)
  }

  /** Adds `value` to an undecayed sum, or offers it to a maximum or minimum. */
  add(slot: Slot, entity: string, value: number): void {
    this.put(entity, OPERATION_CODES[slot.operation], this.#layout.indexOf(slot), value, 0)
  }

  /** Adds `value`, which happened at `time`, to a decayed sum. */
  addDecayed(slot: Slot, entity: string, value: number, time: number): void {
    const { halfLife } = slot
    this.put(entity, DECAY_ADD, this.#layout.indexOf(slot), value * weightAt(time, halfLife), epochOf(time, halfLife))
  }

  /** Adds `gain`, which happened at `time`, to the decayed score of a member. */
  addToSet(set: SetSlot, entity: string, member: string, gain: number, time: number): void {
    const { halfLife } = set
    this.putMember(entity, this.#layout.indexOf(set), epochOf(time, halfLife), member, gain * weightAt(time, halfLife))
  }

  put(entity: string, operation: number, column: number, value: number, epoch: number): void {
    if (this.#ignored?.has(entity)) return
    const into = this.#entity(entity)
    const { columns, values, epochs } = into
    for (let i = 0; i < columns.length; i++) {
      if (columns[i] !== column) continue
      if (operation === ADD) values[i] += value
      else if (operation === MAX) values[i] = Math.max(values[i], value)
      else if (operation === MIN) values[i] = Math.min(values[i], value)
      else if (epoch === epochs[i]) values[i] += value
      else if (epoch > epochs[i]) {
        values[i] = values[i] * epochScale(epochs[i], epoch) + value
        epochs[i] = epoch
      } else values[i] += value * epochScale(epoch, epochs[i])
      return
    }
    into.operations.push(operation)
    columns.push(column)
    values.push(value)
    epochs.push(epoch)
  }

  putMember(entity: string, setColumn: number, epoch: number, member: string, gain: number): void {
    if (this.#ignored?.has(entity)) return
    const into = this.#entity(entity)
    const { members, setColumns, setEpochs, gains } = into
    for (let i = 0; i < members.length; i++) {
      if (members[i] !== member || setColumns[i] !== setColumn || setEpochs[i] !== epoch) continue
      gains[i] += gain
      return
    }
    setColumns.push(setColumn)
    setEpochs.push(epoch)
    members.push(member)
    gains.push(gain)
  }

  /** Adds all of `logged`, whose columns `translate` maps to those of this layout. */
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

  toLog(): LoggedIncrements[] {
    const logged: LoggedIncrements[] = []
    for (const [entity, increments] of this.entities) {
      const { operations, columns, values, epochs, setColumns, setEpochs, members, gains } = increments
      const numbers: number[] = []
      for (let i = 0; i < columns.length; i++) numbers.push(operations[i], columns[i], values[i], epochs[i])
      const sets: (string | number)[] = []
      for (let i = 0; i < members.length; i++) sets.push(setColumns[i], setEpochs[i], members[i], gains[i])
      logged.push([entity, numbers, sets])
    }
    return logged
  }

  #entity(key: string): EntityIncrements {
    let found = this.entities.get(key)
    if (!found) {
      found = { operations: [], columns: [], values: [], epochs: [], setColumns: [], setEpochs: [], members: [], gains: [] }
      this.entities.set(key, found)
    }
    return found
  }
}
