import { createContext, useContext } from 'react'
import type { CartStore } from './carts.ts'
import type { Connection } from './connection.ts'
import type { ShopSession } from './shop-session.ts'
import type { Shopper } from './shopper.ts'
import type { Store } from './store.ts'

/** What all parts of the shop use. */
export interface ShopParts {
  readonly session: ShopSession
  readonly shopper: Store<Shopper>
  readonly carts: CartStore
  readonly connection: Connection
  /** Explains why an item is in a slate. */
  readonly explain: (question: WhyQuestion) => void
}

/** Which item of which slate is to be explained. */
export interface WhyQuestion {
  readonly recommendationId: string
  readonly itemId: string
}

/** Gives the parts of the shop what they use. */
export const ShopPartsContext = createContext<ShopParts | undefined>(undefined)

/** Returns what all parts of the shop use. @throws Error outside of the shop */
export function useShop(): ShopParts {
  const shop = useContext(ShopPartsContext)
  if (!shop) throw new Error('There is no ShopPartsContext above this component.')
  return shop
}
