import { CircleQuestionMark, CircleX, Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { IconButton } from '../../design/button.tsx'
import { keepingFocus } from '../../design/focus-memory.ts'
import { Picture } from '../pictures/picture.tsx'
import type { Product } from '../state/product.ts'
import { useShop } from '../state/shop-parts.ts'
import type { Placement } from '../state/shop-session.ts'
import { texts } from '../texts.ts'
import styles from './product-tile.module.css'

export interface ProductTileProps {
  readonly product: Product
  readonly placement: Placement
  /** Why the item is recommended; absent where nothing is recommended. */
  readonly reason?: string
}

/** A product in a list: it leads to the page of the product, and can be put into the cart at once. */
export function ProductTile({ product, placement, reason }: ProductTileProps) {
  const { session, carts, explain } = useShop()
  const { itemId, title, brand, price } = product
  const { recommendationId } = placement
  const add = () => {
    carts.add(session.userId, product)
    session.act('add_to_cart', product, placement)
  }
  return (
    <article className={styles.tile}>
      <Link href={`/item/${encodeURIComponent(itemId)}`} className={styles.link} onClick={() => session.open(product, placement)}>
        <Picture product={product} />
        <bdi className={styles.title}>{title}</bdi>
        <bdi className={styles.brand}>{brand}</bdi>
      </Link>
      <div className={styles.foot}>
        <span className={styles.price}>{price !== undefined && texts.price(price)}</span>
        <IconButton label={texts.item.addNamed(title)} onClick={add}>
          <Plus size={18} aria-hidden />
        </IconButton>
      </div>
      {reason !== undefined && (
        <p className={styles.reason}>
          <bdi>{reason}</bdi>
          {recommendationId !== undefined && (
            <span className={styles.controls}>
              <SmallButton label={texts.forYou.why(title)} onClick={() => explain({ recommendationId, itemId })}>
                <CircleQuestionMark size={16} aria-hidden />
              </SmallButton>
              <SmallButton
                label={texts.forYou.dismiss(title)}
                onClick={() => keepingFocus(() => session.dismiss(product, placement))}
              >
                <CircleX size={16} aria-hidden />
              </SmallButton>
            </span>
          )}
        </p>
      )}
    </article>
  )
}

interface SmallButtonProps {
  readonly label: string
  readonly onClick: () => void
  readonly children: ReactNode
}

function SmallButton({ label, onClick, children }: SmallButtonProps) {
  return (
    <button type="button" className={styles.small} title={label} aria-label={label} onClick={onClick}>
      {children}
    </button>
  )
}
