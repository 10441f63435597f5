import { useEffect, useMemo, useRef, useState } from 'react'
import type { UseQueryState } from 'urql'
import { useClient } from 'urql'
import { Button } from '../../design/button.tsx'
import { Notice } from '../../design/notice.tsx'
import { UserTimelineDocument, type UserTimelineQuery } from '../../generated/console-user.ts'
import { Answer } from '../answer.tsx'
import { operation } from '../copied-operation.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { ItemLink, itemName } from '../item-link.tsx'
import { Moment } from '../moment.tsx'
import { NO_VALUE } from '../number-text.ts'
import { Panel } from '../panel.tsx'
import { texts } from './texts.ts'
import { useDismissing } from './use-dismissing.ts'
import { TIMELINE_PAGE } from './use-live-user.ts'

type Events = NonNullable<NonNullable<UserTimelineQuery['user']>['events']>
type ShownEvent = Events['edges'][number]['node']

const { timeline: said } = texts
const { columns: titles } = said

const COLUMNS: readonly Column<ShownEvent>[] = [
  {
    id: 'time',
    title: titles.time,
    value: ({ timestamp }) => new Date(timestamp).toISOString(),
    cell: ({ timestamp }) => <Moment at={timestamp} />,
  },
  { id: 'type', title: titles.type, value: ({ eventType }) => eventType },
  {
    id: 'item',
    title: titles.item,
    value: ({ itemId }) => itemId,
    cell: ({ itemId, item }) => (itemId == null ? NO_VALUE : <ItemLink item={item ?? { itemId }} />),
  },
  { id: 'attributes', title: titles.attributes, value: ({ eventAttributes }) => attributesText(eventAttributes) },
]

/** @param onReturn called when the reader lets a dismissed item return */
function columnsOf(
  isDismissal: (eventType: string) => boolean,
  onReturn: (itemId: string) => void,
): readonly Column<ShownEvent>[] {
  return COLUMNS.map((column) =>
    column.id === 'type'
      ? {
          ...column,
          cell: ({ eventType, itemId, item }) => (
            <>
              {eventType}
              {itemId != null && isDismissal(eventType) && (
                <>
                  {' '}
                  <Button
                    kind="quiet"
                    size="small"
                    aria-label={said.undoFor(itemName(item ?? { itemId }))}
                    onClick={() => onReturn(itemId)}
                  >
                    {said.undo}
                  </Button>
                </>
              )}
            </>
          ),
        }
      : column,
  )
}

function attributesText(attributes: ShownEvent['eventAttributes']): string {
  return Object.entries(attributes ?? {})
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ')
}

export interface TimelineProps {
  readonly userId: string
  /** The first page, which is read again after each change of the user. */
  readonly result: UseQueryState<UserTimelineQuery>
}

/** The events of a user, latest first. New ones arrive at the top. */
export function Timeline({ userId, result }: TimelineProps) {
  const first = result.data?.user?.events
  const { earlier, readEarlier } = useEarlier(userId)
  const rows = useMemo(
    () => withoutRepeats([...(first?.edges ?? []), ...earlier.edges].map(({ node }) => node)),
    [first, earlier],
  )
  const isNew = useArrivals(rows)
  const { isPossible, isDismissal, decide, failure } = useDismissing(userId)
  const columns = useMemo(
    () =>
      columnsOf(
        (eventType) => isPossible && isDismissal(eventType),
        (itemId) => decide(itemId, true),
      ),
    [isPossible, userId],
  )
  const end = earlier.edges.length > 0 ? earlier.pageInfo : first?.pageInfo
  return (
    <Panel title={said.title} note={said.note}>
      {failure !== undefined && <Notice kind="warning" title={failure} />}
      <Answer of={result} height={480}>
        {() => (
          <DataTable
            label={said.title}
            of={userId}
            rows={rows}
            columns={columns}
            keyOf={({ eventId }) => eventId}
            operation={operation(UserTimelineDocument, { userId, first: TIMELINE_PAGE })}
            empty={{ title: said.empty }}
            isMarked={({ eventId }) => isNew(eventId)}
            foot={
              end?.hasNextPage && (
                <Button kind="quiet" size="small" onClick={() => readEarlier(end.endCursor ?? undefined)}>
                  {said.more}
                </Button>
              )
            }
          />
        )}
      </Answer>
    </Panel>
  )
}

const NOTHING: Events = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } }

/** The events before those of the first page, as far as somebody asked for them. */
function useEarlier(userId: string) {
  const client = useClient()
  const [earlier, setEarlier] = useState(NOTHING)
  const readEarlier = async (after: string | undefined) => {
    const { data } = await client
      .query(UserTimelineDocument, { userId, first: TIMELINE_PAGE, ...(after !== undefined && { after }) })
      .toPromise()
    const page = data?.user?.events
    if (page) setEarlier((before) => ({ edges: [...before.edges, ...page.edges], pageInfo: page.pageInfo }))
  }
  return { earlier, readEarlier }
}

/** Events that arrived meanwhile move others from the first page to the next one, which may have them already. */
function withoutRepeats(events: readonly ShownEvent[]): ShownEvent[] {
  return [...new Map(events.map((event) => [event.eventId, event])).values()]
}

/** Tells which events were not there at the render before. None is new on a page that has just been opened. */
function useArrivals(rows: readonly ShownEvent[]): (eventId: string) => boolean {
  const known = useRef<ReadonlySet<string>>(new Set())
  const seen = known.current
  useEffect(() => {
    if (rows.length > 0) known.current = new Set(rows.map(({ eventId }) => eventId))
  }, [rows])
  return (eventId) => seen.size > 0 && !seen.has(eventId)
}
