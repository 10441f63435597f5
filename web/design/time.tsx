const SHORT = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
const FULL = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'long' })

/** A time of day in the zone of the reader. The tooltip has date and zone. @param props.at an ISO date, or ms since 1970 */
export function Time({ at }: { readonly at: string | number }) {
  const date = new Date(at)
  return (
    <time dateTime={date.toISOString()} title={FULL.format(date)}>
      {SHORT.format(date)}
    </time>
  )
}
