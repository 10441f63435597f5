import { FailureNotice } from '../failure-notice.tsx'
import { countText, durationText, NO_VALUE, rateText } from '../number-text.ts'
import { Columns, Panel } from '../panel.tsx'
import { SectionHead } from '../section-head.tsx'
import { LazyLine } from './lazy-line.tsx'
import styles from './overview.module.css'
import { PoliciesPanel } from './policies-panel.tsx'
import type { ServiceFigures, StatusSample } from './status-history.ts'
import { StorePanel } from './store-panel.tsx'
import { texts } from './texts.ts'
import { useStatusHistory } from './use-status-history.ts'

interface Gauge {
  readonly title: string
  readonly note: string
  readonly text: (figures: ServiceFigures) => string
  readonly lines: readonly [{ readonly colour: string; readonly figure: (figures: ServiceFigures) => number | null | undefined }]
}

const gauge = (
  { title, note }: { title: string; note: string },
  figure: Gauge['lines'][0]['figure'],
  text: Gauge['text'],
): Gauge => ({ title, note, text, lines: [{ colour: 'var(--accent)', figure }] })

const GAUGES: readonly Gauge[] = [
  gauge(
    texts.events,
    (figures) => figures.eventsPerSecond,
    ({ eventsPerSecond }) => rateText(eventsPerSecond),
  ),
  gauge(
    texts.slates,
    (figures) => figures.slatesPerSecond,
    ({ slatesPerSecond }) => rateText(slatesPerSecond),
  ),
  gauge(
    texts.subscribers,
    (figures) => figures.subscribers,
    ({ subscribers }) => countText(subscribers),
  ),
  gauge(
    texts.foldLag,
    (figures) => figures.foldLagMs,
    ({ foldLagMs }) => durationText(foldLagMs),
  ),
]

type LatencyName = 'recommendationMs' | 'eventToSlateMs'

const PERCENTILES = [
  ['p50', 'var(--accent)'],
  ['p95', 'var(--warn)'],
  ['p99', 'var(--bad)'],
] as const

const LATENCY_LINES = {
  recommendationMs: PERCENTILES.map(([name, colour]) => ({ colour, figure: (f: ServiceFigures) => f.recommendationMs?.[name] })),
  eventToSlateMs: PERCENTILES.map(([name, colour]) => ({ colour, figure: (f: ServiceFigures) => f.eventToSlateMs?.[name] })),
}

/** The section Overview: what the service does now, in figures and charts that move. */
export function Overview() {
  const { samples, error } = useStatusHistory()
  const now = samples.at(-1)?.figures
  return (
    <>
      <SectionHead title={texts.title} lead={texts.lead} />
      {error && <FailureNotice error={error} />}
      <div className={styles.gauges}>
        {GAUGES.map(({ title, note, text, lines }) => (
          <section key={title} className={styles.gauge} aria-label={title}>
            <h2>{title}</h2>
            <p className={styles.value}>{now ? text(now) : NO_VALUE}</p>
            <p className={styles.note}>{note}</p>
            <LazyLine label={`${title}, last five minutes`} samples={samples} lines={lines} height={48} />
          </section>
        ))}
      </div>
      <Columns>
        <LatencyPanel title={texts.slateLatency} name="recommendationMs" samples={samples} empty={texts.noSlates} />
        <LatencyPanel title={texts.pushLatency} name="eventToSlateMs" samples={samples} empty={texts.noPushes} />
      </Columns>
      <Columns>
        <PoliciesPanel />
        <StorePanel figures={now} />
      </Columns>
    </>
  )
}

interface LatencyPanelProps {
  readonly title: string
  readonly name: LatencyName
  readonly samples: readonly StatusSample[]
  /** Said while there is nothing to measure. */
  readonly empty: string
}

function LatencyPanel({ title, name, samples, empty }: LatencyPanelProps) {
  const latency = samples.at(-1)?.figures[name]
  return (
    <Panel title={title} note={samples.length > 0 && !latency ? empty : texts.latencyNote}>
      <dl className={styles.percentiles}>
        {PERCENTILES.map(([percentile, colour]) => (
          <div key={percentile}>
            <dt>
              <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden>
                <circle cx="5" cy="5" r="4" fill={colour} />
              </svg>
              {percentile}
            </dt>
            <dd>{durationText(latency?.[percentile])}</dd>
          </div>
        ))}
      </dl>
      <LazyLine label={`${title}, last five minutes`} samples={samples} lines={LATENCY_LINES[name]} unit="ms" height={180} />
    </Panel>
  )
}
