import { ChevronDown, ChevronUp } from 'lucide-react'
import { useState } from 'react'
import { useShop } from '../state/shop-parts.ts'
import { useStore } from '../state/store.ts'
import { median } from '../state/tap-times.ts'
import { texts } from '../texts.ts'
import { EventsPart } from './events-part.tsx'
import { FeaturesPart } from './features-part.tsx'
import styles from './panel.module.css'
import { RankingPart } from './ranking-part.tsx'
import { SpeedPart } from './speed-part.tsx'
import { WindowsPart } from './windows-part.tsx'

/** Shows what Liverank makes of each tap. On narrow screens it is a bar at the bottom, which opens. */
export function Panel() {
  const [isOpen, setOpen] = useState(false)
  const times = useStore(useShop().session.tapTimes)
  return (
    <aside className={styles.panel} data-open={isOpen} aria-label={texts.panel.title}>
      <button type="button" className={styles.bar} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span>{isOpen ? texts.panel.shut : texts.panel.open}</span>
        {times.length > 0 && <span className={styles.time}>{`${texts.panel.speed.median} ${Math.round(median(times))} ms`}</span>}
        {isOpen ? <ChevronDown size={18} aria-hidden /> : <ChevronUp size={18} aria-hidden />}
      </button>
      <div className={styles.parts}>
        <SpeedPart />
        <RankingPart />
        <FeaturesPart />
        <EventsPart />
        <WindowsPart />
      </div>
    </aside>
  )
}
