import { useRecommendations } from '../../../clients/typescript/src/react/index.ts'
import { Button } from '../../design/button.tsx'
import { keepingFocus } from '../../design/focus-memory.ts'
import { Notice } from '../../design/notice.tsx'
import { productOf, SHOWN_ATTRIBUTES } from '../state/product.ts'
import { texts } from '../texts.ts'
import styles from './for-you.module.css'
import grid from './product-grid.module.css'
import { ProductTile } from './product-tile.tsx'
import { TilePlaceholders } from './tile-placeholders.tsx'
import { useGlide } from './use-glide.ts'

const REQUEST = { surface: 'home', first: 8, attributes: SHOWN_ATTRIBUTES }

/** The slate of the home page. While the pointer or the keyboard is on it, it stays as it is. */
export function ForYou() {
  const { items, slate, problem, isOffered, accept, holdProps, seenRef } = useRecommendations(REQUEST)
  const listRef = useGlide<HTMLUListElement>(items.map(({ itemId }) => itemId).join('\n'))
  return (
    <section className={styles.forYou} aria-label={texts.forYou.title}>
      <header className={styles.header}>
        <h2>{texts.forYou.title}</h2>
        {isOffered && (
          <Button kind="primary" size="small" onClick={() => keepingFocus(accept)}>
            {texts.forYou.waiting}
          </Button>
        )}
      </header>
      {/* A slate on screen stays there, and the notice at the top of the page says that it is no longer live. */}
      {!slate && problem && (
        <Notice kind="warning" title={texts.forYou.failed}>
          {texts.outage.goesOn}
        </Notice>
      )}
      {!slate && !problem && <TilePlaceholders label={texts.forYou.loading} count={REQUEST.first} hasReasons />}
      {slate && items.length === 0 && (
        <Notice kind="empty" title={texts.forYou.empty}>
          {texts.forYou.emptyMore}
        </Notice>
      )}
      <ul className={grid.grid} ref={listRef} {...holdProps}>
        {items.map((item) => {
          const { itemId, recommendationId, position, reason } = item
          const placement = { surface: 'home', recommendationId, position }
          return (
            <li key={itemId} ref={seenRef(item)} data-item={itemId}>
              <ProductTile product={productOf(item.item)} placement={placement} reason={reason.text} />
            </li>
          )
        })}
      </ul>
    </section>
  )
}
