import { AHEAD, movedBack } from '../decay.ts'
import { DECAY_ADD, type LoggedIncrements, MAX } from '../increments.ts'
import { kindOf, type SlotLayout } from '../slots.ts'

/**
 * Moves logged increments that are ahead of `now` back to it, as sums do; see decay.ts. Such increments were recorded by a clock
 * that ran ahead, and are folded after it was corrected. Returns the same object if nothing is ahead.
 */
export function incrementsAt(logged: LoggedIncrements, layout: SlotLayout, now: number): LoggedIncrements {
  const [entity, numbers, gains] = logged
  const { lastSeen, sums, sets } = layout.movingIn(kindOf(entity))
  let latest = 0
  for (let i = 0; i < numbers.length; i += 4) if (numbers[i] === MAX) latest = Math.max(latest, numbers[i + 2])
  if (latest <= now + AHEAD) return logged
  const halfLives = new Map(sums.map(({ column, halfLife }) => [column, halfLife]))
  const timeOf = (column: number) => {
    for (let i = 0; i < numbers.length; i += 4) if (numbers[i] === MAX && numbers[i + 1] === column) return numbers[i + 2]
    return now
  }
  const ms = Math.max(0, timeOf(lastSeen) - now)
  const moved: number[] = []
  for (let i = 0; i < numbers.length; i += 4) {
    const [operation, column, value, epoch] = numbers.slice(i, i + 4)
    const halfLife = halfLives.get(column)
    if (operation === DECAY_ADD && halfLife !== undefined) {
      const { sum, epoch: at } = movedBack(value, epoch, ms, halfLife)
      moved.push(operation, column, sum, at)
    } else moved.push(operation, column, operation > DECAY_ADD ? Math.min(value, now) : value, epoch)
  }
  const ofSet = new Map(sets.map((set) => [set.epoch, set]))
  const movedGains = [...gains]
  for (let i = 0; i < gains.length; i += 4) {
    const set = ofSet.get(Number(gains[i]))
    if (!set) continue
    const { sum, epoch } = movedBack(
      Number(gains[i + 3]),
      Number(gains[i + 1]),
      Math.max(0, timeOf(set.latest) - now),
      set.halfLife,
    )
    movedGains[i + 1] = epoch
    movedGains[i + 3] = sum
  }
  return [entity, moved, movedGains]
}
