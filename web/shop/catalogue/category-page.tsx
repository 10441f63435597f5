import { CatalogueGrid } from './catalogue-grid.tsx'
import { Categories } from './categories.tsx'
import styles from './page-title.module.css'

/** The items of a category. */
export function CategoryPage({ name }: { readonly name: string }) {
  return (
    <>
      <h1 className={styles.title}>
        <bdi>{name}</bdi>
      </h1>
      <Categories current={name} />
      <CatalogueGrid category={name} />
    </>
  )
}
