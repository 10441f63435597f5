import { CloudOff } from 'lucide-react'
import styles from './connection-notice.module.css'
import { useShop } from './state/shop-parts.ts'
import { useStore } from './state/store.ts'
import { texts } from './texts.ts'

/** Says that the service is out of reach, as long as it is. It lies above the margin of the page, so that nothing moves. */
export function ConnectionNotice() {
  const isOut = useStore(useShop().connection.isOut)
  return (
    <div role="status" className={styles.place}>
      {isOut && (
        <p className={styles.notice}>
          <CloudOff size={15} aria-hidden />
          {texts.outage.notice}
        </p>
      )}
    </div>
  )
}
