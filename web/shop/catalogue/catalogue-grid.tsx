import { useState } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../design/button.tsx'
import { Notice } from '../../design/notice.tsx'
import { ShopItemsDocument } from '../../generated/shop.ts'
import { type Product, productOf, SHOWN_ATTRIBUTES } from '../state/product.ts'
import { texts } from '../texts.ts'
import { TroubleNotice } from '../trouble-notice.tsx'
import styles from './catalogue-grid.module.css'
import { ProductGrid } from './product-grid.tsx'
import { TilePlaceholders } from './tile-placeholders.tsx'

const PAGE = 24

/** Items of the catalogue, a page at a time, the most popular first. @param props.category absent: of all categories */
export function CatalogueGrid({ category }: { readonly category?: string }) {
  // Pages before the last one, and where the last one begins.
  const [before, setBefore] = useState<readonly Product[]>([])
  const [after, setAfter] = useState<string>()
  const filter = category === undefined ? undefined : { attribute: { name: 'category', eq: category } }
  const variables = { first: PAGE, attributes: SHOWN_ATTRIBUTES, ...(after && { after }), ...(filter && { filter }) }
  const [{ data, error, fetching }, repeat] = useQuery({ query: ShopItemsDocument, variables })
  if (error) return <TroubleNotice title={texts.catalogue.failed} error={error} onRetry={() => repeat()} />
  if (!data?.items) return <TilePlaceholders label={texts.catalogue.loading} count={PAGE} hasReasons={false} />
  const { edges, pageInfo } = data.items
  const products = withoutRepeats([...before, ...edges.map(({ node }) => productOf(node))])
  if (products.length === 0)
    return (
      <Notice kind="empty" title={texts.catalogue.empty}>
        {texts.catalogue.emptyMore}
      </Notice>
    )
  const more = () => {
    if (fetching) return
    setBefore(products)
    setAfter(pageInfo.endCursor ?? undefined)
  }
  return (
    <div className={styles.catalogue}>
      <ProductGrid products={products} surface={category === undefined ? 'home' : 'category'} />
      {pageInfo.hasNextPage && <Button onClick={more}>{texts.catalogue.more}</Button>}
    </div>
  )
}

/** Popularity changes while the shopper reads: an item may be on two pages. */
function withoutRepeats(products: readonly Product[]): Product[] {
  return [...new Map(products.map((product) => [product.itemId, product])).values()]
}
