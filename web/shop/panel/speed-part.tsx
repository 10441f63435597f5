import { useShop } from '../state/shop-parts.ts'
import { useStore } from '../state/store.ts'
import { median } from '../state/tap-times.ts'
import { texts } from '../texts.ts'
import panel from './panel.module.css'
import styles from './speed-part.module.css'

/** Bars of the chart. */
const BARS = 30
/** The time that half of the taps should stay below, in ms. */
const TARGET_MS = 40
/** The least time at the top of the chart, in ms. */
const LEAST_TOP_MS = 80
const WIDTH = 300
const HEIGHT = 48

const text = texts.panel.speed

/** The times from a tap to the slate that takes it into account: of the last tap, and their median. */
export function SpeedPart() {
  const { session, connection } = useShop()
  const times = useStore(session.tapTimes)
  const isOut = useStore(connection.isOut)
  const last = times.at(-1)
  return (
    <section className={panel.part}>
      <h2>{text.title}</h2>
      <div className={styles.figures}>
        <p className={styles.last} data-testid="last-tap" aria-live="polite">
          {last === undefined ? <span className={styles.none}>{text.none}</span> : `${Math.round(last)} ms`}
        </p>
        {times.length > 0 && (
          <p className={panel.note} data-testid="median-tap">
            {text.median} <strong>{Math.round(median(times))} ms</strong>, {text.of(times.length)}
          </p>
        )}
      </div>
      <Bars times={times.slice(-BARS)} />
      <p className={panel.note}>{isOut ? text.waiting : `${text.explained} (${text.target})`}</p>
    </section>
  )
}

function Bars({ times }: { readonly times: readonly number[] }) {
  const slot = WIDTH / BARS
  const top = Math.max(LEAST_TOP_MS, ...times)
  const y = (ms: number) => HEIGHT * (1 - ms / top)
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={styles.chart} role="img" aria-label={text.chart(times.length)}>
      {times.map((ms, i) => (
        <rect
          key={i}
          x={i * slot + 1.5}
          y={y(ms)}
          width={slot - 3}
          height={HEIGHT - y(ms)}
          rx={1.5}
          className={ms <= TARGET_MS ? styles.fast : styles.slow}
        />
      ))}
      <line x1={0} x2={WIDTH} y1={y(TARGET_MS)} y2={y(TARGET_MS)} className={styles.target} />
    </svg>
  )
}
