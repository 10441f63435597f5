import { ListedItems, type RankedItems } from './ranked-items.ts'
import type { RowSet } from './row-sets.ts'
import type { SessionIndex } from './session-index.ts'
import type { SessionAsked } from './session-knn.ts'
import type { TunedMethod } from './tune-methods.ts'

/** How a method ranks at one row. It may rank otherwise in the sets whose next item is new. */
export interface MethodRanking {
  of(rowSet: RowSet): RankedItems
  /** Whether its list for all rows leaves out the item that was acted on last. */
  readonly dropsLast: boolean
}

/** Returns a ranking that is the same for all sets of rows. */
export function sameForAll(items: RankedItems): MethodRanking {
  return { of: () => items, dropsLast: false }
}

/** Returns a list that is the same for all sets of rows. @param itemIds best first, distinct */
export function listedForAll(itemIds: readonly string[]): MethodRanking {
  return sameForAll(new ListedItems(itemIds))
}

/** Ranks by the variant that is tuned for a set of rows. Each variant is scored once, and only if a set asks for it. */
export function byTuned(method: TunedMethod, index: SessionIndex, session: SessionAsked): MethodRanking {
  const scored = new Map<TunedMethod['all'], RankedItems>()
  return {
    of: (rowSet) => {
      const variant = rowSet === 'new' || rowSet === 'newToUser' ? method.new : method.all
      const items = scored.get(variant) ?? variant.score(index, session)
      scored.set(variant, items)
      return items
    },
    dropsLast: method.dropsLast,
  }
}
