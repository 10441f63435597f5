import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { Button, IconButton } from '../../design/button.tsx'
import { keepingFocus } from '../../design/focus-memory.ts'
import { Notice } from '../../design/notice.tsx'
import { Picture } from '../pictures/picture.tsx'
import type { Product } from '../state/product.ts'
import { useShop } from '../state/shop-parts.ts'
import { useStore } from '../state/store.ts'
import { texts } from '../texts.ts'
import styles from './cart-page.module.css'
import { PageHeading } from './page-heading.tsx'
import { SlateRow } from './slate-row.tsx'

const PLACEMENT = { surface: 'cart' }

/** The cart, and what is often chosen together with what is in it. */
export function CartPage() {
  const { session, carts } = useShop()
  useStore(carts)
  const [isBought, setBought] = useState(false)
  const products = carts.of(session.userId)
  const buy = () => {
    for (const product of products) session.act('purchase', product, PLACEMENT)
    keepingFocus(() => {
      carts.empty(session.userId)
      setBought(true)
    })
  }
  return (
    <>
      <PageHeading page={texts.cart.title}>{texts.cart.title}</PageHeading>
      <p role="status" className={styles.bought}>
        {isBought && texts.cart.bought}
      </p>
      {products.length === 0 ? (
        <Notice kind="empty" title={texts.cart.empty}>
          <p>{texts.cart.emptyMore}</p>
          <Link href="/">{texts.item.back}</Link>
        </Notice>
      ) : (
        <>
          <ul className={styles.lines}>
            {products.map((product) => (
              <Line key={product.itemId} product={product} />
            ))}
          </ul>
          <div className={styles.foot}>
            <p className={styles.total}>
              {texts.cart.total} <strong>{texts.price(products.reduce((sum, { price = 0 }) => sum + price, 0))}</strong>
            </p>
            <Button kind="primary" onClick={buy}>
              {texts.cart.buy}
            </Button>
          </div>
          <SlateRow
            title={texts.cart.goesWith}
            loading={texts.forYou.loading}
            surface={PLACEMENT.surface}
            anchorItemIds={products.map(({ itemId }) => itemId)}
          />
        </>
      )}
    </>
  )
}

function Line({ product }: { readonly product: Product }) {
  const { session, carts } = useShop()
  const { itemId, title, brand, price } = product
  const remove = () => {
    keepingFocus(() => carts.remove(session.userId, itemId))
    session.act('remove_from_cart', product, PLACEMENT)
  }
  return (
    <li className={styles.line}>
      <div className={styles.picture}>
        <Picture product={product} />
      </div>
      <div className={styles.name}>
        <Link href={`/item/${encodeURIComponent(itemId)}`} onClick={() => session.open(product, PLACEMENT)}>
          <bdi>{title}</bdi>
        </Link>
        <p className={styles.brand}>
          <bdi>{brand}</bdi>
        </p>
      </div>
      <span className={styles.price}>{price !== undefined && texts.price(price)}</span>
      <IconButton label={texts.cart.remove(title)} onClick={remove}>
        <Trash2 size={18} aria-hidden />
      </IconButton>
    </li>
  )
}
