import { useEffect } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { classes } from '../../design/classes.ts'
import { ShopCategoriesDocument } from '../../generated/shop.ts'
import { KeptStore } from '../state/kept-store.ts'
import { useStore } from '../state/store.ts'
import { texts } from '../texts.ts'
import styles from './categories.module.css'

/**
 * The categories in the order in which this window first showed them. So no chip changes its place under a finger, and the next page
 * shows them at once, rather than moving what is below them.
 */
const shown = new KeptStore<readonly string[]>({
  key: 'liverank-shop:categories',
  scope: 'window',
  parse: (kept) => (Array.isArray(kept) ? kept.filter((name) => typeof name === 'string') : undefined),
  fallback: () => [],
})

/** Grey chips that hold the place of the categories until a window knows them: as many as the demo shop has. */
const AWAITED = 12

/** Leads to the pages of the categories, the most popular first. @param props.current the category of this page */
export function Categories({ current }: { readonly current?: string }) {
  const [{ data, error }] = useQuery({ query: ShopCategoriesDocument, variables: {} })
  const names = useStore(shown)
  // A frame passes until the window knows those that have come.
  const isLoading = names.length === 0 && !error && data?.attributeFeatures?.length !== 0
  useEffect(() => {
    if (!data?.attributeFeatures) return
    const now = data.attributeFeatures.map(({ value }) => value)
    shown.set(inOrderOf(shown.value, now))
  }, [data])
  return (
    <nav aria-label={texts.catalogue.categories} className={styles.categories}>
      <ul>
        <li>
          <Link href="/" className={classes(styles.chip, current === undefined && styles.current)}>
            {texts.catalogue.all}
          </Link>
        </li>
        {isLoading && Array.from({ length: AWAITED }, (_, n) => <li key={n} className={styles.awaited} aria-hidden />)}
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

/** Those that are new stand at the end. */
function inOrderOf(before: readonly string[], now: readonly string[]): string[] {
  return [...before.filter((name) => now.includes(name)), ...now.filter((name) => !before.includes(name))]
}
