import { CatalogueGrid } from './catalogue-grid.tsx'
import { Categories } from './categories.tsx'
import styles from './category-page.module.css'
import { PageHeading } from './page-heading.tsx'

/** The items of a category. */
export function CategoryPage({ name }: { readonly name: string }) {
  return (
    <>
      <PageHeading page={name}>
        <bdi className={styles.name}>{name}</bdi>
      </PageHeading>
      <Categories current={name} />
      <CatalogueGrid category={name} />
    </>
  )
}
