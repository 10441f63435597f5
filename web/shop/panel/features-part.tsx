import { Placeholder } from '../../design/notice.tsx'
import type { PanelFeatures } from '../state/panel-feed.ts'
import { useShop } from '../state/shop-parts.ts'
import { useStore } from '../state/store.ts'
import { texts } from '../texts.ts'
import styles from './features-part.module.css'
import panel from './panel.module.css'

/** Most bars of a feature that has a number for each category or brand. */
const MOST_BARS = 4
const text = texts.panel.features

/** Features of the user, which change with each event. */
export function FeaturesPart() {
  const features = useStore(useShop().session.feed.features)
  return (
    <section className={panel.part}>
      <h2>{text.title}</h2>
      {features ? <Features features={features} /> : <Placeholder label={text.loading} height={120} />}
    </section>
  )
}

function Features({ features }: { readonly features: PanelFeatures }) {
  const valueFor = (name: string) => features.get(name)?.value ?? undefined
  if (!valueFor('user_events')) return <p className={panel.note}>{text.none}</p>
  const price = valueFor('user_price_mean')
  const counts = [
    [text.events, valueFor('user_events')],
    [text.views, valueFor('session_views')],
    [text.carts, valueFor('session_carts')],
    [text.purchases, valueFor('session_purchases')],
  ] as const
  return (
    <>
      <dl className={styles.counts}>
        {counts.map(([name, value]) => (
          <div key={name} className={styles.count}>
            <dt>{name}</dt>
            {/* A new key lets the number light up once more. */}
            <dd key={value}>{value ?? 0}</dd>
          </div>
        ))}
        {price !== undefined && (
          <div className={styles.count}>
            <dt>{text.price}</dt>
            <dd key={price}>{texts.price(price)}</dd>
          </div>
        )}
      </dl>
      <Shares title={text.categories} shares={features.get('user_category_share')?.breakdown} />
      <Shares title={text.brands} shares={features.get('user_brand_share')?.breakdown} />
    </>
  )
}

interface SharesProps {
  readonly title: string
  readonly shares: readonly { readonly key: string; readonly value: number }[] | null | undefined
}

function Shares({ title, shares }: SharesProps) {
  if (!shares || shares.length === 0) return null
  return (
    <div className={styles.shares}>
      <h3>{title}</h3>
      <ul>
        {shares.slice(0, MOST_BARS).map(({ key, value }) => (
          <li key={key} className={styles.share}>
            <bdi className={styles.key}>{key}</bdi>
            <span className={styles.track}>
              <span className={styles.bar} style={{ transform: `translateX(${Math.min(1, value) * 100 - 100}%)` }} />
            </span>
            <span className={styles.value}>{text.share(value)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
