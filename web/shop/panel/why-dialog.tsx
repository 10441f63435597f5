import { useMemo } from 'react'
import { useQuery } from 'urql'
import { Button } from '../../design/button.tsx'
import { Dialog, DialogActions } from '../../design/dialog.tsx'
import { Notice, Placeholder } from '../../design/notice.tsx'
import { ShopWhyDocument, type ShopWhyQuery } from '../../generated/shop.ts'
import { Picture } from '../pictures/picture.tsx'
import { productOf, SHOWN_ATTRIBUTES } from '../state/product.ts'
import type { WhyQuestion } from '../state/shop-parts.ts'
import { texts } from '../texts.ts'
import { TroubleNotice } from '../trouble-notice.tsx'
import { Contributions } from './contributions.tsx'
import { type FeatureMeanings, useFeatureMeanings } from './use-feature-meanings.ts'
import styles from './why-dialog.module.css'

const text = texts.why

type Slate = NonNullable<ShopWhyQuery['slate']>

/** Explains why an item is in a slate: its reason, what proposed it, and what raised and lowered its score. */
export function WhyDialog({ question, onClose }: { readonly question: WhyQuestion; readonly onClose: () => void }) {
  const { recommendationId, itemId } = question
  const variables = useMemo(() => ({ recommendationId, attributes: SHOWN_ATTRIBUTES }), [recommendationId])
  const [{ data, error }, repeat] = useQuery({ query: ShopWhyDocument, variables })
  // Both are asked for at once, and shown together: names of features would else turn into words before the reader's eyes.
  const meanings = useFeatureMeanings()
  const slate = data?.slate
  const entry = slate?.items.find(({ item }) => item.itemId === itemId)
  return (
    <Dialog title={text.title} onClose={onClose}>
      {error && <TroubleNotice title={text.failed} error={error} onRetry={() => repeat()} />}
      {data && !entry && <Notice kind="empty" title={text.gone} />}
      {slate && entry && meanings && <Answer slate={slate} entry={entry} meanings={meanings} />}
      {!error && (!data || (entry && !meanings)) && <Placeholder label={text.loading} height={360} />}
      <DialogActions>
        <Button onClick={onClose}>{texts.close}</Button>
      </DialogActions>
    </Dialog>
  )
}

interface AnswerProps {
  readonly slate: Slate
  readonly entry: Slate['items'][number]
  readonly meanings: FeatureMeanings
}

function Answer({ slate, entry, meanings }: AnswerProps) {
  const { item, position, reason, exploration, sources } = entry
  const product = productOf(item)
  return (
    <>
      <div className={styles.item}>
        <div className={styles.picture}>
          <Picture product={product} />
        </div>
        <div className={styles.facts}>
          <p className={styles.title}>
            <bdi>{product.title}</bdi>
          </p>
          <p className={styles.place}>{text.position(position)}</p>
          <p>
            <bdi>{reason.text}</bdi>
          </p>
        </div>
      </div>
      {exploration && <p>{text.random}</p>}
      {sources.length > 0 && (
        <div className={styles.sources}>
          <h3>{text.proposed}</h3>
          <ul>
            {sources.map(({ name }) => (
              <li key={name}>{Object.hasOwn(text.sources, name) ? text.sources[name] : name}</li>
            ))}
          </ul>
        </div>
      )}
      {entry.contributions ? (
        <Contributions
          baseScore={entry.baseScore ?? 0}
          score={entry.score}
          contributions={entry.contributions}
          meanings={meanings}
        />
      ) : (
        slate.model === null && <p className={styles.place}>{text.noModel}</p>
      )}
    </>
  )
}
