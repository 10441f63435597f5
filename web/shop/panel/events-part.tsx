import { Time } from '../../design/time.tsx'
import type { LoggedEvent } from '../state/event-log.ts'
import { useShop } from '../state/shop-parts.ts'
import { useStore } from '../state/store.ts'
import { texts } from '../texts.ts'
import styles from './events-part.module.css'
import panel from './panel.module.css'

/** Most events on screen. */
const SHOWN = 8
const text = texts.panel.events

/** The events of this window and what became of them, and a switch that cuts the connection. */
export function EventsPart() {
  const { session, connection } = useShop()
  const events = useStore(session.events)
  const waiting = useStore(session.waiting)
  const isCut = useStore(connection.isCut)
  return (
    <section className={panel.part}>
      <div className={panel.head}>
        <h2>{text.title}</h2>
        <label className={styles.switch}>
          <input type="checkbox" role="switch" aria-checked={isCut} checked={isCut} onChange={() => connection.cut(!isCut)} />
          {text.cut}
        </label>
      </div>
      {(isCut || waiting > 0) && (
        <p className={styles.waiting} role="status">
          {isCut && text.isCut} {waiting > 0 && <strong>{text.waiting(waiting)}</strong>}
        </p>
      )}
      {events.length === 0 ? (
        <p className={panel.note}>{text.none}</p>
      ) : (
        <ol className={styles.events}>
          {events.slice(0, SHOWN).map((event) => (
            <EventRow key={event.eventId} event={event} />
          ))}
        </ol>
      )}
    </section>
  )
}

function EventRow({ event: { eventType, itemId, at, status, counted, why } }: { readonly event: LoggedEvent }) {
  return (
    <li className={styles.event}>
      <span className={styles.time}>
        <Time at={at} />
      </span>
      <span className={styles.what}>
        <code>{eventType}</code> <bdi>{itemId ?? text.impression}</bdi>
      </span>
      <span className={styles.status} data-status={status} title={why}>
        {status === 'RECORDED' && !counted ? text.notCounted : text.status[status]}
      </span>
    </li>
  )
}
