import { ArrowDown, ArrowUp, Dices } from 'lucide-react'
import { Placeholder } from '../../design/notice.tsx'
import { useGlide } from '../catalogue/use-glide.ts'
import { Picture } from '../pictures/picture.tsx'
import type { PanelSlate, Reranking } from '../state/panel-feed.ts'
import { productOf } from '../state/product.ts'
import { useShop } from '../state/shop-parts.ts'
import { useStore } from '../state/store.ts'
import { texts } from '../texts.ts'
import panel from './panel.module.css'
import styles from './ranking-part.module.css'

const text = texts.panel.ranking
const decimal = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** The slate of the home page as it is now, and how it differs from the one before. */
export function RankingPart() {
  const { session, connection } = useShop()
  const reranking = useStore(session.feed.reranking)
  const isOut = useStore(connection.isOut)
  return (
    <section className={panel.part}>
      <div className={panel.head}>
        <h2>{text.title}</h2>
        {isOut ? (
          <span className={panel.old}>{texts.outage.lastKnown}</span>
        ) : (
          reranking && <span className={panel.note}>{text.took(decimal.format(reranking.slate.tookMs))}</span>
        )}
      </div>
      <p className={panel.note}>{text.explained}</p>
      {reranking ? <Rows reranking={reranking} /> : <Placeholder label={text.loading} height={392} />}
    </section>
  )
}

function Rows({ reranking: { slate, before } }: { readonly reranking: Reranking }) {
  const listRef = useGlide<HTMLOListElement>(slate.items.map(({ item }) => item.itemId).join('\n'))
  const places = before && new Map(before.items.map(({ item, position }) => [item.itemId, position]))
  if (slate.items.length === 0) return <p className={panel.note}>{texts.forYou.empty}</p>
  return (
    <ol className={styles.rows} ref={listRef}>
      {slate.items.map((entry) => (
        <li key={entry.item.itemId} data-item={entry.item.itemId}>
          <Row
            entry={entry}
            recommendationId={slate.recommendationId}
            move={places && moveOf(places.get(entry.item.itemId), entry.position)}
          />
        </li>
      ))}
    </ol>
  )
}

/** How many places an item went up; `new` if it was in no place. */
type Move = number | 'new'

function moveOf(before: number | undefined, now: number): Move {
  return before === undefined ? 'new' : before - now
}

interface RowProps {
  readonly entry: PanelSlate['items'][number]
  readonly recommendationId: string
  /** Undefined in the first slate. */
  readonly move: Move | undefined
}

function Row({ entry: { item, position, reason, exploration }, recommendationId, move }: RowProps) {
  const { explain } = useShop()
  const product = productOf(item)
  return (
    <button type="button" className={styles.row} onClick={() => explain({ recommendationId, itemId: item.itemId })}>
      <span className={styles.position}>{position}</span>
      <span className={styles.picture}>
        <Picture product={product} />
      </span>
      <span className={styles.text}>
        <bdi className={styles.title}>{product.title}</bdi>
        <bdi className={styles.reason}>
          {exploration && <Dices size={13} aria-label={text.random} />} {reason.text}
        </bdi>
      </span>
      <MoveMark move={move} />
    </button>
  )
}

function MoveMark({ move }: { readonly move: Move | undefined }) {
  if (move === undefined || move === 0) return null
  if (move === 'new') return <span className={styles.new}>{text.isNew}</span>
  const isUp = move > 0
  return (
    <span className={isUp ? styles.up : styles.down}>
      {isUp ? <ArrowUp size={14} aria-label={text.up(move)} /> : <ArrowDown size={14} aria-label={text.down(-move)} />}
      {Math.abs(move)}
    </span>
  )
}
