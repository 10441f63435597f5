import { decodeServed } from '../state/slate-codec.ts'
import type { StateStore } from '../state/store.ts'
import type { Slate } from './slate.ts'

/** The slate that a client shows: items of a slate that was served to this user, from the top. */
export interface SlateOnScreen {
  readonly version: number
  readonly itemIds: readonly string[]
}

/**
 * Reads the slate that a client shows.
 * @returns undefined if the slate is unknown, no longer kept, or of another user
 * @throws UnavailableError if the store does not answer
 */
export async function readSlateOnScreen(
  store: Pick<StateStore, 'getSlate'>,
  recommendationId: string,
  userId: string,
): Promise<SlateOnScreen | undefined> {
  const bytes = await store.getSlate(recommendationId)
  if (bytes === undefined) return undefined
  const slate = decodeServed(bytes)
  // Of another user's slate, nothing may be learned: not even whether it shows the same items.
  if (slate.userId !== userId) return undefined
  return { version: slate.version, itemIds: slate.items }
}

/**
 * Returns whether a client that shows the one need not get the other: the items and their order are the same. A client must get a
 * slate whose version is below that on the screen, because it takes no later slate below it.
 */
export function isOnScreen({ version, items }: Pick<Slate, 'version' | 'items'>, onScreen: SlateOnScreen): boolean {
  if (version < onScreen.version) return false
  return !differs(
    items.map(({ itemId }) => itemId),
    onScreen.itemIds,
  )
}

/** Returns whether two slates show other items, or the same in another order. */
export function differs(a: readonly string[], b: readonly string[]): boolean {
  return a.length !== b.length || a.some((itemId, at) => itemId !== b[at])
}
