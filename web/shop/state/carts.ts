import { KeptStore } from './kept-store.ts'
import type { Product } from './product.ts'
import { productOf } from './product.ts'

/** The products in the cart of each user. */
export type Carts = Readonly<Record<string, readonly Product[]>>

/** The carts of the shop. It keeps them in the browser: Liverank gets the events alone. */
export class CartStore extends KeptStore<Carts> {
  constructor() {
    super({ key: 'liverank-shop:carts', scope: 'browser', parse: cartsOf, fallback: () => ({}) })
  }

  of(userId: string): readonly Product[] {
    return Object.hasOwn(this.value, userId) ? this.value[userId] : []
  }

  add(userId: string, product: Product): void {
    this.#put(userId, [...this.of(userId).filter(({ itemId }) => itemId !== product.itemId), product])
  }

  remove(userId: string, itemId: string): void {
    this.#put(
      userId,
      this.of(userId).filter((product) => product.itemId !== itemId),
    )
  }

  empty(userId: string): void {
    this.#put(userId, [])
  }

  /** Puts what a visitor had into the cart of the account. */
  merge(from: string, into: string): void {
    const moved = this.of(from)
    const ids = new Set(moved.map(({ itemId }) => itemId))
    this.#put(into, [...this.of(into).filter(({ itemId }) => !ids.has(itemId)), ...moved])
    this.empty(from)
  }

  #put(userId: string, products: readonly Product[]): void {
    const others = Object.entries(this.value).filter(([id]) => id !== userId)
    this.set(Object.fromEntries(products.length > 0 ? [...others, [userId, products]] : others))
  }
}

function cartsOf(kept: unknown): Carts | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined
  return Object.fromEntries(Object.entries(kept).map(([userId, lines]) => [userId, linesOf(lines)]))
}

function linesOf(lines: unknown): Product[] {
  if (!Array.isArray(lines)) return []
  return lines.flatMap((line: unknown) => {
    if (typeof line !== 'object' || line === null) return []
    const { itemId, ...attributes } = line as Record<string, unknown>
    return typeof itemId === 'string' ? productOf({ itemId, attributes }) : []
  })
}
