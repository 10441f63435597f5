import type { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { SharedRows } from '../../src/accumulators/feature-input.ts'
import type { Catalogue } from '../../src/catalogue/catalogue.ts'
import type { Domain } from '../../src/domain/domain.ts'
import { decayedValue } from '../../src/state/decay.ts'
import { itemKey } from '../../src/state/slots.ts'
import type { StateStore } from '../../src/state/store.ts'

/** As if each item had been acted on once more, apart from all others: what was met once is like nothing much. */
const SHRINKAGE = 1

interface CoOccurrenceParts {
  readonly store: StateStore
  readonly accumulators: AccumulatorSet
  readonly domain: Domain
  readonly catalogue: Catalogue
}

/**
 * Returns a function that tells how much the same users act on two items close together, from 0 to 1. It is the cosine c / √((n_a
 * + 1)(n_b + 1)) of item-to-item collaborative filtering (Linden et al., 2003). c is the larger co-occurrence of the two
 * directions.
 * @throws UnavailableError if the store does not answer
 */
export async function readActedTogether(
  itemIds: readonly string[],
  now: number,
  { store, accumulators, domain, catalogue }: CoOccurrenceParts,
): Promise<(a: string, b: string) => number> {
  const { lives } = catalogue
  const { pairs } = domain
  const [block, sets] = await Promise.all([
    lives.readRows(store, itemIds),
    lives.readSets(
      store,
      itemIds.map((itemId) => ({ entity: itemKey(itemId), set: pairs.neighbours, limit: pairs.neighbours.capacity })),
    ),
  ])
  const strength = new SharedRows(accumulators.layout, 'item', block, now, domain.expiry.item).decayed(pairs.strength)
  const rowOf = new Map(itemIds.map((itemId, row) => [itemId, row]))
  const found = new Float64Array(itemIds.length ** 2)
  sets.forEach(({ epoch, latest, members, scores }, a) => {
    members.forEach((member, at) => {
      const b = rowOf.get(member)
      if (b === undefined) return
      const coOccurrence = decayedValue(scores[at], epoch, Math.max(latest, now), pairs.neighbours.halfLife)
      const cosine = Math.min(1, coOccurrence / Math.sqrt((strength(a) + SHRINKAGE) * (strength(b) + SHRINKAGE)))
      for (const cell of [a * itemIds.length + b, b * itemIds.length + a]) found[cell] = Math.max(found[cell], cosine)
    })
  })
  return (a, b) => found[rowOf.get(a)! * itemIds.length + rowOf.get(b)!]
}
