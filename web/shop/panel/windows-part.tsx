import { useShop } from '../state/shop-parts.ts'
import { addressFor } from '../state/shopper.ts'
import { useStore } from '../state/store.ts'
import { texts } from '../texts.ts'
import panel from './panel.module.css'
import styles from './windows-part.module.css'

/** A user whom no reader is likely to be. */
const SOMEBODY_ELSE = 'dora'
const text = texts.panel.windows

/** Opens further windows: of the same user, which stay in step, and of another user. */
export function WindowsPart() {
  const { userId, isGuest } = useStore(useShop().shopper)
  return (
    <section className={panel.part}>
      <h2>{text.title}</h2>
      <ul className={styles.links}>
        <li>
          <a href={isGuest ? '/demo' : addressFor(userId)} target="_blank" rel="noopener">
            {text.same}
          </a>
        </li>
        <li>
          <a href={addressFor(SOMEBODY_ELSE)} target="_blank" rel="noopener">
            {text.other}
          </a>
        </li>
      </ul>
      <p className={panel.note}>{text.explained}</p>
    </section>
  )
}
