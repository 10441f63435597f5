import { decayedSum, type SetSlot, type Slot, scoredSet } from '../state/slots.ts'
import { DAY } from '../time-units.ts'

/** The only half-life of earlier versions, in ms. Names of its sums do not tell it. */
const FIRST_HALF_LIFE = 14 * DAY

/** The sums of item-to-item collaborative filtering with one half-life. */
export interface PairSums {
  /** Neighbours of an item k, each with its decayed co-occurrence c_kj. */
  readonly neighbours: SetSlot
  /** Strength n_i of an item: the weight that the item gained over the same window, with the same half-life. */
  readonly strength: Slot
}

/**
 * Makes the sums of pairs with a half-life, under names of their own: sums of different half-lives cannot be compared.
 * @param halfLife in ms; above 0
 */
export function pairSums(halfLife: number): PairSums {
  const suffix = halfLife === FIRST_HALF_LIFE ? '' : `_${halfLife / DAY}d`
  return {
    // At most 128 members, so that Redis keeps the list compact.
    neighbours: scoredSet('item', `neighbours${suffix}`, halfLife, 100, 128),
    strength: decayedSum('item', `strength${suffix}`, halfLife),
  }
}
