const TIME = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const DAY_AND_TIME = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const FULL = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'long' })

/** A time in the zone of the reader: of today without the day. The tooltip has all of it. @param props.at an ISO date, or ms since 1970 */
export function Moment({ at }: { readonly at: string | number }) {
  const date = new Date(at)
  const isToday = date.toDateString() === new Date().toDateString()
  return (
    <time dateTime={date.toISOString()} title={FULL.format(date)}>
      {(isToday ? TIME : DAY_AND_TIME).format(date)}
    </time>
  )
}
