import { ADD, DECAY_ADD, isSoundNumber, type LoggedIncrements, MAX, MIN } from './increments.ts'
import { kindOf, type SlotNames } from './slots.ts'

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
