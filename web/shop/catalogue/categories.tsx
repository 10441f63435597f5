import { useQuery } from 'urql'
import { Link } from 'wouter'
import { classes } from '../../design/classes.ts'
import { ShopCategoriesDocument } from '../../generated/shop.ts'
import { texts } from '../texts.ts'
import styles from './categories.module.css'

/** Leads to the pages of the categories, the most popular first. @param props.current the category of this page */
export function Categories({ current }: { readonly current?: string }) {
  const [{ data }] = useQuery({ query: ShopCategoriesDocument, variables: {} })
  const names = (data?.attributeFeatures ?? []).map(({ value }) => value)
  return (
    <nav aria-label={texts.catalogue.categories} className={styles.categories}>
      <ul>
        <li>
          <Link href="/" className={classes(styles.chip, current === undefined && styles.current)}>
            {texts.catalogue.all}
          </Link>
        </li>
        {names.map((name) => (
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
