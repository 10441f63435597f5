import { KeptStore } from './kept-store.ts'
import type { Store } from './store.ts'

/** Who is in the shop. */
export interface Shopper {
  readonly userId: string
  /** Whether nobody has signed in: the id is made up. */
  readonly isGuest: boolean
}

/** Name of the parameter of an address that opens the shop as another user, in one window alone. */
const USER_PARAMETER = 'user'

/** Key under which a window keeps that it has a shopper of its own. */
const OF_WINDOW = 'liverank-shop:window-shopper'

/**
 * Returns who is in the shop of this window. All windows of a browser have the same shopper, but for those that were opened with
 * `/demo?user=NAME`. These keep theirs.
 */
export function openShopper(): Store<Shopper> {
  const named = new URLSearchParams(location.search).get(USER_PARAMETER)
  const ofWindow = new KeptStore<Shopper | null>({
    key: OF_WINDOW,
    scope: 'window',
    parse: shopperOf,
    fallback: () => null,
  })
  if (named) {
    ofWindow.set({ userId: named, isGuest: false })
    // A page that is loaded again after its user has signed in elsewhere must not go back.
    history.replaceState(null, '', location.pathname)
  }
  if (ofWindow.value) return ofWindow as Store<Shopper>
  return new KeptStore({ key: 'liverank-shop:shopper', scope: 'browser', parse: shopperOf, fallback: newGuest })
}

/** Returns the address that opens the shop as another user. */
export function addressFor(userId: string): string {
  return `/demo?${new URLSearchParams({ [USER_PARAMETER]: userId })}`
}

/** Makes up a visitor whom nobody knows. */
export function newGuest(): Shopper {
  const [number] = crypto.getRandomValues(new Uint32Array(1))
  return { userId: `guest-${number.toString(36)}`, isGuest: true }
}

function shopperOf(kept: unknown): Shopper | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined
  const { userId, isGuest } = kept as Record<string, unknown>
  return typeof userId === 'string' && userId !== '' && typeof isGuest === 'boolean' ? { userId, isGuest } : undefined
}
