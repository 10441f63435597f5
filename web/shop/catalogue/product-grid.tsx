import type { Product } from '../state/product.ts'
import styles from './product-grid.module.css'
import { ProductTile } from './product-tile.tsx'

export interface ProductGridProps {
  readonly products: readonly Product[]
  /** Where in the shop the grid is, for the events on its products. */
  readonly surface: string
}

/** Products side by side, in a fixed order. */
export function ProductGrid({ products, surface }: ProductGridProps) {
  return (
    <ul className={styles.grid}>
      {products.map((product) => (
        <li key={product.itemId} className={styles.item}>
          <ProductTile product={product} placement={{ surface }} />
        </li>
      ))}
    </ul>
  )
}
