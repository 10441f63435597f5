import { ListedItems, type RankedItems } from './ranked-items.ts'
import type { RowSet } from './row-sets.ts'

/** Kinds of rows for which a method ranks apart: those whose next item is new, and those where it may be known. */
export type Kind = 'all' | 'new'

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

/**
 * Ranks by the variant of a method for a set of rows. Each variant is scored once, and only if a set asks for it.
 * @param method its variant for each kind of rows; they may be the same
 */
export function byKind<Variant>(
  { dropsLast, ...variants }: Readonly<Record<Kind, Variant>> & Pick<MethodRanking, 'dropsLast'>,
  score: (variant: Variant) => RankedItems,
): MethodRanking {
  const scored = new Map<Variant, RankedItems>()
  return {
    of: (rowSet) => {
      const variant = variants[rowSet === 'new' || rowSet === 'newToUser' ? 'new' : 'all']
      const items = scored.get(variant) ?? score(variant)
      scored.set(variant, items)
      return items
    },
    dropsLast,
  }
}
