import { useQuery } from 'urql'
import { Link } from 'wouter'
import { classes } from '../../design/classes.ts'
import { ShopCategoriesDocument } from '../../generated/shop.ts'
import { texts } from '../texts.ts'
import styles from './categories.module.css'

/** The categories as they were first shown: no chip changes its place under a finger, and none is loaded anew on the next page. */
let shown: readonly string[] = []

/** Leads to the pages of the categories, the most popular first. @param props.current the category of this page */
export function Categories({ current }: { readonly current?: string }) {
  const [{ data }] = useQuery({ query: ShopCategoriesDocument, variables: {} })
  if (data?.attributeFeatures)
    shown = inOrderOf(
      shown,
      data.attributeFeatures.map(({ value }) => value),
    )
  return (
    <nav aria-label={texts.catalogue.categories} className={styles.categories}>
      <ul>
        <li>
          <Link href="/" className={classes(styles.chip, current === undefined && styles.current)}>
            {texts.catalogue.all}
          </Link>
        </li>
        {shown.map((name) => (
          <li key={name}>
            <Link
              href={`/category/${encodeURIComponent(name)}`}
              className={classes(styles.chip, name === current && styles.current)}
              aria-current={name === current ? 'page' : undefined}
            >
              <bdi>{name}</bdi>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Those that are new stand at the end. */
function inOrderOf(before: readonly string[], now: readonly string[]): string[] {
  return [...before.filter((name) => now.includes(name)), ...now.filter((name) => !before.includes(name))]
}
