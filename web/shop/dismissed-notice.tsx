import { Button } from '../design/button.tsx'
import { keepingFocus } from '../design/focus-memory.ts'
import styles from './dismissed-notice.module.css'
import { useShop } from './state/shop-parts.ts'
import { useStore } from './state/store.ts'
import { texts } from './texts.ts'

/** Says that a product is no longer recommended, and takes that back. It lies above the page, so that nothing moves. */
export function DismissedNotice() {
  const { session } = useShop()
  const product = useStore(session.dismissed)
  return (
    <div role="status" className={styles.place}>
      {product && (
        <p className={styles.notice}>
          <span>{texts.forYou.dismissed(product.title)}</span>
          <Button size="small" onClick={() => keepingFocus(() => session.undismiss('home'))}>
            {texts.forYou.undo}
          </Button>
        </p>
      )}
    </div>
  )
}
