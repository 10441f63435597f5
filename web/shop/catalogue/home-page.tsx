import { useQuery } from 'urql'
import { Button } from '../../design/button.tsx'
import { keepingFocus } from '../../design/focus-memory.ts'
import { useMedia } from '../../design/use-media.ts'
import { ShopTrendingDocument } from '../../generated/shop.ts'
import { KeptStore } from '../state/kept-store.ts'
import { productOf, SHOWN_ATTRIBUTES } from '../state/product.ts'
import { useStore } from '../state/store.ts'
import { texts } from '../texts.ts'
import { CatalogueGrid } from './catalogue-grid.tsx'
import { Categories } from './categories.tsx'
import { ForYou } from './for-you.tsx'
import styles from './home-page.module.css'
import { PageHeading } from './page-heading.tsx'
import { ProductGrid } from './product-grid.tsx'
import { TilePlaceholders } from './tile-placeholders.tsx'

const TRENDING = { first: 4, attributes: SHOWN_ATTRIBUTES }

/** Whether the reader has hidden the introduction. */
const introduced = new KeptStore({
  key: 'liverank-shop:introduced',
  scope: 'browser',
  parse: (kept) => (typeof kept === 'boolean' ? kept : undefined),
  fallback: () => false,
})

/** The home page: what is recommended to the shopper, what is popular, and all items. */
export function HomePage() {
  const isIntroduced = useStore(introduced)
  return (
    <>
      <PageHeading isUnseen>{texts.shop}</PageHeading>
      {!isIntroduced && <Introduction />}
      <ForYou />
      <Popular />
      <section className={styles.catalogue}>
        <h2>{texts.catalogue.title}</h2>
        <Categories />
        <CatalogueGrid />
      </section>
    </>
  )
}

function Introduction() {
  const isTouched = useMedia('(pointer: coarse)')
  // The panel is then a bar at the bottom, which is shut at first.
  const isNarrow = useMedia('(max-width: 1000px)')
  return (
    <section className={styles.intro}>
      <div>
        <h2 className={styles.title}>{texts.intro.title}</h2>
        <p>
          {isNarrow ? texts.intro.inBar : texts.intro.inPanel} {isTouched ? texts.intro.finger : texts.intro.pointer}
        </p>
      </div>
      <Button kind="quiet" size="small" onClick={() => keepingFocus(() => introduced.set(true))}>
        {texts.intro.hide}
      </Button>
    </section>
  )
}

function Popular() {
  const [{ data, error }] = useQuery({ query: ShopTrendingDocument, variables: TRENDING })
  const products = data?.trending?.map(({ item }) => productOf(item))
  if (error || products?.length === 0) return null
  return (
    <section className={styles.catalogue}>
      <h2>{texts.popular.title}</h2>
      {products ? (
        <ProductGrid products={products} surface="home" />
      ) : (
        <TilePlaceholders label={texts.popular.loading} count={TRENDING.first} hasReasons={false} />
      )}
    </section>
  )
}
