import { useRecommendations } from '../../../clients/typescript/src/react/index.ts'
import { productOf, SHOWN_ATTRIBUTES } from '../state/product.ts'
import grid from './product-grid.module.css'
import { ProductTile } from './product-tile.tsx'
import styles from './slate-row.module.css'
import { TilePlaceholders } from './tile-placeholders.tsx'
import { useGlide } from './use-glide.ts'

/** The service takes no more items on screen. */
const MOST_ANCHORS = 20

export interface SlateRowProps {
  readonly title: string
  readonly loading: string
  /** Where in the shop the slate is. */
  readonly surface: string
  /** The items on screen, to which those of the slate belong. */
  readonly anchorItemIds: readonly string[]
}

/** A slate that goes with the items on screen. */
export function SlateRow({ title, loading, surface, anchorItemIds }: SlateRowProps) {
  const request = { surface, first: 4, attributes: SHOWN_ATTRIBUTES, anchorItemIds: anchorItemIds.slice(-MOST_ANCHORS) }
  const { items, slate, problem, holdProps, seenRef } = useRecommendations(request)
  const listRef = useGlide<HTMLUListElement>(items.map(({ itemId }) => itemId).join('\n'))
  if (slate ? items.length === 0 : problem) return null
  return (
    <section className={styles.row} aria-label={title}>
      <h2>{title}</h2>
      {!slate && <TilePlaceholders label={loading} count={request.first} hasReasons />}
      <ul className={grid.grid} ref={listRef} {...holdProps}>
        {items.map((item) => {
          const { itemId, recommendationId, position, reason } = item
          const placement = { surface, recommendationId, position }
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
