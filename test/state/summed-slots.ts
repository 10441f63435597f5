import { decayedSum, maximum, minimum, SlotLayout, scoredSet, sum } from '../../src/state/slots.ts'
import { DAY } from '../../src/time-units.ts'

export const COUNT = sum('item', 'count')
export const DECAYED = decayedSum('item', 'decayed', DAY)
export const LATEST = maximum('item', 'latest')
export const EARLIEST = minimum('item', 'earliest')
/** So small that it is trimmed again and again. */
export const SMALL = scoredSet('item', 'small', DAY, 3, 5)
export const LARGE = scoredSet('item', 'large', 2 * DAY, 1000, 1000)
export const layout = new SlotLayout([COUNT, DECAYED, LATEST, EARLIEST], [SMALL, LARGE])
