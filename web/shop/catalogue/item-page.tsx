import { Heart, ShoppingCart } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { isUnreachable } from '../../api/problem.ts'
import { Button } from '../../design/button.tsx'
import { Notice, Placeholder } from '../../design/notice.tsx'
import { useMedia } from '../../design/use-media.ts'
import { ShopItemDocument } from '../../generated/shop.ts'
import { Picture } from '../pictures/picture.tsx'
import { type Product, productOf, SHOWN_ATTRIBUTES } from '../state/product.ts'
import { useShop } from '../state/shop-parts.ts'
import { useStore } from '../state/store.ts'
import { texts } from '../texts.ts'
import { TroubleNotice } from '../trouble-notice.tsx'
import styles from './item-page.module.css'
import { NoSuchPage } from './no-such-page.tsx'
import { PageHeading } from './page-heading.tsx'
import { SlateRow } from './slate-row.tsx'

const PLACEMENT = { surface: 'item_page' }

/** The page of an item, and what goes with it. Until the service has answered, it shows what the link to it showed. */
export function ItemPage({ itemId }: { readonly itemId: string }) {
  const { session } = useShop()
  const variables = useMemo(() => ({ itemId, attributes: SHOWN_ATTRIBUTES }), [itemId])
  const [{ data, error }, repeat] = useQuery({ query: ShopItemDocument, variables })
  // The picture is then above the words, not beside them.
  const isNarrow = useMedia('(max-width: 640px)')
  const item = data?.item
  const product = item ? productOf(item) : session.known(itemId)
  if (error && !(product && isUnreachable(error)))
    return <TroubleNotice title={texts.item.failed} error={error} onRetry={() => repeat()} />
  if (data && !item) return <NoSuchPage title={texts.item.missing(itemId)} more={texts.item.missingMore} />
  return (
    <>
      {product ? (
        <Details product={product} isAvailable={item?.available ?? true} />
      ) : (
        <Placeholder label={texts.item.loading} height={isNarrow ? 614 : 380} />
      )}
      <SlateRow title={texts.item.similar} loading={texts.forYou.loading} surface={PLACEMENT.surface} anchorItemIds={[itemId]} />
    </>
  )
}

function Details({ product, isAvailable }: { readonly product: Product; readonly isAvailable: boolean }) {
  const { session } = useShop()
  const { title, brand, category, price } = product
  // The same product is a new object after each render.
  useEffect(() => session.arriveAt(product), [session, product.itemId])
  return (
    <article className={styles.item}>
      <div className={styles.picture}>
        <Picture product={product} />
      </div>
      <div className={styles.facts}>
        <p className={styles.path}>
          <Link href="/">{texts.shop}</Link>
          {category && (
            <>
              {' / '}
              <Link href={`/category/${encodeURIComponent(category)}`}>
                <bdi>{category}</bdi>
              </Link>
            </>
          )}
        </p>
        <PageHeading page={title}>
          <bdi>{title}</bdi>
        </PageHeading>
        <p className={styles.brand}>
          <bdi>{brand}</bdi>
        </p>
        {price !== undefined && <p className={styles.price}>{texts.price(price)}</p>}
        {isAvailable ? <Actions product={product} /> : <Notice kind="warning" title={texts.item.unavailable} />}
      </div>
    </article>
  )
}

function Actions({ product }: { readonly product: Product }) {
  const { session, carts } = useShop()
  useStore(carts)
  const isInCart = carts.of(session.userId).some(({ itemId }) => itemId === product.itemId)
  const [done, setDone] = useState<'liked' | 'bought'>()
  const add = () => {
    carts.add(session.userId, product)
    session.act('add_to_cart', product, PLACEMENT)
  }
  const buy = () => {
    carts.remove(session.userId, product.itemId)
    session.act('purchase', product, PLACEMENT)
    setDone('bought')
  }
  const like = () => {
    session.act('like', product, PLACEMENT)
    setDone('liked')
  }
  return (
    <>
      <div className={styles.actions}>
        <Button kind="primary" onClick={add} isUsed={isInCart}>
          <ShoppingCart size={18} aria-hidden />
          {isInCart ? texts.item.added : texts.item.add}
        </Button>
        <Button onClick={buy} isUsed={done === 'bought'}>
          {texts.item.buy}
        </Button>
        <Button kind="quiet" onClick={like} isUsed={done === 'liked'}>
          <Heart size={18} aria-hidden />
          {done === 'liked' ? texts.item.liked : texts.item.like}
        </Button>
      </div>
      <p role="status" className={styles.done}>
        {done === 'bought' && texts.item.bought}
      </p>
    </>
  )
}
